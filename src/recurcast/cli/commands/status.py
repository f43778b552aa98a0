"""`recurcast status`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from recurcast.cli.display.printing import count, say
from recurcast.config.project import find_root
from recurcast.errors import StoreUnavailable
from recurcast.instants import format_instant
from recurcast.stack.clocks import changed_time_zones
from recurcast.stack.leftovers import Leftovers, close_leftovers, find_leftovers
from recurcast.stack.status import PartStatus, StackStatus, read_status

_COLOUR = {"healthy": "green", "does not answer": "red", "dead": "red", "not started": "dim", "nobody serves it": "red"}


def show_status(*, fix: bool, as_json: bool) -> None:
    """Print how the stack stands; leave with 1 where something is not healthy."""
    root = find_root(Path.cwd())
    status = read_status(root)
    try:
        leftovers = (close_leftovers if fix else find_leftovers)(root)
        time_zones = changed_time_zones(root)
    except StoreUnavailable:  # MLflow is a part too: how the others stand is told all the same
        if not as_json:
            _print(Console(highlight=False), status, Leftovers((), ()), fixed=False)
        raise
    if as_json:
        print(json.dumps(_as_json(status, leftovers, fixed=fix) | {"time_zones": time_zones}))  # noqa: T201
    else:
        console = Console(highlight=False)
        _print(console, status, leftovers, fixed=fix)
        for name, change in time_zones.items():
            say(console, f"time zone {name}: changed since its newest run: {change}", "yellow")
            say(
                console,
                f"See what it concerns: recurcast backfill run {name} --from DATE --reprocess stale --dry-run",
                "dim",
            )
    if not status.healthy or (leftovers.any and not fix):
        raise typer.Exit(1)


def _print(console: Console, status: StackStatus, leftovers: Leftovers, *, fixed: bool) -> None:
    for part in status.parts:
        say(console, _line(part), "" if part.condition == "healthy" else _COLOUR[part.condition])
    if status.problem:
        say(console, f"schedules unknown: {status.problem}", "red")
    if status.scheduled is not None:
        _print_scheduled(console, status)
    for difference in status.differences:
        say(console, f"differs   {difference.deployment}: {difference.text}", "yellow")
    _print_leftovers(console, leftovers, fixed=fixed)
    if any(part.condition in ("dead", "not started", "nobody serves it") for part in status.parts):
        say(console, "Start what is missing: recurcast up", "dim")


def _line(part: PartStatus) -> str:
    where = f"work pool {part.address}" if part.name.startswith("worker") and part.address else part.address
    memory = "" if part.memory is None else f", process {part.pid}, {part.memory / 1e6:.0f} MB"
    note = f", {part.note}" if part.note else ""
    return f"{part.name:<9} {where:<28} {part.condition}{memory}{note}"


def _print_scheduled(console: Console, status: StackStatus) -> None:
    scheduled = status.scheduled
    assert scheduled is not None
    following = scheduled.next
    coming = f", next is {following.deployment} at {format_instant(following.at)}" if following else ""
    say(console, f"schedules {count(len(scheduled.coming), 'deployment')} scheduled{coming}")
    if scheduled.paused:
        say(console, f"paused    {', '.join(scheduled.paused)}", "yellow")
    if scheduled.missing:
        say(console, f"schedules NOT firing: no run is scheduled for {', '.join(scheduled.missing)}", "red")


def _print_leftovers(console: Console, leftovers: Leftovers, *, fixed: bool) -> None:
    for run in leftovers.in_mlflow:
        say(console, f"left over {run.pipeline} {run.name}: {run.status} in MLflow, its process is gone", "yellow")
    for settled in leftovers.on_server:
        verb = "now" if fixed else "to become"
        say(console, f"left over {settled.name}: {verb} {settled.state} on the server, its process is gone", "yellow")
    if leftovers.any and not fixed:
        say(console, "Close them: recurcast status --fix", "dim")


def _as_json(status: StackStatus, leftovers: Leftovers, *, fixed: bool) -> dict[str, Any]:
    scheduled = status.scheduled
    return {
        "healthy": status.healthy,
        "parts": [asdict(part) for part in status.parts],
        "problem": status.problem,
        "scheduled": scheduled
        and {
            "coming": {run.deployment: format_instant(run.at) for run in scheduled.coming},
            "paused": scheduled.paused,
            "missing": scheduled.missing,
        },
        "differences": [asdict(each) for each in status.differences],
        "left_over": asdict(leftovers),
        "fixed": fixed,
    }
