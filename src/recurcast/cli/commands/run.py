"""`recurcast run`: here, or on Prefect's server."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from recurcast.cli.commands.stated import refuse_on_server, stated_as_of
from recurcast.cli.display.following import print_steps, steps_after_run
from recurcast.cli.display.printing import say
from recurcast.cli.display.run import TerminalProgress, print_result
from recurcast.config.project import find_root, load_pipeline, only_pipeline, read_deployments
from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    name: str | None
    """None: the only pipeline of the project."""
    as_of: str | None
    settings: tuple[str, ...]
    promotes: bool
    force: bool
    from_snapshot: bool
    executor: str | None = None


def run_here(wish: Wish, *, as_json: bool) -> None:
    """Run one interval in this process and print its leaderboard and decision."""
    from recurcast.executors.seam import engaged
    from recurcast.pipelines.stages import PLAIN
    from recurcast.pipelines.train import run_interval
    from recurcast.scheduling.server import is_named
    from recurcast.scheduling.train import request_by_hand
    from recurcast.stack.leftovers import close_in_mlflow
    from recurcast.tracking.registry.registry import serving_if_any
    from recurcast.tracking.store import connect

    root = find_root(Path.cwd())
    deployment = load_pipeline(root, wish.name or only_pipeline(root, "run"), wish.settings)
    instant = stated_as_of(wish.as_of, deployment)
    request = request_by_hand(
        deployment.pipeline,
        deployment.schedules,
        instant,
        root,
        promote=wish.promotes,
        force=wish.force,
        from_snapshot=wish.from_snapshot,
    )
    title = f"{deployment.name} as of {format_instant(request.as_of)}"
    bars = TerminalProgress(Console(stderr=True), title, shown=not as_json)
    with engaged(root, wish.executor), bars as progress:
        result = run_interval(request, PLAIN, progress)
    closed = close_in_mlflow(root)
    if as_json:
        print(json.dumps(result.to_dict()))  # noqa: T201
        return
    print_result(Console(), result, root)
    serving = serving_if_any(connect(root), result.pipeline)
    several = len(read_deployments(root)) > 1
    print_steps(Console(highlight=False), steps_after_run(result, serving, named=several, servers=is_named()))
    for run in closed:
        say(Console(), f"closed {run.pipeline} {run.name}, whose process is gone: {run.status}")


def run_on_server(wish: Wish, *, as_json: bool) -> None:
    """Submit the deployment, follow its run, and print how it ended."""
    from recurcast.cli.commands.on_server import follow

    refuse_on_server(wish.executor)
    if wish.from_snapshot:
        raise ConfigurationError("--from-snapshot runs here; received it with --on-server. Leave one of them out.")
    root = find_root(Path.cwd())
    deployment = load_pipeline(root, wish.name or only_pipeline(root, "run"))
    instant = stated_as_of(wish.as_of, deployment)
    parameters = {"promote": wish.promotes, "force": wish.force}
    follow(root, deployment.name, instant, wish.settings, parameters, as_json=as_json)
