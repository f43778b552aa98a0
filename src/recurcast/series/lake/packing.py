"""A lake out of any source that is read: each series whole in one file, in bounded memory, all of it or nothing.

source, in any order         laid down by hash of the series        packed, sorted by series and time
  a b c | b a d | ...   ──▶   spilled-0000: a a ...           ──▶     lake-0000.parquet    + _lake.json, the manifest
                              spilled-0001: b c b d ...               lake-0001.parquet

What is packed is what the source's rows mean: instants in UTC, numbers, texts; under the columns' own names.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from recurcast.config.interval_sources import FolderSource
from recurcast.config.kinds_of_source import Source
from recurcast.config.source import FileSource, ReadSource
from recurcast.errors import ConfigurationError, DataRejected, RecurcastError
from recurcast.instants import format_instant
from recurcast.series.digest import row_hashes
from recurcast.series.files import read_table, rows_of
from recurcast.series.frame import in_order
from recurcast.series.lake.manifest import MANIFEST, LakeFile, Manifest, content_digest
from recurcast.series.lake.spilling import Spill
from recurcast.series.reading.asked import joined
from recurcast.series.reading.folder import Folder
from recurcast.series.reading.giving_back import give_back
from recurcast.series.reading.interval import WHOLE

MOST_FILES = 4_096
_ROWS_OF_A_GROUP = 2**20


def pack(source: Source, name: str, root: Path, target: Path, places: int) -> Manifest:
    """Return the manifest of the lake that the rows of the source of `name` were packed into, the folder `target`.

    It is there whole or not at all. Raises ConfigurationError where it can't be made, DataRejected where rows can't be read.
    """
    if not isinstance(source, FileSource | FolderSource):
        raise ConfigurationError(
            f"a lake is packed from a file or a folder; '{name}' has {source.told}. Write its rows to files first."
        )
    _refuse_places(source, root, target)
    try:
        work = _work_folder(target)
        try:
            spill = Spill(work, source, name, places)
            _lay_down(source, name, root, spill)
            packed = (_packed(spill, place, source, name, work) for place in range(places))
            manifest = Manifest(places, _columns(source), tuple(file for file in packed if file is not None))
            if not manifest.files:
                received = f"'{source.told}' has none"
                raise DataRejected(f"a {source.thing} has at least one row", received, f"Check the {source.thing}")
            (work / MANIFEST).write_text(manifest.to_json())
            os.rename(work, target)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise RecurcastError(f"the lake '{target}' can't be written: {error.strerror}. Give another --to.") from error
    return manifest


def id_and_time(source: ReadSource) -> tuple[str, str]:
    """Return what the columns of the series' names and of the times are called in a lake of a source."""
    columns = source.columns
    return columns.unique_id or "unique_id", columns.ds if isinstance(columns.ds, str) else "ds"


def _columns(source: ReadSource) -> tuple[str, ...]:
    filed = source.columns.available_at
    return (*source.columns.covariates, *source.columns.static, *(() if filed is None else (filed,)))


def _refuse_places(source: ReadSource, root: Path, target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigurationError(
            f"a lake is packed into a folder that is new or empty; '{target}' is not. Give another."
        )
    path = getattr(source, "path", "")
    if path and "://" not in path and target.resolve().is_relative_to((root / path).resolve()):
        raise ConfigurationError(
            f"a lake is packed into a folder of its own; '{target}' lies in '{path}', which is read. Give another --to."
        )


def _work_folder(target: Path) -> Path:
    """A folder beside the target that no one reads; those of packers that were killed are taken away."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}.packing-*"):
        holder = left.name.rpartition("-")[2]
        if not (holder.isdigit() and int(holder) != os.getpid() and psutil.pid_exists(int(holder))):
            shutil.rmtree(left, ignore_errors=True)
    work = target.parent / f".{target.name}.packing-{os.getpid()}"
    work.mkdir()
    return work


def _lay_down(source: FileSource | FolderSource, name: str, root: Path, spill: Spill) -> None:
    if isinstance(source, FileSource):
        texts = (*source.numbers, *source.columns.categories)
        spill.add(read_table(root / source.path, source.path, source.columns.unique_id, source.format, texts))
        spill.write()
        return

    def gather(tables: Iterator[pd.DataFrame]) -> None:
        for table in tables:
            spill.add(table)
        spill.write()

    Folder(source, name, root).read(WHOLE, gather)


def _packed(spill: Spill, place: int, source: ReadSource, name: str, folder: Path) -> LakeFile | None:
    """Write the file of one place; none where no series lies there."""
    table = joined(spill.parts(place))
    spill.remove(place)
    if table is None or table.empty:
        return None
    rows = in_order(rows_of(table, source, name))
    del table
    path = folder / f"lake-{place:04}.parquet"
    _write(rows, source, path)
    content = path.read_bytes()
    beside = (*source.columns.covariates, *source.columns.static)
    sums = row_hashes(rows, beside).sum(axis=1, dtype="uint64").tolist()
    ends = [format_instant(end.to_pydatetime()) for end in (rows["ds"].min(), rows["ds"].max())]
    n_series = rows["unique_id"].nunique()
    found = LakeFile(
        path.name, place, len(content), content_digest(content), (sums[0], sums[1], sums[2]), len(rows), n_series, *ends
    )
    del rows, content
    give_back()
    return found


def _write(rows: pd.DataFrame, source: ReadSource, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    named, timed = id_and_time(source)
    filed = source.columns.available_at
    columns: dict[str, Any] = {named: pa.array(rows["unique_id"], type=pa.string())}
    columns |= {timed: _instants(rows["ds"]), source.columns.y: pa.array(rows["y"].to_numpy())}
    columns |= {name: pa.array(rows[name].to_numpy()) for name in source.columns.covariates}
    texts = source.columns.static
    columns |= {name: pa.array(rows[name], type=pa.string(), from_pandas=True) for name in texts}
    if filed is not None:
        columns[filed] = _instants(rows["available_at"])
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=_ROWS_OF_A_GROUP)


def _instants(values: "pd.Series[Any]") -> Any:
    import pyarrow as pa

    return pa.array(values.astype("int64").to_numpy(), type=pa.timestamp("ns", tz="UTC"))
