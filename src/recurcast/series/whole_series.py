"""Files of whole series: each says when it begins, and then its values."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.environment import memory
from recurcast.errors import DataRejected
from recurcast.series.stepping import stamps

LONGEST_LINE = 100_000_000
"""Bytes: a line is a series here."""
_BYTES_OF_A_ROW = 40
_LEAST_BYTES = 2 * 10**9


@dataclass(frozen=True)
class Whole:
    """A series: its name, the stamp of its first value, its step, its values; what else is said of it, by name."""

    name: str
    start: pd.Timestamp
    step: str
    values: NDArray[np.float64]
    said: dict[str, str] = field(default_factory=dict)


def as_table(series: Iterable[Whole], shown: str) -> pd.DataFrame:
    """Return the series one after the other as `unique_id, ds, y` and what else is said of them.

    Raises DataRejected where their rows are more than the memory should hold.
    """
    most, taken, kept = max(_LEAST_BYTES, memory() // 4), 0, []
    for each in series:
        texts = len(each.name) + sum(map(len, each.said.values()))
        taken += len(each.values) * (_BYTES_OF_A_ROW + texts)
        if taken > most:
            raise DataRejected(
                f"a file holds at most {most:,} bytes of rows, an eighth of which are their values",
                f"'{shown}' holds more, up to series '{each.name[:40]}'",
                "Write fewer series to a file, or shorter names",
            )
        kept.append(each)
    lengths = np.array([len(each.values) for each in kept], dtype=np.int64)
    said = dict.fromkeys(name for each in kept for name in each.said)
    columns: dict[str, object] = {"unique_id": _repeated([each.name for each in kept], lengths)}
    columns["ds"] = _joined([_stamps(each) for each in kept], shown)
    columns["y"] = np.concatenate([each.values for each in kept]) if kept else np.zeros(0)
    for name in said:
        columns.setdefault(name, _repeated([each.said.get(name, "") for each in kept], lengths))
    return pd.DataFrame(columns)


def _stamps(series: Whole) -> pd.DatetimeIndex:
    start = series.start
    found = stamps(
        start.tz_localize(None) if start.tz is None else start.tz_convert(None), series.step, len(series.values)
    )
    return found if start.tz is None else found.tz_localize("UTC")


def _joined(parts: list[pd.DatetimeIndex], shown: str) -> object:
    if not parts:
        return np.zeros(0, "datetime64[us]")
    if len({part.tz is None for part in parts}) > 1:
        raise DataRejected(
            "either all series start at times with a zone or none does", f"in '{shown}' some do", "Correct it"
        )
    joined = pd.DatetimeIndex(np.concatenate([part.tz_localize(None).to_numpy() for part in parts]))
    return joined if parts[0].tz is None else joined.tz_localize("UTC")


def _repeated(words: list[str], lengths: NDArray[np.int64]) -> object:
    return pd.Series(words, dtype="str").repeat(lengths.tolist()).reset_index(drop=True)
