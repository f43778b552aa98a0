"""`recurcast doctor`."""

import json
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console

from recurcast.cli.display.printing import count, say
from recurcast.config.project import find_root
from recurcast.stack.doctor.checks import Check, worst
from recurcast.stack.doctor.examination import examine
from recurcast.stack.doctor.place import place_of

_COLOUR = {"ok": "green", "warning": "yellow", "failed": "red"}


def show_checks(*, as_json: bool) -> None:
    """Print what was found, one line per check and one of advice where there is some; leave with 1 where one failed."""
    checks = examine(place_of(find_root(Path.cwd())))
    state = worst(checks)
    if as_json:
        print(json.dumps({"state": state, "checks": [asdict(each) for each in checks]}))  # noqa: T201
    else:
        console = Console(highlight=False)
        for each in checks:
            _print(console, each)
        counts = {name: sum(each.state == name for each in checks) for name in ("failed", "warning")}
        told = [
            text
            for name, text in (
                ("failed", f"{counts['failed']} failed"),
                ("warning", count(counts["warning"], "warning")),
            )
            if counts[name]
        ]
        say(console, f"{count(len(checks), 'check')}: {', '.join(told) or 'all in order'}", _COLOUR[state])
    if state == "failed":
        raise typer.Exit(1)


def _print(console: Console, check: Check) -> None:
    say(
        console, f"{check.state:<8} {check.name:<18} {check.found}", "" if check.state == "ok" else _COLOUR[check.state]
    )
    if check.advice:
        say(console, f"{'':<27} {check.advice}", "dim")
