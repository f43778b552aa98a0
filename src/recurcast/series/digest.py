"""The data's digest: a sum modulo 2^128 of one keyed hash per row.

A sum does not depend on the order of the rows, and the digest of an interval is the sum over its rows: one pass over
a source gives the digest of every interval. Every cell counts, timestamps included.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.series.ahead import AheadBlock
from recurcast.series.frame import SeriesFrame

_MODULUS = 1 << 128
_ROWS_AT_ONCE = 2**18  # bounds the memory of many rows; sums do not depend on it
_LOW, _HIGH = b"recurcast-high", b"recurcast-low"
"""Keys of the lower and the upper 64 bits. Their texts stay: another one would change every digest."""


def data_digest(frame: SeriesFrame) -> str:
    """Return 32 hexadecimal digits that change with any cell of the frame, and with its grid."""
    sums = np.zeros(3, dtype=np.uint64)
    for begin in range(0, len(frame.rows), _ROWS_AT_ONCE):
        stretch = frame.rows.iloc[begin : begin + _ROWS_AT_ONCE]
        sums += row_hashes(stretch, frame.beside).sum(axis=1, dtype=np.uint64)
    found = digest_of(sums, frame.grid.frequency, frame.grid.timezone, frame.beside)
    blocks = () if frame.ahead is None else frame.ahead.blocks
    return with_ahead(found, [(block, hashes_ahead(block).sum(axis=1, dtype=np.uint64)) for block in blocks])


def hashes_ahead(block: AheadBlock) -> NDArray[np.uint64]:
    """Return the hash of each row of what is known ahead, as `row_hashes` does."""
    stamps = {name: pd.to_datetime(block.rows[name], utc=True) for name in ("ds", "available_at")}
    # What was always known has no time: NaT.
    named = block.rows[["unique_id", *block.columns]].assign(ds=stamps["ds"], y=stamps["available_at"])
    return row_hashes(named, block.columns)


def with_ahead(found: str, blocks: Sequence[tuple[AheadBlock, NDArray[np.uint64]]]) -> str:
    """Return the digest of rows and of what is known ahead, whose hashes add up to the sums given; as it is without any."""
    if not blocks:
        return found
    each = [digest_of(sums, "ahead", "held" if block.hold else "exact", block.columns) for block, sums in blocks]
    return blake2b("|".join([found, *each]).encode(), digest_size=16).hexdigest()


def row_hashes(rows: pd.DataFrame, beside: tuple[str, ...]) -> NDArray[np.uint64]:
    """Return each row's hash of 128 bits in three parts, lowest first, shape `(3, n_rows)`.

    The parts are bits 0 to 31, 32 to 63 and 64 to 127. Each can be summed in 64 bits: sums of the first two lose
    nothing below 2^32 rows, and what overflows the third lies beyond the modulus.
    """
    low, high = _lane(rows, beside, _LOW), _lane(rows, beside, _HIGH)
    return np.stack([low & np.uint64(0xFFFFFFFF), low >> np.uint64(32), high])


def digest_of(sums: NDArray[np.uint64], frequency: str, timezone: str, beside: tuple[str, ...]) -> str:
    """Return the digest of the rows whose hashes add up to `sums`, shape `(3,)`, on a grid of that frequency and zone."""
    total = sum(int(part) << shift for part, shift in zip(sums, (0, 32, 64), strict=True))
    setting = blake2b(f"{frequency}|{timezone}|{','.join(beside)}".encode(), digest_size=16).digest()
    return f"{(total + int.from_bytes(setting)) % _MODULUS:032x}"


def _lane(rows: pd.DataFrame, beside: tuple[str, ...], key: bytes) -> NDArray[np.uint64]:
    codes, names = pd.factorize(rows["unique_id"])
    name_hashes = np.array([_keyed(key, str(name).encode()) for name in names], dtype=np.uint64)
    mixed = name_hashes[codes] if len(names) else np.zeros(0, dtype=np.uint64)
    for column in ("ds", "y", *beside):
        mixed = _mix(mixed ^ _mix(_cells(rows[column]).view(np.uint64) ^ np.uint64(_keyed(key, column.encode()))))
    return mixed


def _cells(column: "pd.Series[Any]") -> NDArray[Any]:
    """Eight bytes per cell; NaN has many spellings in bits, and all of them are one missing value."""
    if column.dtype == "str":
        codes, texts = pd.factorize(column)
        return np.array([*(_keyed(b"recurcast-text", str(text).encode()) for text in texts), 0], np.uint64)[codes]
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.to_numpy(dtype="datetime64[ns]")
    values = column.to_numpy(dtype=np.float64)
    return np.where(np.isnan(values), np.nan, values)


def _keyed(key: bytes, text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8, key=key).digest())


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of splitmix64 (Steele, Lea & Flood 2014): a bijection that spreads every bit over all others."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
