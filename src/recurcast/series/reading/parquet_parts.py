"""Parquet files in parts: the columns that are mapped, the row groups whose statistics allow rows of an interval."""

import re
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pandas as pd

from recurcast.config.interval_sources import FolderSource
from recurcast.config.times import EPOCHS, ISO
from recurcast.series.files import spelled_out
from recurcast.series.reading.arrow import as_table
from recurcast.series.reading.folder_files import File
from recurcast.series.reading.interval import Interval
from recurcast.series.reading.sql_times import counted_since_1970

_SLACK = timedelta(days=2)


def parts_of_parquet(
    filesystem: Any, file: File, source: FolderSource, asked: Interval, rows: int
) -> Generator[pd.DataFrame]:
    """Yield the file's rows in tables; a column that it lacks is lacking there. Raises Arrow's errors, and the file system's."""
    import pyarrow.dataset as pads

    fragment = pads.ParquetFileFormat().make_fragment(file.path, filesystem=_arrow_filesystem(filesystem, file.size))
    columns = [name for name in source.columns.read if name in fragment.physical_schema.names]
    condition = _condition(fragment, source, asked)
    within = fragment if condition is None else fragment.subset(condition)
    yield as_table(fragment.physical_schema.empty_table().select(columns))
    if within.num_row_groups == 0:
        return
    scanner = within.scanner(
        columns=columns,
        filter=condition,
        batch_size=rows,
        batch_readahead=1,
        fragment_readahead=1,
        # Else the bytes of all row groups are held, as much as the file is large.
        fragment_scan_options=pads.ParquetFragmentScanOptions(pre_buffer=False),
    )
    for batch in scanner.to_batches():
        yield spelled_out(as_table(batch))


def _arrow_filesystem(filesystem: Any, size: int) -> Any:
    """The file system as Arrow asks it: for the bytes of a file that it needs, without reading ahead of them."""
    import pyarrow as pa
    from pyarrow.fs import FSSpecHandler, LocalFileSystem, PyFileSystem

    class Exactly(FSSpecHandler):  # type: ignore[misc]
        def open_input_file(self, path: str) -> Any:
            return pa.PythonFile(self.fs.open(path, mode="rb", cache_type="none", size=size), mode="r")

    local = type(filesystem).__name__ == "LocalFileSystem" and type(filesystem).__module__.startswith("fsspec")
    return LocalFileSystem() if local else PyFileSystem(Exactly(filesystem))


def _condition(fragment: Any, source: FolderSource, asked: Interval) -> Any:
    """What rows of the interval fulfil, as far as it can be said of the column as it is stored; none where it can't."""
    import pyarrow.compute as pc

    ds = source.columns.ds
    if not isinstance(ds, str) or ds not in fragment.physical_schema.names:
        return None
    ends = _ends(fragment, ds, source, asked)
    if ends is None:
        return None
    field = pc.field(ds)
    # A row without a time is to be refused, and not to be passed over.
    return field.is_null() | ((field >= ends[0]) & (field < ends[1]))


def _ends(fragment: Any, ds: str, source: FolderSource, asked: Interval) -> tuple[Any, Any] | None:
    import pyarrow as pa

    kind, wide = fragment.physical_schema.field(ds).type, asked.wider(_SLACK)
    counted = EPOCHS.get(source.time_format or "")
    if counted is not None and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        near = asked.wider(timedelta(seconds=1))
        return counted_since_1970(near.start, counted), counted_since_1970(near.end, counted)
    if pa.types.is_timestamp(kind):
        exact = asked.wider(timedelta(minutes=1)) if kind.tz is not None else wide
        stamps = [pd.Timestamp(end).tz_convert("UTC") for end in (exact.start, exact.end)]
        ends = stamps if kind.tz is not None else [stamp.tz_localize(None) for stamp in stamps]
        return pa.scalar(ends[0].floor("s"), kind), pa.scalar(ends[1].ceil("s"), kind)
    if pa.types.is_date(kind):
        return pa.scalar(wide.start.date(), kind), pa.scalar(wide.end.date(), kind)
    if (pa.types.is_string(kind) or pa.types.is_large_string(kind)) and _is_iso(fragment, ds, source.time_format):
        return f"{wide.start:%Y-%m-%d}", f"{wide.end:%Y-%m-%d}"
    return None


def _is_iso(fragment: Any, ds: str, time_format: str | None) -> bool:
    """Whether texts come in the order of the times that they name."""
    if time_format is not None:
        return time_format == ISO or time_format.startswith("%Y-%m-%d")
    metadata = fragment.metadata
    place = next((at for at in range(metadata.num_columns) if metadata.schema.column(at).path == ds), None)
    if place is None:
        return False
    found = [metadata.row_group(group).column(place).statistics for group in range(metadata.num_row_groups)]
    if not all(each is not None and each.has_min_max for each in found):
        return False
    return all(re.match(r"\d{4}-\d\d-\d\d", str(end)) for each in found for end in (each.min, each.max))
