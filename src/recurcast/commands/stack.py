"""`recurcast up` and `recurcast down`."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from recurcast.commands.printing import about, count, say
from recurcast.errors import RecurcastError
from recurcast.intervals import format_instant
from recurcast.scheduling.project import find_root
from recurcast.scheduling.stack import processes
from recurcast.scheduling.stack.launching import RunningPart
from recurcast.scheduling.stack.record import Part, read_record, write_record
from recurcast.scheduling.stack.starting import RunningStack, Wish, bring_up
from recurcast.scheduling.stack.stopping import StoppedStack, bring_down

_LOOK = 2.0  # seconds between two looks at the parts
_MOST_RESTARTS = 5


def start_stack(wish: Wish, *, detach: bool, as_json: bool) -> None:
    """Bring the stack up and print how each part stands; unless detached, stay until ctrl-c and take it down again."""
    root = find_root(Path.cwd())
    console = Console(stderr=as_json, highlight=False)
    with _ends_like_ctrl_c():
        say(console, f"Starting the stack of {root}")
        stack = bring_up(root, wish, lambda part: _say_part(console, part))
        _say_stack(console, stack)
        if as_json:
            print(json.dumps(_as_json(stack)), flush=True)  # noqa: T201
        holder = read_record(root).holder
        if detach or holder is not None:
            by = "" if holder is None else f" It is held by process {holder.pid}, whose ctrl-c stops it."
            say(console, f"Stop it: recurcast down.{by}", "dim")
            return
        _stay(root, wish, console)


def stop_stack(*, as_json: bool) -> None:
    """Take the stack down and print what was stopped."""
    console = Console(stderr=as_json, highlight=False)
    stopped = bring_down(find_root(Path.cwd()), lambda name: say(console, f"stopped   {name}"))
    _say_stopped(console, stopped)
    if as_json:
        print(json.dumps(asdict(stopped)))  # noqa: T201


def _stay(root: Path, wish: Wish, console: Console) -> None:
    """Watch over the stack in this terminal: start again what ends by itself, and stop it all at the end."""
    own = processes.this_process("up")
    write_record(root, replace(read_record(root), holder=own))
    say(console, "Ctrl-c stops it all; 'recurcast up --detach' would go on without this terminal.", "dim")
    restarts = 0
    try:
        while True:
            threading.Event().wait(_LOOK)
            record = read_record(root)
            if record.holder != own:
                say(console, "Stopped by 'recurcast down'.")
                return
            ended = [part for part in record.parts.values() if not processes.alive(part)]
            if ended and restarts < _MOST_RESTARTS:
                restarts += 1
                _start_again(root, wish, console, ended)
    except KeyboardInterrupt:
        say(console, "Stopping; runs that are going are marked, and can be run again.")
        with _ctrl_c_ignored():
            _say_stopped(console, bring_down(root, lambda name: say(console, f"stopped   {name}")))


def _start_again(root: Path, wish: Wish, console: Console, ended: list[Part]) -> None:
    for part in ended:
        say(console, f"{part.name} has ended; it says: {processes.last_words(root, part.name, 1) or 'nothing'}", "red")
    try:
        bring_up(root, wish, lambda part: _say_part(console, part) if part.how == "started" else None)
    except RecurcastError as error:
        say(console, f"it could not be started again: {error}", "red")


def _say_part(console: Console, part: RunningPart) -> None:
    how = {
        "started": f"healthy after {about(part.seconds)}",
        "joined": "healthy, ran already",
        "yours": "healthy, yours",
    }
    where = f"work pool {part.address}" if part.name.startswith("worker") else part.address
    note = f" ({part.note})" if part.note else ""
    say(console, f"{part.name:<9} {where:<28} {how[part.how]}{note}")


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


def _say_stopped(console: Console, stopped: StoppedStack) -> None:
    for settled in stopped.settled:
        say(console, f"settled   {settled.name}: {settled.state}", "yellow")
    for run in stopped.closed:
        say(console, f"closed    {run.pipeline} {run.name}: {run.status}", "yellow")
    if not stopped.parts:
        say(console, "Nothing of this project's stack was running.")


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


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    """Who is impatient may press it again; the parts are stopped in their order all the same."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
