"""Kills of runs, backfills, promotions and decisions by hand; each command is then called again, and everything must be there.

A campaign is one project, whose intervals are run one after the other. Every kill is of a child of its own.
"""

import json
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import yaml

from attacks import dying, invariants, warm
from attacks.dying import ANYWHERE, ENTRY, Moment
from attacks.watching import Limits

_NAME = "tiny"
_FIRST = datetime(2024, 6, 1, tzinfo=UTC)
_LIMITS = Limits(300, 4 << 30)
_PIPELINE = {
    "name": _NAME,
    "source": {"kind": "generated", "seasons": [{"period": 12, "amplitude": 5}], "level": 20, "noise": 0.3},
    "frequency": "h",
    "season": 12,
    "parts": {"history": 90, "validation": 24, "test": 36},
    "windows": {"lookback": 12, "horizon": 2},
    "network": {"units": 3},
    "training": {"epochs": 1, "learning_rate": 0.05},
    "charts": "none",
    # Nearly every interval is promoted: what is attacked is the change of champions.
    "gate": {"baseline": "moving_average", "confidence": 0.5, "policy": "always", "must_beat_baseline": False},
}


@dataclass
class Campaign:
    """What came of one project's kills."""

    project: Path
    draw: Random
    done: list[str] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=dict)
    survived: int = 0
    """Commands that ended before their moment came: they count as no kill."""
    breaches: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, what, and after which kill."""
    writes: tuple[int, int] = (0, 0)
    """How many a run takes, and how many of them follow its entry."""


def campaign(project: Path, database: Path, seed: str, kills: int) -> Campaign:
    """Return what came of so many kills in a project of their own."""
    entry = {"name": _NAME, "entrypoint": "flows/train.py:train", "parameters": {"pipeline": _PIPELINE}}
    entry["schedules"] = [{"cron": "0 * * * *", "slug": "hourly"}]
    project.mkdir()
    (project / "prefect.yaml").write_text(yaml.safe_dump({"deployments": [entry]}))
    shutil.copyfile(database, project / "mlflow.db")
    held = Campaign(project, Random(seed))
    _rehearse(held)
    while sum(held.kills.values()) < kills:
        # A third dies between an entry and the end of its promotion.
        held.draw.choice((_run, _run, _promotion, _promotion, _backfill, _by_hand))(held)
    return held


def _rehearse(held: Campaign) -> None:
    """Two intervals undisturbed, so that there is a champion; the second one is counted."""
    for _ in range(2):
        (as_of,) = _next(held, 1)
        counted = held.project.with_suffix(".writes")
        _again(held, "nothing yet", "run", _NAME, "--as-of", as_of, hook=dying.counting(counted))
    first, second = counted.read_text().split()
    held.writes = int(first), int(second)


def _run(held: Campaign) -> None:
    moment = _moment(held, ANYWHERE, held.writes[0])
    (as_of,) = _next(held, 1)
    _killed(held, "runs", moment, ("run", _NAME, "--as-of", as_of), ("run", _NAME, "--as-of", as_of))


def _promotion(held: Campaign) -> None:
    moment = _moment(held, ENTRY, held.writes[1])
    (as_of,) = _next(held, 1)
    _killed(held, "promotions", moment, ("run", _NAME, "--as-of", as_of), ("run", _NAME, "--as-of", as_of))


def _backfill(held: Campaign) -> None:
    moment = _moment(held, ANYWHERE, 2 * held.writes[0])
    first, last = _next(held, 2)
    end = (datetime.fromisoformat(last) + timedelta(minutes=1)).isoformat()
    started = ("backfill", "run", _NAME, "--from", first, "--to", end, "--here")
    # One that died before it was recorded is begun again.
    _killed(held, "backfills", moment, started, ("backfill", "resume", "--here"), started)


def _by_hand(held: Campaign) -> None:
    version = held.draw.choice(range(1, len(held.done) + 1))
    command = (
        ("promote", _NAME, str(version), "--reason", "an attack")
        if held.draw.random() < 0.6
        else ("rollback", _NAME, "--reason", "an attack")
    )
    moment = _moment(held, ANYWHERE, 4)
    (as_of,) = _next(held, 1)
    _killed(held, "decisions by hand", moment, command, ("run", _NAME, "--as-of", as_of))


def _moment(held: Campaign, since: str, most: int) -> Moment:
    least = 1 if since == ANYWHERE else 0
    return Moment(since, held.draw.randint(least, max(least, most)), held.draw.random() < 0.5, held.draw.random() < 0.5)


def _killed(held: Campaign, kind: str, moment: Moment, command: Sequence[str], *recoveries: Sequence[str]) -> None:
    outcome = warm.call(command, held.project, _LIMITS, dying.dying_at(moment))
    told = f"{' '.join(command)}: {moment}"
    if outcome.exit_code == -signal.SIGKILL:
        held.kills[kind] = held.kills.get(kind, 0) + 1
    else:
        held.survived += 1
    if outcome.left:
        held.breaches.append((invariants.WRONG, f"{outcome.left} processes are left", told))
    for recovery in recoveries:
        if _again(held, told, *recovery, forgiving=recovery != recoveries[-1]):
            break
    _check(held, told)
    print(f"{told}: {len(held.breaches)} breaches so far", file=sys.stderr, flush=True)


def _again(
    held: Campaign, told: str, *command: str, hook: Callable[[], None] | None = None, forgiving: bool = False
) -> bool:
    outcome = warm.call(command, held.project, _LIMITS, hook)
    if outcome.exit_code != 0 and not forgiving:
        held.breaches.append(
            (invariants.LOST, f"{' '.join(command)}: exit {outcome.exit_code}, {outcome.said[-600:]}", told)
        )
    return outcome.exit_code == 0


def _check(held: Campaign, told: str) -> None:
    found = json.loads(warm.told(partial(invariants.breaches, held.project, _NAME, tuple(held.done))))
    held.breaches += [(kind, what, told) for kind, what in found]
    forecast = warm.call(("forecast", _NAME, "--as-of", held.done[-1], "--json"), held.project, _LIMITS)
    if forecast.exit_code != 0:
        held.breaches.append((invariants.WRONG, f"forecast: exit {forecast.exit_code}, {forecast.said[-600:]}", told))


def _next(held: Campaign, number: int) -> list[str]:
    begun = len(held.done)
    coming = [f"{_FIRST + timedelta(hours=begun + n):%Y-%m-%dT%H:%M:%SZ}" for n in range(number)]
    held.done += coming
    return coming
