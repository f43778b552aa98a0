"""A lake that is read file by file; each file is compared with what the manifest says of it, whenever it is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.interval_sources import FolderSource
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series.lake.listing import changed, manifest_in, refuse_more_files
from recurcast.series.lake.manifest import LakeFile, Manifest, content_digest
from recurcast.series.reading.arrow import as_table
from recurcast.series.reading.asked import Asked
from recurcast.series.reading.folder import Folder
from recurcast.series.reading.folder_files import files_of
from recurcast.series.reading.folder_refusals import InFile, refusal_of
from recurcast.series.reading.interval import Interval
from recurcast.series.reading.watching import Gather

T = TypeVar("T")


@dataclass(frozen=True)
class Lake:
    """The lake of a pipeline's source, as its manifest was when a run began."""

    filesystem: Any
    folder: str
    source: FolderSource
    name: str
    manifest: Manifest

    def rows_in(self, file: LakeFile, pipeline: PipelineConfig, asked: Interval) -> pd.DataFrame:
        """Return a file's rows of an interval, as a folder's are read. Raises DataRejected where it is another file by now."""
        return Asked(pipeline, self.source, _One(self, file)).rows(asked)

    def table(self, file: LakeFile) -> pd.DataFrame:
        """Return a file's mapped columns. Raises DataRejected where its bytes are not those that the manifest speaks of."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with InFile.told(file.name):
                content = self.filesystem.cat_file(f"{self.folder}/{file.name}")
        except InFile as failed:
            if isinstance(failed.error, FileNotFoundError):
                raise self._refusal(f"'{file.name}' is not there") from failed
            raise refusal_of(failed, self.source, self.name) from failed
        if len(content) != file.size:
            raise self._refusal(f"'{file.name}' is another one, of {len(content):,} bytes and not {file.size:,}")
        if content_digest(content) != file.content:
            raise self._refusal(f"'{file.name}' is another one, of as many bytes and not the same")
        packed = pq.ParquetFile(pa.BufferReader(content))
        held = set(packed.schema_arrow.names)
        return as_table(packed.read([name for name in self.source.columns.read if name in held]))

    def _refusal(self, received: str) -> DataRejected:
        return changed(self.name, self.source.path, received)


@dataclass(frozen=True)
class _One:
    """One file as a source that is asked for an interval."""

    lake: Lake
    file: LakeFile
    of_as_of: bool = False

    def read(self, interval: Interval, gather: "Gather[T]") -> T:
        def tables() -> Iterator[pd.DataFrame]:
            yield self.lake.table(self.file)

        return gather(tables())


def lake_of(pipeline: PipelineConfig, root: Path) -> Lake | None:
    """Return the lake that a pipeline's source is, or none where it is something else.

    Raises DataRejected where the folder can't be read, its manifest is none, or it has a file that is not named there. What
    became of those that are, each one's reading tells.
    """
    source = pipeline.source
    if not isinstance(source, FolderSource):
        return None
    reader = Folder(source, pipeline.name, root)
    try:
        filesystem, folder = reader.place
        manifest = manifest_in(filesystem, folder, source)
        if manifest is not None:
            refuse_more_files(manifest, files_of(filesystem, folder, source, pipeline.name), source, pipeline.name)
    except Exception as error:
        raise refusal_of(error, source, pipeline.name) from error
    return None if manifest is None else Lake(filesystem, folder, source, pipeline.name, manifest)


def no_lake(pipeline: PipelineConfig) -> ConfigurationError:
    """Return what to raise where a pipeline streams, and its folder is no lake."""
    return ConfigurationError(
        f"training.stream reads a lake file by file; the folder of '{pipeline.name}' has no manifest. Pack it: recurcast lake "
        f"pack {pipeline.name} --to data/lake, and let source.path be that; or leave stream out."
    )
