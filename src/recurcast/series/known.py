"""Which rows are known at which of many as_ofs, and the grid that they show.

Between two as_ofs rows come and rows go, and none comes back: each counts in one range of them.

as_ofs            0     1     2     3     4
first revision          |===========)              known from 1 on, until the second one is known
second revision                     |========...
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.instants import EARLIEST
from recurcast.series.event_days import sessions_around
from recurcast.series.grid import UTC_NS, Grid, duration, grid_of, infer_frequency


@dataclass(frozen=True)
class KnownRanges:
    """Per row the as_ofs that know it, as a half-open range of indices, shapes `(n_rows,)`; empty where none does."""

    first: NDArray[np.int64]
    stop: NDArray[np.int64]


@dataclass(frozen=True)
class Known:
    """The rows known at an as_of, the grid that they lie on, and its steps in the span of the pipeline's parts."""

    rows: pd.DataFrame
    grid: Grid
    steps: pd.DatetimeIndex


@dataclass(frozen=True)
class Over:
    """What many ascending as_ofs know; a grid is none where `known` would refuse."""

    grids: list[Grid | None]
    ends: list[datetime]
    stretches: Callable[[NDArray[np.int64]], Iterable[tuple[pd.DataFrame, KnownRanges]]]
    """Given where each as_of's span begins: all rows that any of them knows, each once, and who knows them."""


def known_ranges(rows: pd.DataFrame, as_ofs: Sequence[datetime]) -> KnownRanges:
    """Return where `ds < as_of` and `available_at <= as_of`, of several revisions the latest; `as_ofs` ascend.

    Of revisions that became available at the same instant the last one of the file counts.
    """
    instants = nanoseconds(as_ofs)
    ds, available_at = (np.asarray(rows[column].astype("int64")) for column in ("ds", "available_at"))
    first = np.maximum(instants.searchsorted(ds, side="right"), instants.searchsorted(available_at, side="left"))
    stop = np.full(len(rows), len(instants))
    if rows.attrs.get("has_revisions"):
        series, _ = pd.factorize(rows["unique_id"])
        order = np.lexsort((available_at, ds, series))
        revised, by = order[:-1], order[1:]
        again = (series[revised] == series[by]) & (ds[revised] == ds[by])
        stop[revised[again]] = first[by[again]]
    return KnownRanges(first, stop)


def nanoseconds(instants: Sequence[datetime]) -> NDArray[np.int64]:
    """Return instants as pandas counts them, since 1970, shape `(n_instants,)`."""
    return np.asarray(pd.Series(list(instants), dtype=UTC_NS).astype("int64"))


def rows_known(rows: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Return the rows with `ds < as_of` and `available_at <= as_of`, of several revisions the latest."""
    if rows.attrs.get("has_revisions"):
        known = known_ranges(rows, [as_of])
        counts = (known.first == 0) & (known.stop > 0)
    else:
        instant = pd.Timestamp(as_of)
        counts = ((rows["ds"] < instant) & (rows["available_at"] <= instant)).to_numpy()
    return rows if counts.all() else rows[counts]


def end_of_knowledge(delay: str, as_of: datetime) -> datetime:
    """Return the instant before which lie all steps that can be known: `ds < as_of` and `ds + delay <= as_of`."""
    waiting = duration(delay)
    if waiting > as_of - EARLIEST:
        return EARLIEST
    return as_of - waiting + pd.Timedelta(1, "us").to_pytimedelta() if waiting else as_of


def grid_shown(pipeline: PipelineConfig, known: pd.DataFrame) -> Grid:
    """Return the grid that a file's known rows lie on, of the pipeline's frequency or of the one that they show.

    Raises DataRejected where the pipeline states none and the rows show none.
    """
    timezone = pipeline.source.timezone
    frequency = pipeline.frequency or _inferred(known, timezone)
    return grid_of(known["ds"], frequency, timezone, sessions_around(frequency, known["ds"], pipeline.parts.steps))


def _inferred(known: pd.DataFrame, timezone: str) -> str:
    per_series = {
        str(unique_id): infer_frequency(ds.sort_values().drop_duplicates(), timezone)
        for unique_id, ds in known.groupby("unique_id")["ds"]
    }
    frequencies = set(per_series.values())
    if len(frequencies) != 1 or None in frequencies:
        shown = ", ".join(
            f"{unique_id}: {frequency or 'none'}" for unique_id, frequency in list(per_series.items())[:5]
        )
        raise DataRejected(
            "the frequency is inferred where all series show the same one",
            f"found {shown}",
            "Set `frequency`, such as 'h'",
        )
    return str(frequencies.pop())
