"""The parts of a proposal that hang together, tried as its first run would find them: the first that would train is taken."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from recurcast.config import Columns, PipelineConfig
from recurcast.errors import DataRejected
from recurcast.scaffold.checks import guess_checks, told_of_flat_ends
from recurcast.scaffold.first_run import first_as_of, frame_at, windows_found
from recurcast.scaffold.growth import Growth, guess_schedule
from recurcast.scaffold.guess import Guess
from recurcast.scaffold.rhythm import Season, Values, guess_baseline, steps_between
from recurcast.scaffold.sentinels import TakenOut
from recurcast.scaffold.sizes import Extent, Sizes, guess_sizes
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid
from recurcast.series.validation.facts import gather_facts
from recurcast.series.windows import Split


@dataclass(frozen=True)
class Looked:
    """What was found before sizes are chosen."""

    rows: pd.DataFrame
    known: pd.DataFrame
    """The rows up to the newest that has a value by now."""
    grid: Grid
    growth: Growth
    now: datetime
    series: dict[str, Values]
    read: TakenOut
    fixed: dict[str, Any]
    """Fields of the pipeline."""


@dataclass(frozen=True)
class Plan:
    """A pipeline that its first run goes on to train, when it runs, and what speaks for it."""

    pipeline: PipelineConfig
    cron: str
    guesses: tuple[Guess, ...]
    frame: SeriesFrame
    """What the first run would read."""
    without_covariates: str = ""
    """Why those that were chosen are left out; empty where they are not."""

    def said_of(self, guess: Guess) -> Guess:
        """Return the guess of the covariates with why they are left out after all; others as they are."""
        if guess.field != "source.columns.covariates" or not self.without_covariates:
            return guess
        return replace(guess, value="none", why=f"'{guess.value}' would do, but {self.without_covariates}")


@dataclass(frozen=True)
class _Try:
    season: Season
    covariates: bool
    calibrated: bool
    """Whether steps are kept that set the intervals."""


def first_that_runs(looked: Looked, season: Season, horizon: int | None) -> Plan:
    """Return the plan that asks most of the data and is not refused; raise what the first one was refused for."""
    refused: DataRejected | None = None
    for each in _tries(season, looked.read.columns):
        try:
            return _planned(looked, each, horizon, refused)
        except DataRejected as error:
            refused = refused or error
    assert refused is not None, "there is one to try at least"
    raise refused


def _tries(season: Season, columns: Columns) -> Iterator[_Try]:
    """With covariates windows must be whole; a season asks for as many values before a window; intervals for residuals."""
    seasons = [season]
    if season.steps > 1:
        seasons.append(Season(1, Guess("season", "1", f"not {season.steps} ({season.guess.why})", 0.3)))
    for one in seasons:
        for calibrated in (True, False):
            for covariates in (True, False) if columns.covariates else (False,):
                yield _Try(one, covariates, calibrated)


def _planned(looked: Looked, each: _Try, horizon: int | None, refused: DataRejected | None) -> Plan:
    growth, frequency, steps = looked.growth, looked.fixed["frequency"], each.season.steps
    columns = looked.read.columns if each.covariates else looked.read.columns.model_copy(update={"covariates": ()})
    extent = _extent(looked.known, looked.grid, columns)
    sizes = guess_sizes(extent, frequency, steps, horizon, static=growth.static, calibrated=each.calibrated)
    baseline = guess_baseline(looked.series, steps, sizes.windows.horizon, _held(sizes))
    cron = guess_schedule(frequency, sizes.windows.horizon, growth, looked.grid.timezone)
    block = looked.fixed | {
        "source": looked.fixed["source"] | {"columns": columns, "numbers": _of_columns(looked, columns)},
        "season": steps,
        "parts": sizes.parts,
        "windows": sizes.windows,
        "network": sizes.network,
        "training": sizes.training,
        "serving": sizes.serving,
        "gate": {"baseline": baseline.value},
        "checks": {"missing_values": looked.read.values},
    }
    draft = PipelineConfig.model_validate(block)
    as_of = first_as_of(cron.value, looked.grid.timezone, growth, looked.now)
    frame = frame_at(draft, looked.rows, as_of)
    facts = gather_facts(frame, draft, as_of)
    checks = guess_checks(draft, frame, facts)
    block["checks"] |= {guess.field: float(guess.value) for guess in checks}
    block["checks"]["max_bad_series"] = int(block["checks"].get("max_bad_series", 0))
    pipeline = PipelineConfig.model_validate(block)
    split = windows_found(pipeline, frame, facts)
    why = "" if refused is None else f"with more a run would be refused: {refused.rule}, and {refused.received}"
    season_why = f"; {why}" if why and each.season.guess.why.startswith("not ") else ""
    intervals_why = f"; {why}" if why and not each.calibrated else ""
    named = (replace(guess, field=f"checks.{guess.field}") for guess in checks)
    told = (looked.read.guess, told_of_flat_ends(facts))
    return Plan(
        pipeline,
        cron.value,
        (
            replace(each.season.guess, why=f"{each.season.guess.why}{season_why}"),
            *_with_windows(sizes, split, intervals_why),
            *named,
            *(guess for guess in told if guess is not None),
            *(baseline, cron),
        ),
        frame,
        why if looked.read.columns.covariates and not each.covariates else "",
    )


def _of_columns(looked: Looked, columns: Columns) -> dict[str, Any]:
    """How numbers are written, of the columns that are read."""
    read = (columns.y, *columns.covariates, *columns.static)
    return {name: how for name, how in looked.fixed["source"]["numbers"].items() if name in read}


def _with_windows(sizes: Sizes, split: Split, intervals_why: str) -> tuple[Guess, ...]:
    """Say how many windows there are, gaps taken off, where each must be whole; and why there are no intervals."""
    parts, windows = sizes.guesses
    parts = replace(parts, why=f"{parts.why}{intervals_why}")
    if sizes.network.kind == "highway":
        return parts, windows
    apart = f", {sizes.windows.stride} steps apart" if sizes.windows.stride > 1 else ""
    count = f"; {len(split.train):,} windows to train on{apart}"
    return parts, replace(windows, why=f"{windows.why}{count}")


def _held(sizes: Sizes) -> int | None:
    """The longest season whose last values a window shows; any that a network of masked windows is made for."""
    return None if sizes.network.kind == "highway" else sizes.windows.lookback


def _extent(rows: pd.DataFrame, grid: Grid, columns: Columns) -> Extent:
    spans = rows.groupby("unique_id", sort=False)["ds"].agg(["min", "max"])
    span = len(steps_between(grid, spans["min"].min(), spans["max"].max()))
    shares = (spans["max"] - spans["min"]) / (spans["max"].max() - spans["min"].min())
    usual = max(1, round(float(shares.median()) * span))
    apart = (spans["max"].max() - spans["max"].min()) / (spans["max"].max() - spans["min"].min())
    return Extent(span, len(spans), columns, usual, round(apart * span))
