"""`recurcast logs`."""

import json
import os
import time
from pathlib import Path

from rich.console import Console

from recurcast.cli.display.printing import say
from recurcast.config.project import find_root
from recurcast.errors import ConfigurationError, nearest
from recurcast.masking import masked
from recurcast.stack.record import log_of

_BETWEEN = 0.3  # seconds
_TAIL = 400_000
"""Bytes at the end of a log that are looked through for its last lines."""


def show_logs(part: str | None, lines: int, *, follow: bool, as_json: bool) -> None:
    """Print the last lines of one part's log or of all; with `follow`, and then whatever comes."""
    logs = _logs(find_root(Path.cwd()), part)
    if as_json:
        print(json.dumps({"logs": {name: _last(path, lines) for name, path in logs.items()}}))  # noqa: T201
        return
    console = Console(highlight=False)
    at = {name: path.stat().st_size for name, path in logs.items()}
    for name, path in logs.items():
        for line in _last(path, lines):
            _say(console, name, line, alone=len(logs) == 1)
    while follow:
        time.sleep(_BETWEEN)
        for name, path in logs.items():
            at[name] = _say_new(console, name, path, at[name], alone=len(logs) == 1)


def _logs(root: Path, part: str | None) -> dict[str, Path]:
    found = {path.stem: path for path in sorted(log_of(root, "any").parent.glob("*.log"))}
    if not found:
        raise ConfigurationError(f"logs are those of the stack's parts; none was started here. {_elsewhere()}")
    if part is None:
        return found
    if part not in found:
        raise ConfigurationError(f"there is no part '{part}'. {nearest(part, list(found))}")
    return {part: found[part]}


def _elsewhere() -> str:
    """Where the logs are, or how there come to be some."""
    server = os.environ.get("PREFECT_API_URL")
    if server is None:
        return "Start them: recurcast up"
    return (
        f"Prefect's server is {masked(server)}: what a run said stands on its page, at the run; what servers and workers said, "
        "where each was started."
    )


def _last(path: Path, lines: int) -> list[str]:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _TAIL))
        return log.read().decode(errors="replace").splitlines()[-lines:]


def _say_new(console: Console, name: str, path: Path, at: int, *, alone: bool) -> int:
    """Print the whole lines that have come since; return where the next ones begin."""
    size = path.stat().st_size if path.exists() else 0
    if size < at:
        return 0
    with path.open("rb") as log:
        log.seek(at)
        whole, end, _rest = log.read().rpartition(b"\n")
    for line in whole.decode(errors="replace").splitlines():
        _say(console, name, line, alone=alone)
    return at + len(whole) + len(end)


def _say(console: Console, name: str, line: str, *, alone: bool) -> None:
    say(console, line if alone else f"{name:<8} {line}")
