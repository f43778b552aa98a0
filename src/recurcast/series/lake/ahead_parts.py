"""What is known ahead by series, in parts of some whole series each: as much as a file of a lake has at a time.

a block's rows, in any order     laid down by the lake's own hash     read back place by place
  a b c | b a d | ...       ──▶    spilled-0000: a a ...         ──▶    the rows of a, ...
                                   spilled-0001: b c b d ...

A small file, and what all series share, is one part: it is read as it is without a lake.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from recurcast.config.interval_sources import FolderSource
from recurcast.config.reading import FileFormat
from recurcast.config.source import FileSource
from recurcast.series.ahead import AheadBlock
from recurcast.series.ahead_files import AheadSource
from recurcast.series.delimited import first_rows
from recurcast.series.file_kinds import Kind, kind_of, refuse_unusable
from recurcast.series.files import expect_columns, rows_of, spelled_out, telling_unreadable
from recurcast.series.lake.ahead_folder import laying_down
from recurcast.series.lake.spilling import Spill
from recurcast.series.reading.asked import joined
from recurcast.series.reading.giving_back import give_back

AT_ONCE = 2**22
"""Bytes of a text that is read in one place."""
_ROWS = 2**16


def in_parts(source: AheadSource, places: int) -> Iterator[AheadBlock]:
    """Yield a block in parts that have no series in common, in the order of a lake's places.

    Raises DataRejected where it can't be read, ConfigurationError where a place would hold more than it may.
    """
    if not _by_place(source):
        yield source.whole()
        return
    of_one = f", counted among those of the series of one file of the lake, of {places}"
    with TemporaryDirectory(prefix="recurcast-ahead-") as folder:
        with source.telling():
            spill = _laid_down(source, Path(folder), places)
        for place in range(places):
            table = joined(spill.parts(place))
            spill.remove(place)
            if table is None or table.empty:
                continue
            with source.telling(of_one):
                rows = rows_of(table, source.source, source.pipeline.name)
            del table
            yield source.of(rows)
            del rows
            give_back()


def _by_place(source: AheadSource) -> bool:
    """Whether a block may be too large for one place."""
    if source.block.unique_id is None:
        return False
    if not isinstance(source.source, FileSource):
        return True
    path = source.root / source.source.path
    if not path.is_file():  # which is told where it is read
        return False
    with source.telling():
        kind = kind_of(path, source.source.path)
    return kind == "parquet" or (kind == "text" and path.stat().st_size > AT_ONCE)


def _laid_down(source: AheadSource, folder: Path, places: int) -> Spill:
    of_block = f"what is known ahead of the series of a lake's file ('{source.block.told}')"

    def gather(tables: Iterator[pd.DataFrame]) -> Spill:
        # A query that is asked again begins anew.
        name = source.pipeline.name
        spill = Spill(folder, source.source, name, places, of_block, "Pack the lake into more --files.")
        for table in tables:
            with laying_down():
                spill.add(table)
        with laying_down():
            spill.write()
        return spill

    if isinstance(source.source, FileSource):
        spill = gather(_tables(source, source.source))
        if not spill.rows.any():
            source.whole()  # which says what it lacks
        return spill
    from recurcast.series.reading.sql import Query, no_row

    spill = Query(source.source, source.pipeline.name, source.root).read(source.interval, gather)
    if not spill.rows.any():
        raise no_row(source.source, source.interval)
    return spill


def _tables(source: AheadSource, own: FileSource) -> Iterator[pd.DataFrame]:
    """The mapped columns of a file, some rows at a time."""
    path, shown = source.root / own.path, own.path
    refuse_unusable(path, shown)
    kind = kind_of(path, shown)
    with telling_unreadable(kind, shown):
        expect_columns(_columns(path, kind, own), own)
        yield from _of_parquet(path, own) if kind == "parquet" else _of_text(path, source, own)


def _columns(path: Path, kind: Kind, own: FileSource) -> pd.DataFrame:
    """All columns of a file, with a row at most."""
    if kind == "text":
        return first_rows(path, own.format or FileFormat(), 1)
    import pyarrow.parquet as pq

    return pd.DataFrame(columns=pq.read_schema(path).names)


def _of_parquet(path: Path, own: FileSource) -> Iterator[pd.DataFrame]:
    import pyarrow.parquet as pq

    from recurcast.series.reading.arrow import as_table

    # One batch after the other: a scanner reads row groups ahead of whoever lays them down, 400 MB of 1e7 rows.
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(_ROWS, columns=list(own.columns.read), use_threads=False):
            yield spelled_out(as_table(batch))


def _of_text(path: Path, source: AheadSource, own: FileSource) -> Iterator[pd.DataFrame]:
    from fsspec.implementations.local import LocalFileSystem

    from recurcast.series.reading.folder_files import File
    from recurcast.series.reading.text_parts import parts_of_text

    folder = FolderSource(path=own.path, format=own.format, **source.settings)
    return parts_of_text(LocalFileSystem(), File(str(path), own.path, "text", {}, path.stat().st_size), folder, _ROWS)
