"""A report that can be checked by eye: seven days of March 2024 of the tiny pipeline, a tick a day."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from recurcast.evaluation.track_record import TrackedTick, TrackRecord
from recurcast.promotion.champion_history import fold
from recurcast.promotion.entries import Entry
from recurcast.reporting.page.coverage import covered
from recurcast.reporting.page.records import (
    CoveredState,
    FailedRun,
    IntervalScores,
    LastForecast,
    LookAtData,
    Remembered,
    Report,
    Server,
)
from recurcast.series.validation.report import Finding
from support.tiny import tiny_pipeline


def day(number: int) -> datetime:
    """Return midnight of a day of March 2024."""
    return datetime(2024, 3, number, tzinfo=UTC)


KEPT = Finding("some_rows", "Expect", "there is at least one row", "Check it", True, "60")
BROKEN = Finding("bounds", "Expect", "y is finite, at least 0", "Correct it", False, "broken by 2 of 60 rows")


def verdict(on: int, version: int, decision: Any, cell: str = "gru", *, provisional: bool = False) -> Entry:
    """Return the entry of a day's verdict."""
    return Entry(
        f"run-{version}", "verdict", day(on), version, version, decision, provisional,
        configuration="c", data=f"rows of {on}", cell=cell, reason=f"{cell} was judged", run_id=f"run-{version}",
    )  # fmt: skip


def rollback(on: int, version: int | None, replaces: int, newest: int) -> Entry:
    """Return the entry of a rollback by hand."""
    return Entry(
        f"hand-{on}",
        "rollback",
        day(on),
        version,
        newest,
        replaces=replaces,
        sequence=1,
        by="ann@desk",
        reason="it drifts",
    )


HISTORY = (
    verdict(1, 1, "promote"),
    verdict(2, 2, "reject"),
    verdict(3, 3, "promote", "lstm"),
    rollback(5, 1, 3, 3),
    verdict(6, 4, "keep", "rnn"),
)
"""Version 1 serves on the 1st and 2nd, 3 on the 3rd and 4th, 1 again from the 5th on."""


def tick(on: int, champion: int | None, ours: float | None, theirs: float) -> TrackedTick:
    """Return a tick with ten origins."""
    skill = None if ours is None else 1 - ours / theirs
    state: Any = "no champion" if champion is None else "scored"
    return TrackedTick(day(on), day(on + 1), state, f"run-{on}", champion, 10, ours, theirs, skill)


def forecast_of(name: str = "shop", steps: int = 3) -> LastForecast:
    """Return an hourly forecast of the 8th with one interval, after a day of known steps."""
    ahead = pd.date_range(day(8), periods=steps, freq="h")
    rows = pd.DataFrame(
        {"unique_id": name, "ds": ahead, "as_of": pd.Timestamp(day(8)), "y_hat": 20.0, "model_version": 1}
    )
    rows = rows.assign(y_hat_lo_80=19.0, y_hat_hi_80=21.5)
    before = pd.date_range(end=day(8), periods=24, freq="h", inclusive="left")
    return LastForecast(day(8), rows, pd.DataFrame({"unique_id": name, "ds": before, "y": 19.5}), ())


def remembered(**changed: Any) -> Remembered:
    """Return what is remembered of the seven days: the 4th was rejected, the 5th is missing."""
    states: dict[datetime, CoveredState] = {day(number): "done" for number in (1, 2, 3, 6, 7)}
    states[day(4)] = "failed"
    intervals = tuple(
        IntervalScores(day(number), "keep", False, "gru", {"gru": 0.5, "moving_average": theirs})
        for number, theirs in ((1, 1.0), (2, 0.75), (3, 0.4))
    )
    whole = Remembered(
        tiny_pipeline(description="Orders of the shop", unit="MW"),
        400,
        False,
        states,
        Server(1, "gru", day(1), HISTORY[3], {"challenger": 0.5, "baseline": 1.0}),
        fold(HISTORY),
        TrackRecord((tick(1, 1, 8.0, 10.0), tick(2, 1, 9.0, 10.0), tick(3, 3, 12.0, 10.0), tick(4, None, None, 9.0))),
        intervals,
        forecast_of(),
        (LookAtData(day(7), 60, 2, 0.025, (KEPT,)), LookAtData(day(4), 58, 2, None, (KEPT, BROKEN))),
        (FailedRun(day(4), True, "y is finite, at least 0: broken by 2 of 60 rows", "run-of-the-4th"),),
    )
    return replace(whole, **changed)


def report_of(what: Remembered | None = None, passed: int = 0) -> Report:
    """Return the report of it, made at noon of the 8th, with a tick a day from the 1st to the 7th."""
    known = remembered() if what is None else what
    ticks = covered([day(number) for number in range(1, 8)], known.states)
    return Report(known, ticks, passed, "UTC", datetime(2024, 3, 8, 12, tzinfo=UTC))
