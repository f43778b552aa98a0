"""Mutated Parquet: odd types of columns, odd schemas, damaged files."""

import contextlib
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from attacks.bases import Table

Rows = list[datetime]
_STEP = timedelta(hours=1)
_TIMES: dict[str, Callable[[Rows], Any]] = {
    **{f"timestamp[{unit}]": lambda t, unit=unit: pa.array(t, pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")},
    "in UTC": lambda t: pa.array(t, pa.timestamp("us", "UTC")),
    "in a zone": lambda t: pa.array(t, pa.timestamp("ms", "America/New_York")),
    "in no zone that exists": lambda t: pa.array(t, pa.timestamp("us", "Mars/Olympus")),
    "date": lambda t: pa.array([each.date() for each in t], pa.date32()),
    "text": lambda t: pa.array([each.isoformat() for each in t]),
    "text in categories": lambda t: pa.array([each.isoformat() for each in t]).dictionary_encode(),
    "seconds": lambda t: pa.array([int(each.timestamp()) for each in t]),
    "float": lambda t: pa.array([each.timestamp() for each in t]),
    "time of day": lambda t: pa.array([each.time() for each in t], pa.time64("us")),
    "duration": lambda t: pa.array([each - t[0] for each in t], pa.duration("us")),
    "decimal": lambda t: pa.array([Decimal(int(each.timestamp())) for each in t], pa.decimal128(38, 9)),
    "bytes": lambda t: pa.array([each.isoformat().encode() for each in t], pa.binary()),
    "nothing": lambda t: pa.nulls(len(t)),
    "far": lambda t: pa.array([2**62 + n for n in range(len(t))], pa.int64()).cast(pa.timestamp("us")),
    "year 1": lambda t: pa.array([datetime(1, 1, 1) + n * _STEP for n in range(len(t))], pa.timestamp("us")),
    "year 9999": lambda t: pa.array([datetime(9999, 1, 1) + n * _STEP for n in range(len(t))], pa.timestamp("us")),
    "some missing": lambda t: pa.array([None if n % 9 == 5 else each for n, each in enumerate(t)], pa.timestamp("us")),
    "lists": lambda t: pa.array([[each] for each in t], pa.list_(pa.timestamp("us"))),
}
_VALUES: dict[str, Callable[[int], Any]] = {
    "float": lambda n: pa.array([float(k % 24) for k in range(n)]),
    "half": lambda n: pa.array([float(k % 24) for k in range(n)]).cast(pa.float16()),
    "infinite": lambda n: pa.array([float("inf") if k == 7 else float(k % 24) for k in range(n)]),
    "nan": lambda n: pa.array([float("nan")] * n),
    "big decimal": lambda n: pa.array([Decimal("9" * 30) + k % 24 for k in range(n)], pa.decimal128(38, 0)),
    "wide decimal": lambda n: pa.array([Decimal(k % 24) for k in range(n)], pa.decimal256(76, 2)),
    "unsigned": lambda n: pa.array([2**64 - 1 - k % 24 for k in range(n)], pa.uint64()),
    "bool": lambda n: pa.array([k % 2 == 0 for k in range(n)]),
    "text": lambda n: pa.array([f"{k % 24}" for k in range(n)]),
    "text in categories": lambda n: pa.array([f"{k % 24}" for k in range(n)]).dictionary_encode(),
    "struct": lambda n: pa.array([{"a": k, "b": "x"} for k in range(n)]),
    "list": lambda n: pa.array([[k] * (k % 3) for k in range(n)]),
    "map": lambda n: pa.array([[("a", k)] for k in range(n)], pa.map_(pa.string(), pa.int64())),
    "date": lambda n: pa.array([date(2024, 1, 1)] * n),
    "duration": lambda n: pa.array([timedelta(seconds=k) for k in range(n)]),
    "bytes": lambda n: pa.array([b"\xff\x00"] * n),
    "nothing": lambda n: pa.nulls(n),
    "missing": lambda n: pa.array([None if k % 3 else k for k in range(n)]),
}


def parquet(table: Table, draw: Random) -> tuple[str, bytes]:
    """Return what was done, and a Parquet file of hourly rows: as many as the table has, at most 900."""
    number = draw.choice((0, 1, 2, 900, 900, 900, 900, 900))
    times = [datetime(2024, 1, 1, tzinfo=UTC) + n * _STEP for n in range(number)]
    time = draw.choice(sorted(_TIMES)) if draw.random() < 0.6 else "timestamp[us]"
    value = draw.choice(sorted(_VALUES)) if draw.random() < 0.6 else "float"
    columns = {"ds": _TIMES[time](times) if times else pa.nulls(0), "y": _VALUES[value](number)}
    if draw.random() < 0.3:
        columns["unique_id"] = pa.array([draw.choice(("a", "b", "", "é")) for _ in range(number)])
    names, arrays = list(columns), list(columns.values())
    shape = draw.choice(("plain", "plain", "plain", "twice", "unnamed", "alone", "index", "no columns", "metadata"))
    if shape == "twice":
        names, arrays = [*names, "y"], [*arrays, columns["y"]]
    elif shape == "unnamed":
        names[0] = draw.choice(("", " ", "x" * 5_000, "\x00", "index", "__index_level_0__"))
    elif shape == "alone":
        names, arrays = names[1:], arrays[1:]
    elif shape == "no columns":
        names, arrays = [], []
    return f"{time}, {value}, {shape}, {number} rows", _bytes(pa.table(arrays, names=names), shape, draw)


def _bytes(table: Any, shape: str, draw: Random) -> bytes:
    out = io.BytesIO()
    if shape == "index":
        with contextlib.suppress(pa.ArrowException, ValueError, KeyError):  # what pandas can't hold keeps its column
            table.to_pandas(ignore_metadata=True).set_index("ds").to_parquet(out)
            return out.getvalue()
        out = io.BytesIO()
    if shape == "metadata":
        told = draw.choice((b"{", b"{}", b'{"index_columns": ["no"], "columns": []}', b"[]", b'{"index_columns": 5}'))
        table = table.replace_schema_metadata({b"pandas": told})
    pq.write_table(table, out, compression=draw.choice(("snappy", "zstd", "gzip", "none")), coerce_timestamps=None)
    return out.getvalue()
