"""The newest steps of every series, checked without Great Expectations: what a forecast or a flag is made from.

The rules are the pipeline's, on the rows that are used; a gap counts against the series that has it.

    step        ... 4   5   6   7   8   9 | as_of
    lookback 4              [i   i   i   i]           the newest window: it ends at the last step that can be known
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import Checks
from recurcast.errors import ConfigurationError, DataRejected, TooLittleHistory
from recurcast.instants import format_instant
from recurcast.series.bounds import LARGEST
from recurcast.series.frame import Panel, SeriesFrame, lay_out
from recurcast.series.grid import duration

_MOST_NAMED = 5


@dataclass(frozen=True)
class LeftOut:
    """A series that is left out, and why."""

    series: str
    why: str


@dataclass(frozen=True)
class NewestWindows:
    """The last `lookback` steps of every series that has them without a gap, and the series that have not."""

    panel: Panel
    left_out: tuple[LeftOut, ...]


def newest_steps(frame: SeriesFrame, checks: Checks, as_of: datetime, count: int, covariates: tuple[str, ...]) -> Panel:
    """Return the last `count` steps of the frame, absent values NaN; of the covariates only those named.

    Raises DataRejected where a row among them lies off the grid, stands twice or holds what is not believed, or where
    the newest row is too old; ConfigurationError where the pipeline's parts hold fewer steps.
    """
    if count > len(frame.steps):
        raise ConfigurationError(
            f"what is looked at lies within the pipeline's parts, {len(frame.steps)} steps before as_of; {count} are "
            "needed. Lengthen parts.history, or look at fewer steps."
        )
    steps = frame.steps[-count:]
    rows = frame.rows[(frame.rows["ds"] >= steps[0]).to_numpy()].reset_index(drop=True)
    recent = SeriesFrame(rows, frame.grid, steps, covariates, frame.last_known)
    if rows.empty:
        raise TooLittleHistory(
            f"a forecast at {format_instant(as_of)} needs rows since {steps[0].isoformat()}",
            "there are none",
            "Check what fills the source",
        )
    _refuse(recent, ~frame.grid.contains(rows["ds"]), f"every ds is a step of frequency '{frame.grid.frequency}'")
    _refuse(recent, rows.duplicated(["unique_id", "ds"]).to_numpy(), "each series has each timestamp once")
    _refuse(recent, _unbelieved(rows, checks, covariates), _believed(checks))
    _refuse_old(recent, checks, as_of)
    return lay_out(recent, np.zeros((count, 0)))


def newest_windows(
    frame: SeriesFrame, checks: Checks, as_of: datetime, lookback: int, covariates: tuple[str, ...]
) -> NewestWindows:
    """Return the newest window of every series; see `newest_steps` for what is refused besides gaps.

    Raises DataRejected, which names the first series and step, where more series than `max_bad_series`, or all, have a
    gap or too little history.
    """
    panel = newest_steps(frame, checks, as_of, lookback, covariates)
    absent = dict.fromkeys(set(frame.ids) - set(panel.ids), panel.steps)
    absent |= {
        name: panel.steps[~panel.complete[row]] for row, name in enumerate(panel.ids) if not panel.complete[row].all()
    }
    left_out = tuple(LeftOut(name, _fault(frame, name, absent[name], panel.steps)) for name in sorted(absent))
    if len(left_out) > min(checks.max_bad_series, len(frame.ids) - 1):
        raise _rejected(left_out, absent[left_out[0].series], panel.steps, checks)
    whole = np.flatnonzero([name not in absent for name in panel.ids])
    kept = Panel(tuple(panel.ids[row] for row in whole), panel.steps, panel.values[whole], panel.calendar)
    return NewestWindows(kept, left_out)


def _unbelieved(rows: pd.DataFrame, checks: Checks, covariates: tuple[str, ...]) -> NDArray[np.bool_]:
    y = rows["y"].to_numpy()
    low = -np.inf if checks.min_value is None else checks.min_value
    high = np.inf if checks.max_value is None else checks.max_value
    beyond = np.abs(rows[["y", *covariates]].to_numpy()) > LARGEST
    return np.asarray(beyond.any(axis=1) | (y < low) | (y > high))


def _believed(checks: Checks) -> str:
    bounds = (("at least", checks.min_value), ("at most", checks.max_value))
    return (
        "y is finite"
        + "".join(f", {side} {bound:g}" for side, bound in bounds if bound is not None)
        + f", within ±{LARGEST:g}"
    )


def _refuse(frame: SeriesFrame, broken: NDArray[np.bool_], rule: str) -> None:
    if broken.any():
        first = frame.rows.loc[int(broken.argmax())]
        raise DataRejected(
            f"newest rows: {rule}",
            f"series '{first['unique_id']}' at {first['ds'].isoformat()} (y {first['y']:g}) breaks it, and "
            f"{int(broken.sum()) - 1} other rows",
            "Correct the source; `recurcast run` reports all rules",
            series=str(first["unique_id"]),
            timestamps=(first["ds"].isoformat(),),
        )


def _refuse_old(frame: SeriesFrame, checks: Checks, as_of: datetime) -> None:
    newest = frame.rows["ds"].max()
    if checks.max_age is not None and as_of - newest > duration(checks.max_age):
        raise DataRejected(
            f"the newest row is at most {checks.max_age} older than {format_instant(as_of)}",
            f"it is of {newest.isoformat()}",
            "Check what fills the source, or raise checks.max_age",
        )


def _fault(frame: SeriesFrame, name: str, absent: pd.DatetimeIndex, steps: pd.DatetimeIndex) -> str:
    """Why a series has no newest window; a series that begins within it is too short, else it has a gap."""
    begins = frame.rows.loc[(frame.rows["unique_id"] == name).to_numpy(), "ds"].min()
    if begins > steps[0]:
        return f"too little history: it begins at {begins.isoformat()}, {len(absent)} of {len(steps)} steps are missing"
    return f"no value at {absent[0].isoformat()} ({len(absent)} of {len(steps)} steps are missing)"


def _rejected(
    left_out: tuple[LeftOut, ...], absent: pd.DatetimeIndex, steps: pd.DatetimeIndex, checks: Checks
) -> DataRejected:
    first = left_out[0]
    others = f"; {len(left_out) - 1} more series have none either" if len(left_out) > 1 else ""
    return DataRejected(
        f"the newest window of a series is {len(steps)} steps up to {steps[-1].isoformat()}, none missing",
        f"series '{first.series}': {first.why}{others}",
        f"Fill the gap, take another as_of, or have such series left out (checks.max_bad_series {checks.max_bad_series}, "
        "never all)",
        series=first.series,
        timestamps=tuple(step.isoformat() for step in absent[:_MOST_NAMED]),
    )
