"""`recurcast run`: here, or on Prefect's server."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from recurcast.commands.display import TerminalProgress, print_result
from recurcast.intervals import format_instant, parse_instant
from recurcast.records import RunResult
from recurcast.scheduling.project import find_root, load_pipeline


def run_here(
    name: str, as_of: str | None, settings: Sequence[str], *, promotes: bool, as_json: bool, verbose: bool
) -> None:
    """Run one interval in this process and print its leaderboard and decision."""
    from recurcast.pipeline import run_interval
    from recurcast.scheduling.requests import request_by_hand
    from recurcast.stages import PLAIN

    root = find_root(Path.cwd())
    deployment = load_pipeline(root, name, settings)
    instant = parse_instant(as_of) if as_of else None
    request = request_by_hand(deployment.pipeline, deployment.schedules, instant, root, promote=promotes)
    errors = Console(stderr=True)
    with TerminalProgress(errors, f"{name} as of {format_instant(request.as_of)}", shown=not as_json) as progress:
        result = run_interval(request, PLAIN, progress)
    _print(result, root, as_json=as_json)


def run_on_server(
    name: str, as_of: str | None, settings: Sequence[str], *, promotes: bool, as_json: bool, verbose: bool
) -> None:
    """Submit the deployment, follow its run, and print how it ended."""
    from recurcast.commands.following import follow

    root = find_root(Path.cwd())
    load_pipeline(root, name)
    follow(root, name, parse_instant(as_of) if as_of else None, settings, promotes=promotes, as_json=as_json)


def _print(result: RunResult, root: Path, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result.to_dict()))  # noqa: T201
    else:
        print_result(Console(), result, root)
