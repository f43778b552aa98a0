"""A frame as Parquet, and back to the bit: the rows as columns, all else as JSON beside the schema."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict
from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recurcast.series.ahead import Ahead, AheadBlock
from recurcast.series.days import DayCalendar
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import UTC_NS, Grid
from recurcast.series.ids import coded

_KEY, _AHEAD = b"recurcast", b"recurcast.ahead"
"""Of the frame's setting, and of what is known ahead: files of their own within the one."""


def to_parquet(frame: SeriesFrame) -> bytes:
    """Return the frame as a Parquet file."""
    columns = {name: _column(frame.rows[name]) for name in frame.rows.columns}
    metadata = {_KEY: setting_of(frame).encode()}
    if frame.ahead is not None:
        metadata[_AHEAD] = json.dumps([_packed(block) for block in frame.ahead.blocks]).encode()
    table = pa.table(columns, metadata=metadata)
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(content: bytes, setting: str | None = None) -> SeriesFrame:
    """Return the frame that a file of `to_parquet` holds, in the setting of another run that had the same rows.

    Raises ValueError, KeyError or OSError where it is no such file.
    """
    table = pq.read_table(BytesIO(content))
    facts = json.loads(setting or (table.schema.metadata or {})[_KEY])
    rows = pd.DataFrame({name: _values(table[name]) for name in table.column_names})
    rows["unique_id"] = coded(rows["unique_id"])
    anchor, last_known = facts["anchor"], facts["last_known"]
    days = tuple(DayCalendar(**stated | {"days": tuple(stated["days"])}) for stated in facts.get("days", ()))
    grid = Grid(
        facts["frequency"],
        facts["timezone"],
        pd.Timedelta(facts["phase"], "ns"),
        None if anchor is None else pd.Timestamp(anchor),
        next((own for own in days if own.name == facts["frequency"]), None),
    )
    known = None if last_known is None else pd.Timestamp(last_known, tz="UTC")
    packed = (table.schema.metadata or {}).get(_AHEAD)
    ahead = None if packed is None else Ahead(tuple(map(_unpacked, json.loads(packed))), facts["lag"], facts["gap"])
    said = tuple(facts.get("attributes", ()))
    return SeriesFrame(rows, grid, _steps(grid, facts["steps"]), tuple(facts["covariates"]), known, days, ahead, said)


def _packed(block: AheadBlock) -> dict[str, Any]:
    buffer = BytesIO()
    pq.write_table(pa.Table.from_pandas(block.rows, preserve_index=False), buffer, compression="zstd")
    rows = b64encode(buffer.getvalue()).decode()
    return {"columns": block.columns, "shared": block.shared, "hold": block.hold, "rows": rows}


def _unpacked(stated: dict[str, Any]) -> AheadBlock:
    rows = pq.read_table(BytesIO(b64decode(stated["rows"]))).to_pandas()
    return AheadBlock(tuple(stated["columns"]), rows, stated["shared"], stated["hold"])


def setting_of(frame: SeriesFrame) -> str:
    """Return what the digest does not tell of a frame, as JSON: grid, steps, covariates, last instant known; in ns.

    Where it has calendars of days, these too.
    """
    grid, stamps = frame.grid, frame.steps.asi8.tolist()
    brief = {"first": stamps[0], "last": stamps[-1], "count": len(stamps)}
    facts = {
        "frequency": grid.frequency,
        "timezone": grid.timezone,
        "phase": grid.phase.as_unit("ns").value,
        "anchor": None if grid.anchor is None else grid.anchor.as_unit("ns").value,
        # Steps of several periods without an anchor are counted from as_of: they are the only ones to be written down.
        "steps": brief if _steps(grid, brief).equals(frame.steps) else stamps,
        "covariates": list(frame.covariates),
        "last_known": None if frame.last_known is None else frame.last_known.as_unit("ns").value,
    }
    if frame.ahead is not None:
        facts |= {"lag": frame.ahead.lag, "gap": frame.ahead.gap}
    if frame.attributes:
        facts |= {"attributes": list(frame.attributes)}
    return json.dumps(facts | ({"days": [asdict(own) for own in frame.days]} if frame.days else {}))


def _steps(grid: Grid, facts: "dict[str, int] | list[int]") -> pd.DatetimeIndex:
    if isinstance(facts, list):
        return pd.DatetimeIndex(pd.Series(facts).astype(UTC_NS))
    after = pd.Timestamp(facts["last"] + 1, tz="UTC")
    return grid.steps_until(after, facts["count"])


def _column(values: "pd.Series[Any]") -> pa.Array:
    if values.dtype == UTC_NS:
        return pa.array(values.astype("int64").to_numpy(), type=pa.timestamp("ns", tz="UTC"))
    if isinstance(values.dtype, pd.CategoricalDtype):
        names = pa.array(values.cat.categories.tolist(), type=pa.string())
        return pa.DictionaryArray.from_arrays(values.cat.codes.to_numpy(), names).cast(pa.string())
    if values.dtype == "str":
        return pa.array(values.tolist(), type=pa.string(), from_pandas=True)  # a text that is missing is null
    return pa.array(values.to_numpy())  # not from pandas, which would make one missing value of all kinds of NaN


def _values(column: pa.ChunkedArray) -> Any:
    if pa.types.is_timestamp(column.type):
        return pd.Series(column.cast(pa.int64()).to_numpy()).astype(UTC_NS)
    return pd.array(column.to_pylist(), dtype="str") if pa.types.is_string(column.type) else column.to_numpy()
