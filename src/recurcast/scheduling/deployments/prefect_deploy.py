"""Prefect's command line, which reads each flow once: `python -m <this module> deploy --all`.

Prefect loads a flow's file for each of its deployments, and makes the form of its parameters three times for each, 0.2 s a
time: ten pipelines have one flow and one form.
"""

import gc
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

_READERS = ("prefect.flows", "prefect.cli.deploy._core", "prefect.deployments.runner")


def once_for_each(key: Callable[[Any], Any], make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that makes a thing once for each key of what it is asked for."""
    made: dict[Any, Any] = {}

    @wraps(make)
    def ask(wanted: Any) -> Any:
        known_by = key(wanted)
        if known_by not in made:
            made[known_by] = make(wanted)
        return made[known_by]

    return ask


def read_flows_once() -> None:
    """Let Prefect's deploying in this process read a flow again only where its file has changed meanwhile."""
    flows, command, runner = (import_module(name) for name in _READERS)
    load = once_for_each(_as_it_stands, flows.load_flow_from_entrypoint)
    form = once_for_each(lambda fn: getattr(fn, "fn", fn), flows.parameter_schema)
    for module in (flows, command):
        setattr(module, "load_flow_from_entrypoint", load)  # noqa: B010
    for module in (flows, command, runner):
        setattr(module, "parameter_schema", form)  # noqa: B010


def _as_it_stands(entrypoint: str) -> tuple[object, ...]:
    """What tells the flow from one that a build step has written in its place."""
    file = Path(entrypoint.rpartition(":")[0])
    found = file.stat() if file.is_file() else None
    return entrypoint, str(file.resolve()), found and (found.st_mtime_ns, found.st_size, found.st_ino)


def main() -> None:
    """Call Prefect's command line, in a process of seconds that need not look for garbage."""
    gc.disable()
    from prefect.cli import app

    read_flows_once()
    app()


if __name__ == "__main__":
    main()
