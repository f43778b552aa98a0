"""`recurcast run`: here, or on Prefect's server."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from recurcast.cli.display.printing import say
from recurcast.cli.display.run import TerminalProgress, print_result
from recurcast.config.project import find_root, load_pipeline, only_pipeline
from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant, parse_instant


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


def run_here(wish: Wish, *, as_json: bool) -> None:
    """Run one interval in this process and print its leaderboard and decision."""
    from recurcast.pipelines.stages import PLAIN
    from recurcast.pipelines.train import run_interval
    from recurcast.scheduling.train import request_by_hand
    from recurcast.stack.leftovers import close_in_mlflow

    root = find_root(Path.cwd())
    deployment = load_pipeline(root, wish.name or only_pipeline(root), wish.settings)
    instant = parse_instant(wish.as_of) if wish.as_of else None
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
    with TerminalProgress(Console(stderr=True), title, shown=not as_json) as progress:
        result = run_interval(request, PLAIN, progress)
    closed = close_in_mlflow(root)
    if as_json:
        print(json.dumps(result.to_dict()))  # noqa: T201
        return
    print_result(Console(), result, root)
    for run in closed:
        say(Console(), f"closed {run.pipeline} {run.name}, whose process is gone: {run.status}")


def run_on_server(wish: Wish, *, as_json: bool) -> None:
    """Submit the deployment, follow its run, and print how it ended."""
    from recurcast.cli.commands.on_server import follow

    if wish.from_snapshot:
        raise ConfigurationError("--from-snapshot runs here; received it with --on-server. Leave one of them out.")
    root = find_root(Path.cwd())
    name = load_pipeline(root, wish.name or only_pipeline(root)).name
    instant = parse_instant(wish.as_of) if wish.as_of else None
    parameters = {"promote": wish.promotes, "force": wish.force}
    follow(root, name, instant, wish.settings, parameters, as_json=as_json)
