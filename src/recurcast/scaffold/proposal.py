"""From a file to a pipeline of its own: all guesses in a row, the surest first."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from recurcast.config import FileSource, PipelineConfig
from recurcast.errors import DataRejected
from recurcast.scaffold.ahead import GoesOn, columns_that_go_on
from recurcast.scaffold.clocks import guess_timezone
from recurcast.scaffold.columns import guess_columns
from recurcast.scaffold.doubled import refuse_doubled
from recurcast.scaffold.growth import guess_growth
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.names import kept_name
from recurcast.scaffold.opening import open_file
from recurcast.scaffold.order import guess_snap, with_order
from recurcast.scaffold.planning import Looked, Plan, first_that_runs
from recurcast.scaffold.rhythm import dense, guess_frequency, guess_season
from recurcast.scaffold.sentinels import TakenOut, take_out
from recurcast.scaffold.sizes import FEWEST_STEPS
from recurcast.series.bounds import LARGEST, refuse_wide
from recurcast.series.files import rows_of
from recurcast.series.grid import grid_of


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
    used = (chosen.columns.y, *chosen.columns.covariates, *chosen.columns.static)
    read_as_times = {f"source.numbers.{column}" for column in chosen.columns.times}
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
    _refuse_infinite(rows)
    read = take_out(rows, chosen.columns, keep=said.keep_values)
    goes_on = columns_that_go_on(read)
    if goes_on is not None:
        alone = read.columns.model_copy(update={"covariates": ()})
        read = replace(read, columns=alone, rows=goes_on.rows(read.rows, now), left_out={})
    rows, source = read.rows, source.model_copy(update={"columns": read.columns})
    _refuse_few(rows)
    frequency = guess_frequency(rows, zone.value)
    growth = guess_growth(rows, frequency.value, now, zone.value)
    known = rows[rows["ds"] <= growth.newest]
    _refuse_few(known)
    grid = grid_of(rows["ds"], frequency.value, zone.value)
    refuse_wide(rows, grid)
    series = dense(known, grid)
    ahead = [] if goes_on is None else [goes_on.block(source, file.name).model_dump()]
    fixed = {
        "name": name,
        "source": source.model_dump() | {"delay": growth.delay.value, "static": growth.static, "known_ahead": ahead},
        "frequency": frequency.value,
    }
    season = guess_season(series, frequency.value)
    plan = first_that_runs(Looked(rows, known, grid, growth, now, series, read, fixed), season, said.horizon)
    block, kept = plan.pipeline.model_dump(), kept_name(file, name)
    for each in (block["source"], *block["source"]["known_ahead"]):
        each["path"] = f"data/{kept}"
    block["description"] = f"Column {chosen.columns.y} of {kept}, the next {plan.pipeline.windows.horizon} steps."
    guesses = (
        *(each for each in opened.guesses_of(used) if each.field not in read_as_times),
        *(_said_of(guess, read, plan, goes_on) for guess in time_columns),
        *([] if goes_on is None else [goes_on.guess]),
        *(zone, growth.delay, growth.guess, frequency),
        *plan.guesses,
    )
    seen = Seen(len(rows), plan.frame.rows[["unique_id", "ds", "y"]])
    return Proposal(PipelineConfig.model_validate(block), plan.cron, guesses, growth.as_of, seen)


def _said_of(guess: Guess, read: TakenOut, plan: Plan, goes_on: GoesOn | None) -> Guess:
    """The guess with what became of it."""
    return plan.said_of(read.said_of(guess)) if goes_on is None else goes_on.said_of(guess)


def _refuse_few(rows: pd.DataFrame) -> None:
    most = int(rows.groupby("unique_id", sort=False)["y"].count().max())
    if most < FEWEST_STEPS:
        raise DataRejected(
            f"a series needs {FEWEST_STEPS} rows or more: some to train on, some to choose by, and some to judge by",
            f"the longest one has {most} with a value",
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
