"""`recurcast up` and `recurcast down`."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from recurcast.cli.commands.watch import say_part, say_stopped, stay
from recurcast.cli.display.printing import count, say
from recurcast.config.project import find_root
from recurcast.instants import format_instant
from recurcast.stack.record import read_record
from recurcast.stack.starting import RunningStack, Wish, bring_up
from recurcast.stack.stopping import bring_down


def start_stack(wish: Wish, *, detach: bool, as_json: bool) -> None:
    """Bring the stack up and print how each part stands; unless detached, stay until ctrl-c and take it down again."""
    root = find_root(Path.cwd())
    console = Console(stderr=as_json, highlight=False)
    with _ends_like_ctrl_c():
        say(console, f"Starting the stack of {root}")
        stack = bring_up(root, wish, lambda part: say_part(console, part))
        _say_stack(console, stack)
        if as_json:
            print(json.dumps(_as_json(stack)), flush=True)  # noqa: T201
        holder = read_record(root).holder
        if detach or holder is not None:
            by = "" if holder is None else f" It is held by process {holder.pid}, whose ctrl-c stops it."
            say(console, f"Stop it: recurcast down.{by}", "dim")
            return
        stay(root, wish, console)


def stop_stack(*, as_json: bool) -> None:
    """Take the stack down and print what was stopped; leave with 1 where a store was not put in order."""
    console = Console(stderr=as_json, highlight=False)
    stopped = bring_down(find_root(Path.cwd()), lambda name: say(console, f"stopped   {name}"))
    say_stopped(console, stopped)
    if as_json:
        print(json.dumps(asdict(stopped)))  # noqa: T201
    if stopped.problems:
        raise typer.Exit(1)


def _say_stack(console: Console, stack: RunningStack) -> None:
    for run in stack.closed:
        say(console, f"closed    {run.pipeline} {run.name}: {run.status}, its process is gone", "yellow")
    for settled in stack.settled:
        say(console, f"settled   {settled.name}: {settled.state}, its process is gone", "yellow")
    for full_name in stack.deployed.removed:
        say(console, f"removed   {full_name}: it left prefect.yaml; its past runs stay", "yellow")
    scheduled, following = stack.scheduled, stack.scheduled.next
    coming = f"next is {following.deployment} at {format_instant(following.at)}" if following else "none has a schedule"
    say(console, f"schedules {count(len(stack.deployed.deployments), 'deployment')}, {coming}")
    if scheduled.paused:
        say(console, f"paused    {', '.join(scheduled.paused)}: by a person, and so they stay", "yellow")
    if scheduled.missing:
        say(
            console,
            f"schedules NOT firing: no run is scheduled for {', '.join(scheduled.missing)}, although they have schedules. "
            "The server's scheduler seems to be dead: recurcast logs prefect",
            "red",
        )


def _as_json(stack: RunningStack) -> dict[str, Any]:
    scheduled, following = stack.scheduled, stack.scheduled.next
    return {
        "parts": [asdict(part) for part in stack.parts],
        "deployments": [each.full_name for each in stack.deployed.deployments],
        "removed_deployments": stack.deployed.removed,
        "next": following and {"deployment": following.deployment, "at": format_instant(following.at)},
        "paused": scheduled.paused,
        "missing": scheduled.missing,
        "closed": [asdict(run) for run in stack.closed],
        "settled": [asdict(run) for run in stack.settled],
        "seconds": round(stack.seconds, 1),
    }


@contextmanager
def _ends_like_ctrl_c() -> Iterator[None]:
    """A terminal that is closed, or a service manager's stop, ends the stack as ctrl-c does."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    # Where a script started this in the background, ctrl-c was ignored before.
    before = {each: signal.signal(each, interrupt) for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
