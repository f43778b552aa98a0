"""From a file to a pipeline of its own: all guesses in a row, the surest first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from recurcast.config import FileSource, PipelineConfig
from recurcast.errors import DataRejected
from recurcast.guessing.columns import guess_columns
from recurcast.guessing.guess import Guess, Said
from recurcast.guessing.rhythm import dense, guess_baseline, guess_frequency, guess_season, steps_between
from recurcast.guessing.sizes import FEWEST_STEPS, Extent, guess_sizes
from recurcast.intervals import format_instant
from recurcast.series.files import read_file, read_table
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import duration, fixed_step, grid_of
from recurcast.series.sources import obtain
from recurcast.series.timestamps import STATES_ZONE
from recurcast.validation.facts import FAULTLESS, gather_facts

_DELAYS = (1, 2, 3)
"""How many steps late the newest row may be, and the file still counts as one that grows."""


@dataclass(frozen=True)
class Proposal:
    """A pipeline for a file, its schedule, and every guess in it with what speaks for it."""

    pipeline: PipelineConfig
    cron: str
    guesses: tuple[Guess, ...]
    as_of: datetime
    """The instant as of which the guesses were tried."""


def propose(file: Path, name: str, said: Said, now: datetime) -> Proposal:
    """Return a pipeline `name` for a CSV or Parquet file, which the block reads from `data/`.

    Raises DataRejected where the file can't be read, or holds no series that could be trained.
    """
    table = read_table(file, file.name, text_column=said.series)
    chosen = guess_columns(table, file.name, said)
    zone = _timezone(table[chosen.columns.ds], said)
    source = FileSource(path=file.name, columns=chosen.columns, timezone=zone.value)
    rows = read_file(source, file.parent, series_name=name)
    _refuse_few(rows)
    frequency = guess_frequency(rows, zone.value)
    growth = _growth(rows, frequency.value, zone.value, now)
    grid = grid_of(rows["ds"], frequency.value, zone.value)
    extent = Extent(
        len(steps_between(grid, rows["ds"].min(), rows["ds"].max())), rows["unique_id"].nunique(), chosen.columns
    )
    series = dense(rows, grid)
    season = guess_season(series, frequency.value)
    sizes = guess_sizes(extent, frequency.value, season.steps, said.horizon)
    baseline = guess_baseline(series, season.steps, sizes.windows.horizon)
    cron = _cron(frequency.value, sizes.windows.horizon, growth, zone.value)
    draft = PipelineConfig.model_validate(
        {
            "name": name,
            "description": f"Column {chosen.columns.y} of {file.name}, the next {sizes.windows.horizon} steps.",
            "source": source.model_dump() | {"delay": growth.delay.value, "static": growth.static},
            "frequency": frequency.value,
            "season": season.steps,
            "parts": sizes.parts,
            "windows": sizes.windows,
            "network": sizes.network,
            "training": sizes.training,
            "gate": {"baseline": baseline.value},
        }
    )
    checks = _checks(draft, rows, growth.as_of, file.parent)
    block = draft.model_dump(exclude={"checks"}) | {"checks": {guess.field: float(guess.value) for guess in checks}}
    block["checks"]["max_bad_series"] = int(block["checks"].get("max_bad_series", 0))
    block["source"]["path"] = f"data/{file.name}"
    pipeline = PipelineConfig.model_validate(block)
    named = tuple(Guess(f"checks.{each.field}", each.value, each.why) for each in checks)
    guesses = (
        *(*chosen.guesses, zone, growth.delay, growth.guess, frequency, season.guess, *sizes.guesses),
        *(*named, baseline, cron),
    )
    return Proposal(pipeline, cron.value, guesses, growth.as_of)


@dataclass(frozen=True)
class _Growth:
    """Whether the file grows, how late its rows come, and the instant at which all of them are known."""

    static: bool
    guess: Guess
    delay: Guess
    as_of: datetime
    last_known: pd.Timestamp


def _timezone(stamps: "pd.Series[Any]", said: Said) -> Guess:
    field = "source.timezone"
    if said.timezone is not None:
        return Guess(field, said.timezone, "said on the command line")
    first = str(stamps.iloc[0])
    if getattr(stamps.dtype, "tz", None) is not None or re.search(STATES_ZONE, first.strip()):
        return Guess(field, "UTC", f"times such as '{first}' state their zone")
    why = f"times such as '{first}' state no zone; if a wall clock wrote them, say whose: --timezone Europe/Amsterdam"
    return Guess(field, "UTC", why)


def _refuse_few(rows: pd.DataFrame) -> None:
    most = int(rows.groupby("unique_id", sort=False).size().max())
    if most < FEWEST_STEPS:
        raise DataRejected(
            f"a series needs {FEWEST_STEPS} rows or more: some to train on, some to choose by, and some to judge by",
            f"the longest one has {most}",
            "Bring more rows",
        )


def _growth(rows: pd.DataFrame, frequency: str, timezone: str, now: datetime) -> _Growth:
    """A file grows whose newest row is the newest that can be there; rows are known once their step is over."""
    newest, step = rows["ds"].max(), _length(frequency)
    late = next((n for n in _DELAYS if newest + step * (n + 1) > now >= newest), None)
    static = late is None
    delay = step * ((late or 1) - 1) + _wait(frequency)
    text = f"{delay.days}D" if delay % pd.Timedelta("1D") == pd.Timedelta(0) else to_offset(delay).freqstr
    text = text if text[0].isdigit() else f"1{text}"
    when = format_instant(newest.to_pydatetime(warn=False))
    if static:
        why = f"the newest row is of {when}, long ago; take the line out once something adds rows to the copy in data/"
    else:
        why = f"the newest row is of {when}: the file seems to grow; let what writes it write to data/"
    late_why = (
        "a value is known when its step is over" if static or late == 1 else f"the newest row is {late} steps old"
    )
    known = newest + duration(text)
    as_of = known.ceil("min").to_pydatetime(warn=False) + timedelta(microseconds=1) if static else now
    return _Growth(
        static,
        Guess("source.static", str(static).lower(), why),
        Guess("source.delay", text, late_why),
        as_of,
        known,
    )


def _wait(frequency: str) -> pd.Timedelta:
    """How long after its timestamp a step is over; a month's end, or a week's Sunday, is a step's last day."""
    ends = to_offset(frequency).rule_code.startswith(("ME", "QE", "YE", "W-SUN"))
    return pd.Timedelta(days=1) if ends else _length(frequency)


