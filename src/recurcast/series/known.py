"""Which rows are known at which of many as_ofs.

Between two as_ofs rows come and rows go, and none comes back: each counts in one range of them.

as_ofs            0     1     2     3     4
first revision          |===========)              known from 1 on, until the second one is known
second revision                     |========...
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.series.grid import UTC_NS


@dataclass(frozen=True)
class KnownRanges:
    """Per row the as_ofs that know it, as a half-open range of indices, shapes `(n_rows,)`; empty where none does."""

    first: NDArray[np.int64]
    stop: NDArray[np.int64]


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
