"""The data's digest: a sum modulo 2^128 of one keyed hash per row.

A sum does not depend on the order of the rows, and the digest of an interval is the sum over its rows: one pass over
a source gives the digest of every interval. Every cell counts, timestamps included.
"""

from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.series.frame import SeriesFrame

_MODULUS = 1 << 128
_LANES = (b"recurcast-high", b"recurcast-low")


def data_digest(frame: SeriesFrame) -> str:
    """Return 32 hexadecimal digits that change with any cell of the frame, and with its grid."""
    total = sum(_lane_sum(frame, lane) << (64 * shift) for shift, lane in enumerate(_LANES)) % _MODULUS
    setting = f"{frame.grid.frequency}|{frame.grid.timezone}|{','.join(frame.covariates)}"
    return f"{(total + int.from_bytes(blake2b(setting.encode(), digest_size=16).digest())) % _MODULUS:032x}"


def _lane_sum(frame: SeriesFrame, lane: bytes) -> int:
    codes, names = pd.factorize(frame.rows["unique_id"])
    name_hashes = np.array([_key(lane, str(name).encode()) for name in names], dtype=np.uint64)
    mixed = name_hashes[codes] if len(names) else np.zeros(0, dtype=np.uint64)
    for column in ("ds", "y", *frame.covariates):
        mixed = _mix(mixed ^ _mix(_cells(frame.rows[column]).view(np.uint64) ^ np.uint64(_key(lane, column.encode()))))
    # Halves are summed apart: each sum of 32-bit numbers fits 64 bits, so nothing is lost before the modulus.
    low, high = mixed & np.uint64(0xFFFFFFFF), mixed >> np.uint64(32)
    return int(low.sum(dtype=np.uint64)) + (int(high.sum(dtype=np.uint64)) << 32)


def _cells(column: "pd.Series[Any]") -> NDArray[Any]:
    """Eight bytes per cell; NaN has many spellings in bits, and all of them are one missing value."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.to_numpy(dtype="datetime64[ns]")
    values = column.to_numpy(dtype=np.float64)
    return np.where(np.isnan(values), np.nan, values)


def _key(lane: bytes, text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8, key=lane).digest())


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of splitmix64 (Steele, Lea & Flood 2014): a bijection that spreads every bit over all others."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