def _length(frequency: str) -> pd.Timedelta:
    """How long the longest step is."""
    step, offset = fixed_step(frequency), to_offset(frequency)
    if step is not None:
        return step
    base = offset.rule_code.partition("-")[0]
    days = {"B": 1, "W": 7, "MS": 31, "QS": 92, "YS": 366, "ME": 31, "QE": 92, "YE": 366}.get(base, 366)
    return pd.Timedelta(days=days) * offset.n


def _cron(frequency: str, horizon: int, growth: _Growth, timezone: str) -> Guess:
    """Of steps shorter than a day a tick per horizon, so that forecasts follow one another; else one per row."""
    step, offset = fixed_step(frequency), to_offset(frequency)
    if step is None or step >= pd.Timedelta("1D"):
        base = offset.rule_code.partition("-")[0]
        day = growth.last_known.tz_convert(timezone).day_name()[:3].upper()
        fields = {"D": "* * *", "B": "* * TUE-SAT", "W": f"* * {day}"}.get(base, "5 * *")
        each = {"D": "each day", "B": "after each business day", "W": "each week"}.get(base, "each month")
        return Guess("schedule", f"0 6 {fields}", f"{each}, when the row before is known")
    hours = next((h for h in (1, 2, 3, 4, 6, 8, 12) if h >= ceil(step * horizon / pd.Timedelta("1h"))), 24)
    at = growth.last_known.tz_convert(timezone).ceil("min") if growth.static else pd.Timestamp(0)
    first = at.hour % hours
    field = "*" if hours == 1 else ",".join(str(hour) for hour in range(first, 24, hours))
    why = f"every {hours} hours" if hours > 1 else "every hour"
    ends = (
        ", at the minute at which the last row is known" if growth.static else ", when the forecast before has run out"
    )
    return Guess("schedule", f"{at.minute} {field} * * *", why + ends)


def _checks(draft: PipelineConfig, rows: pd.DataFrame, as_of: datetime, folder: Path) -> Sequence[Guess]:
    """What is there now, with a little room; what breaks these later is worth a look."""
    frame = obtain(draft, as_of, folder)
    facts = gather_facts(frame, draft, as_of).series
    guesses = []
    low = float(rows["y"].min())
    if low >= 0:
        guesses.append(Guess("min_value", "0", f"never below {low:g}; take it out if negative values can come"))
    missing = float(facts["missing_share"].max())
    room = min(0.99, (np.floor(missing * 100) + 1) / 100)
    guesses.append(Guess("max_missing", f"{room:g}", f"{missing:.1%} of the steps are missing now, where most are"))
    bad = facts[facts["fault"] != FAULTLESS]
    if len(bad) == len(facts):
        raise DataRejected(
            "one series is long enough and changes",
            f"'{bad['unique_id'].iloc[0]}' is {bad['fault'].iloc[0]}",
            "Check the file",
        )
    late = _without_newest(frame, draft.windows.lookback)
    if len(bad) < late < len(facts):
        why = (
            f"of {len(facts)} series {late} have a gap in the newest {draft.windows.lookback} steps, or end before them"
        )
        guesses.append(Guess("max_bad_series", str(late), why))
    elif len(bad):
        named = ", ".join(
            f"'{name}' ({fault})" for name, fault in zip(bad["unique_id"][:3], bad["fault"][:3], strict=True)
        )
        guesses.append(
            Guess("max_bad_series", str(len(bad)), f"of {len(facts)} series {len(bad)} can't be used: {named}")
        )
    return guesses


def _without_newest(frame: SeriesFrame, lookback: int) -> int:
    """How many series, of those that change, lack a value in the newest window."""
    recent = frame.rows[frame.rows["ds"] >= frame.steps[-lookback]].dropna()
    whole = recent.groupby("unique_id")["ds"].nunique() >= lookback
    return len(frame.ids) - int(whole.sum())
