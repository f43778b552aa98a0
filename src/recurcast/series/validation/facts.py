"""What the suite looks at: the rows with a column that says whether they lie on the grid, and one row per series."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import duration
from recurcast.series.validation.flat import flat_facts
from recurcast.series.validation.spans import known_before, spans_of

FAULTLESS, CONSTANT, TOO_SHORT, NO_VALUE = "none", "constant", "too short", "without a value"
_MOST_TOLD = 5
OFF_GRID = "of another frequency: most of its rows lie off the grid"


@dataclass(frozen=True)
class Facts:
    """Two tables.

    `rows`: the frame's, and `on_grid` (true, too, of a series that is left out because it is not). `series`: `unique_id, fault`
    (FAULTLESS, or why it can't be used), `missing_share` (of the steps from the series' first row on, 0 where there is a fault;
    where windows may miss steps, of those from its first value to its last), `longest_gap` (steps between two complete rows),
    `train_steps` (where windows may miss steps, the values among them), `age_seconds` (from the series' newest row to as_of),
    `silence_seconds` (from its newest value; NaN without one), `flat_seconds` and `flat` (see
    `flat_facts`); where windows may miss steps also `constant` and `low`.
    """

    rows: pd.DataFrame
    series: pd.DataFrame


def gather_facts(frame: SeriesFrame, pipeline: PipelineConfig, as_of: datetime) -> Facts:
    """Return the facts that the pipeline's rules are about; of faults those that no limit of `checks` allows."""
    on_grid = frame.grid.contains(frame.rows["ds"])
    unique_id = frame.rows["unique_id"].astype("category")
    foreign = frame.off_grid_ids if pipeline.masked and not on_grid.all() else frozenset()
    answered = on_grid | unique_id.isin(foreign).to_numpy() if foreign else on_grid
    rows = frame.rows.assign(on_grid=answered, unique_id=unique_id)
    found = spans_of(frame)
    found["foreign"] = found.index.isin(foreign)
    judged = _of_masked(found, frame, pipeline) if pipeline.masked else _of_whole(found, frame, pipeline)
    series = pd.DataFrame(
        {
            "unique_id": found.index,
            **judged,
            "longest_gap": found["longest_gap"].to_numpy(),
            "age_seconds": (pd.Timestamp(as_of) - found["last"]).dt.total_seconds().to_numpy(),
            "silence_seconds": (pd.Timestamp(as_of) - found["spoke"]).dt.total_seconds().to_numpy(),
            **flat_facts(frame, found.index, pipeline.checks),
        }
    )
    return Facts(rows, series)


def together(series: Sequence[pd.DataFrame], pipeline: PipelineConfig) -> pd.DataFrame:
    """Return the facts of all series, in order; of several frames' series, that all are constant is said of all alone."""
    if len(series) == 1:
        return series[0]
    table = pd.concat(series, ignore_index=True).sort_values("unique_id", ignore_index=True)
    if not pipeline.masked:
        return table
    usable = table["fault"].isin([FAULTLESS, CONSTANT])
    fault = CONSTANT if table.loc[usable, "constant"].all() else FAULTLESS
    return table.assign(fault=table["fault"].mask(usable, fault))


def within_limits(facts: Facts, pipeline: PipelineConfig) -> Facts:
    """Return the facts with the series as faulty too that miss more than `checks` allows, where windows may miss steps."""
    if not pipeline.masked:
        return facts
    checks, series = pipeline.checks, facts.series
    faults = [
        _too_gappy(fault, share, gap, checks.max_missing, checks.max_gap)
        for fault, share, gap in zip(series["fault"], series["missing_share"], series["longest_gap"], strict=True)
    ]
    return replace(facts, series=series.assign(fault=pd.array(faults, dtype="str")))


def kept_with_a_word(facts: Facts, pipeline: PipelineConfig) -> tuple[tuple[str, str], ...]:
    """Return (series, word) pairs of what a reader must know of series that are used."""
    series = facts.series[facts.series["fault"] == FAULTLESS]
    return (*_of_gaps(series, pipeline), *_of_flat(series))


def _of_flat(series: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """The longest few each with its value."""
    flat = series[series["flat"] != ""].sort_values(["flat_seconds", "unique_id"], ascending=[False, True])
    for number, (name, told) in enumerate(zip(flat["unique_id"], flat["flat"], strict=True)):
        yield str(name), f"{told}: stuck?" if number < _MOST_TOLD else "flat at the end, as never before: stuck?"


def _of_gaps(series: pd.DataFrame, pipeline: PipelineConfig) -> tuple[tuple[str, str], ...]:
    if not pipeline.masked:
        return ()
    seen = pipeline.seen.lookback
    words = [
        (series["constant"] & (series["low"] == 0), "zero throughout, without a scale for MASE"),
        (series["constant"] & (series["low"] != 0), "constant, without a scale for MASE"),
        (series["longest_gap"] > seen, f"with a gap longer than a window of {seen} steps: none looks across it"),
        (series["train_steps"] <= (pipeline.fewest or 0), _UNTRAINED[pipeline.serving]),
    ]
    if pipeline.checks.max_silence is not None:
        limit = duration(pipeline.checks.max_silence).total_seconds()
        silent = f"silent for longer than checks.max_silence {pipeline.checks.max_silence}: trained on, not forecast"
        words.append((series["silence_seconds"] > limit, silent))
    return tuple((str(name), word) for which, word in words for name in series["unique_id"][which])


def first_missing(frame: SeriesFrame, unique_id: str, count: int = 5) -> tuple[str, ...]:
    """Return the first steps of a series, from its first row on, that have no value."""
    rows = frame.rows[frame.rows["unique_id"] == unique_id]
    complete = rows[rows[["y", *frame.covariates]].notna().all(axis=1)]
    expected = frame.steps[frame.steps >= rows["ds"].min()]
    absent = expected.difference(pd.DatetimeIndex(complete["ds"]))
    return tuple(stamp.isoformat() for stamp in absent[:count])


_UNTRAINED = {
    "refit": "shorter than the held-out parts: trained on in the refit only",
    "judged": "shorter than the held-out parts: forecast, and not trained on (serving: refit would)",
}


def _of_whole(found: pd.DataFrame, frame: SeriesFrame, pipeline: PipelineConfig) -> dict[str, NDArray[np.generic]]:
    """Faults, missing steps and train steps where a window must be whole."""
    end = found["last_step"] + 1 if pipeline.parts.align == "last_row" else len(frame.steps)
    span = (end - found["first_step"]).clip(lower=0)
    train_steps = (span - pipeline.parts.validation - pipeline.parts.test).clip(lower=0)
    needed = pipeline.windows.lookback + pipeline.windows.horizon
    fault = np.select([train_steps < needed, found["low"] == found["high"]], [TOO_SHORT, CONSTANT], FAULTLESS)
    missing = (span - found["present"]) / span.clip(lower=1)
    return {
        "fault": fault,
        "missing_share": np.where(fault == FAULTLESS, missing, 0.0),
        "train_steps": train_steps.to_numpy(),
    }


def _of_masked(found: pd.DataFrame, frame: SeriesFrame, pipeline: PipelineConfig) -> dict[str, NDArray[np.generic]]:
    """The same where windows may miss steps: what lies before a series' first value and behind its last is not missing.

    A constant series is forecast as it is; it is a fault where there is no other.
    """
    fewest = pipeline.fewest or 1
    short = f"{TOO_SHORT}: fewer values than a season and one more ({fewest})"
    other = f"{OFF_GRID} of '{frame.grid.frequency}'"
    fault = np.select(
        [found["foreign"], found["known"] == 0, found["known"] < fewest], [other, NO_VALUE, short], FAULTLESS
    )
    constant = (found["low"] == found["high"]).to_numpy()
    usable = fault == FAULTLESS
    if usable.any() and constant[usable].all():
        fault = np.where(usable, CONSTANT, fault)
    span = (found["last_known"] + 1 - found["first_known"]).clip(lower=0)
    missing = (span - found["present"]) / span.clip(lower=1)
    held_out = pipeline.parts.validation + pipeline.parts.test
    ends = found["last_known"] + 1 if pipeline.parts.align == "last_row" else pd.Series(len(frame.steps), found.index)
    return {
        "fault": fault,
        "missing_share": missing.where(usable, 0.0).to_numpy(),
        "train_steps": known_before(frame, (ends - held_out).to_numpy()),
        "constant": constant,
        "low": found["low"].to_numpy(),
    }


def _too_gappy(fault: str, share: float, gap: int, most: float, longest: int | None) -> str:
    if fault != FAULTLESS:
        return fault
    if share > most:
        return f"too gappy: {share:.1%} of its steps are missing, and checks.max_missing allows {most:.1%}"
    if longest is not None and gap > longest:
        return f"too gappy: {gap} steps in a row are missing, and checks.max_gap allows {longest}"
    return fault
