"""The newest steps of a frame, checked without Great Expectations: the pipeline's rules, on the rows that are used."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import Checks
from recurcast.errors import ConfigurationError, DataRejected, TooLittleHistory
from recurcast.instants import format_instant
from recurcast.series.attributes import attributes_in
from recurcast.series.bounds import LARGEST
from recurcast.series.frame import Panel, SeriesFrame, lay_out
from recurcast.series.grid import duration


def newest_steps(
    frame: SeriesFrame,
    checks: Checks,
    as_of: datetime,
    count: int,
    covariates: tuple[str, ...],
    fewest: int | None = None,
    *,
    may_lack: bool = False,
) -> Panel:
    """Return the last `count` steps of the frame, absent values NaN; of the covariates only those named.

    Where windows may miss steps, those before the frame are some. A piece of a frame `may_lack` rows there.

    Raises DataRejected where a row among them lies off the grid, stands twice or holds what is not believed, or where
    the newest row is too old; ConfigurationError where the pipeline's parts hold fewer steps.
    """
    if count > len(frame.steps) and fewest is None:
        raise ConfigurationError(
            f"what is looked at lies within the pipeline's parts, {len(frame.steps)} steps before as_of; {count} are "
            "needed. Lengthen parts.history, or look at fewer steps."
        )
    before = max(count - len(frame.steps), 0)
    steps = frame.steps[-count:]
    if before:
        steps = pd.DatetimeIndex(frame.grid.steps_until(frame.steps[0], before).append(steps))
    rows = frame.rows[(frame.rows["ds"] >= steps[0]).to_numpy()].reset_index(drop=True)
    recent = SeriesFrame(rows, frame.grid, steps, covariates, frame.last_known, ahead=frame.ahead)
    said = attributes_in(frame.rows, frame.attributes) if frame.attributes else None
    if rows.empty and not may_lack:
        raise TooLittleHistory(
            f"a forecast at {format_instant(as_of)} needs rows since {steps[0].isoformat()}",
            "there are none",
            "Check what fills the source",
        )
    _refuse(recent, ~frame.grid.contains(rows["ds"]), f"every ds is a step of frequency '{frame.grid.frequency}'")
    _refuse(recent, rows.duplicated(["unique_id", "ds"]).to_numpy(), "each series has each timestamp once")
    _refuse(recent, _unbelieved(rows, checks, covariates), _believed(checks))
    refuse_old(recent, checks, as_of)
    return replace(lay_out(recent, np.zeros((len(steps), 0))), attributes=said)


def own_ends(frame: SeriesFrame, align: str) -> tuple[SeriesFrame, ...]:
    """Return the frame itself, or with `last_row` one for each step that is the last value of some series, oldest first."""
    if align == "as_of":
        return (frame,)
    ends = frame.rows["ds"].where(frame.rows["y"].notna()).groupby(frame.rows["unique_id"]).max()
    ends = ends.fillna(frame.steps[-1]).set_axis(ends.index.astype("str"))
    frames = []
    for end, rows in frame.rows.groupby(frame.rows["unique_id"].astype("str").map(ends), sort=True):
        steps = frame.grid.steps_until(pd.Timestamp(str(end)) + pd.Timedelta(1, "ns"), len(frame.steps))
        frames.append(replace(frame, rows=rows[rows["ds"] <= end].reset_index(drop=True), steps=steps))
    return tuple(frames)


def refuse_old(frame: SeriesFrame, checks: Checks, as_of: datetime) -> None:
    """Raise DataRejected where the newest row of all series is older than `checks.max_age` allows."""
    if checks.max_age is None or frame.ends is None:
        return
    newest = frame.ends[1]
    if as_of - newest > duration(checks.max_age):
        raise DataRejected(
            f"the newest row is at most {checks.max_age} older than {format_instant(as_of)}",
            f"it is of {newest.isoformat()}",
            "Check what fills the source, or raise checks.max_age",
        )


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
