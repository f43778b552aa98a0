"""From a file to a pipeline of its own: all guesses in a row, the surest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from recurcast.config import Columns, FileSource, PipelineConfig
from recurcast.errors import DataRejected
from recurcast.scaffold.clocks import guess_timezone
from recurcast.scaffold.columns import guess_columns
from recurcast.scaffold.doubled import refuse_doubled
from recurcast.scaffold.growth import guess_growth, guess_schedule
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.names import kept_name
from recurcast.scaffold.opening import open_file
from recurcast.scaffold.order import guess_snap, with_order
from recurcast.scaffold.rhythm import dense, guess_baseline, guess_frequency, guess_season, steps_between
from recurcast.scaffold.sizes import FEWEST_STEPS, Extent, guess_sizes
from recurcast.series.bounds import LARGEST, refuse_wide
from recurcast.series.files import rows_of
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid, grid_of
from recurcast.series.sources import obtain
from recurcast.series.validation.facts import FAULTLESS, gather_facts


@dataclass(frozen=True)
class Seen:
    """The rows of a file that a first run would use, as it would: `unique_id`, `ds`, `y`; and how many the file has."""

    in_file: int
    rows: pd.DataFrame


@dataclass(frozen=True)
class Proposal:
    """A pipeline for a file, its schedule, and every guess in it with what speaks for it."""

    pipeline: PipelineConfig
    cron: str
    guesses: tuple[Guess, ...]
    as_of: datetime
    """The instant as of which the guesses were tried."""
    seen: Seen = field(compare=False, repr=False)

    @property
    def file(self) -> str:
        """Return where in the project its file lies."""
        assert isinstance(self.pipeline.source, FileSource), "a proposal is for a file"
        return self.pipeline.source.path


def propose(file: Path, name: str, said: Said, now: datetime) -> Proposal:
    """Return a pipeline `name` for a file, which the block reads from `data/`.

    Raises DataRejected where the file can't be read, or holds no series that could be trained.
    """
    opened = open_file(file, said)
    table = opened.table
    chosen = guess_columns(table, file.name, said)
    zone = guess_timezone(table, chosen.moment, said)
    snap = guess_snap(table, chosen.moment)
    used = (chosen.columns.y, *chosen.columns.covariates)
    source = FileSource(
        path=file.name,
        columns=chosen.columns,
        timezone=zone.value,
        time_format=chosen.moment.time_format,
        snap=None if snap is None else snap.value,
        format=opened.how,
        numbers=opened.formats_of(used),
    )
    rows = rows_of(opened.with_names(chosen.columns.unique_id), source, name)
    refuse_doubled(table, rows, file.name, zone.value)
    time_columns = (*with_order(chosen.guesses, rows), *([] if snap is None else [snap]))
    _refuse_few(rows)
    _refuse_infinite(rows)
    frequency = guess_frequency(rows, zone.value)
    growth = guess_growth(rows, frequency.value, now, zone.value)
    grid = grid_of(rows["ds"], frequency.value, zone.value)
    refuse_wide(rows, grid)
    extent = _extent(rows, grid, chosen.columns)
    series = dense(rows, grid)
    season = guess_season(series, frequency.value)
    sizes = guess_sizes(extent, frequency.value, season.steps, said.horizon, static=growth.static)
    baseline = guess_baseline(series, season.steps, sizes.windows.horizon)
    cron = guess_schedule(frequency.value, sizes.windows.horizon, growth, zone.value)
    draft = PipelineConfig.model_validate(
        {
            "name": name,
            "description": f"Column {chosen.columns.y} of {kept_name(file, name)}, the next {sizes.windows.horizon} steps.",
            "source": source.model_dump() | {"delay": growth.delay.value, "static": growth.static},
            "frequency": frequency.value,
            "season": season.steps,
            "parts": sizes.parts,
            "windows": sizes.windows,
            "network": sizes.network,
            "training": sizes.training,
            "serving": sizes.serving,
            "gate": {"baseline": baseline.value},
        }
    )
    frame = obtain(draft, growth.as_of, file.parent)
    checks = _checks(draft, rows, frame, growth.as_of)
    block = draft.model_dump(exclude={"checks"}) | {"checks": {guess.field: float(guess.value) for guess in checks}}
    block["checks"]["max_bad_series"] = int(block["checks"].get("max_bad_series", 0))
    block["source"]["path"] = f"data/{kept_name(file, name)}"
    pipeline = PipelineConfig.model_validate(block)
    named = tuple(Guess(f"checks.{each.field}", each.value, each.why) for each in checks)
    guesses = (
        *(
            *opened.guesses_of(used),
            *time_columns,
            zone,
            growth.delay,
            growth.guess,
            frequency,
            season.guess,
            *sizes.guesses,
        ),
        *(*named, baseline, cron),
    )
    seen = Seen(len(rows), frame.rows[["unique_id", "ds", "y"]])
    return Proposal(pipeline, cron.value, guesses, growth.as_of, seen)


def _extent(rows: pd.DataFrame, grid: Grid, columns: Columns) -> Extent:
    spans = rows.groupby("unique_id", sort=False)["ds"].agg(["min", "max"])
    span = len(steps_between(grid, spans["min"].min(), spans["max"].max()))
    shares = (spans["max"] - spans["min"]) / (spans["max"].max() - spans["min"].min())
    usual = max(1, round(float(shares.median()) * span))
    return Extent(span, len(spans), columns, usual, spans["max"].nunique() > 1)


def _refuse_few(rows: pd.DataFrame) -> None:
    most = int(rows.groupby("unique_id", sort=False).size().max())
    if most < FEWEST_STEPS:
        raise DataRejected(
            f"a series needs {FEWEST_STEPS} rows or more: some to train on, some to choose by, and some to judge by",
            f"the longest one has {most}",
            "Bring more rows",
        )


def _refuse_infinite(rows: pd.DataFrame) -> None:
    beyond = (rows["y"].abs() > LARGEST).to_numpy()
    if beyond.any():
        first = int(beyond.argmax())
        raise DataRejected(
            f"what is forecast is finite, within ±{LARGEST:g}",
            f"row {first + 1} (series '{rows['unique_id'].iloc[first]}') holds {rows['y'].iloc[first]:g}, and "
            f"{int(beyond.sum()) - 1} more rows do so",
            "Correct or empty those cells, or name another column: --target COLUMN",
        )


def _checks(draft: PipelineConfig, rows: pd.DataFrame, frame: SeriesFrame, as_of: datetime) -> Sequence[Guess]:
    """What is there now, with a little room; what breaks these later is worth a look."""
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
    late = 0 if draft.masked else _without_newest(frame, draft.windows.lookback)
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
