"""The files of a folder, each in parts: those that may hold rows of an interval, and of their rows those that may."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.interval_sources import FolderSource
from recurcast.series.files import expect_columns
from recurcast.series.grid import duration
from recurcast.series.lake.listing import manifest_in, refuse_other_files
from recurcast.series.reading.asked import Asked
from recurcast.series.reading.folder_files import File, files_of
from recurcast.series.reading.folder_refusals import InFile, refusal_of
from recurcast.series.reading.interval import Interval
from recurcast.series.reading.nearby import nearby
from recurcast.series.reading.parquet_parts import parts_of_parquet
from recurcast.series.reading.text_parts import parts_of_text
from recurcast.series.reading.watching import Gather, gathered

T = TypeVar("T")
_ROWS = 2**16


@dataclass(frozen=True)
class Folder:
    """The folder of a pipeline's source, and where relative paths start."""

    source: FolderSource
    name: str
    root: Path
    of_as_of: bool = False

    def read(self, interval: Interval, gather: "Gather[T]") -> T:
        """Return what is made of the tables of an interval. Raises DataRejected where files can't be read."""
        longest: timedelta = duration(self.source.timeout)
        try:
            return gathered(lambda: self._tables(interval), gather, longest)
        except Exception as error:
            raise refusal_of(error, self.source, self.name) from error

    @cached_property
    def place(self) -> tuple[Any, str]:
        """Return the file system and the folder's name there. Raises what the file system raises, where it is none."""
        import fsspec

        remote = "://" in self.source.path
        address = self.source.path if remote else str((self.root / self.source.path).absolute())
        # What is found is of now, and credentials are those of now: a worker lives for weeks.
        filesystem, folder = fsspec.url_to_fs(address, skip_instance_cache=True, use_listings_cache=False)
        if not filesystem.exists(folder):
            raise FileNotFoundError(self.source.path)
        if filesystem.isfile(folder):
            raise NotADirectoryError(self.source.path)
        return filesystem, folder

    @cached_property
    def _listed(self) -> tuple[Any, tuple[File, ...]]:
        """The file system and the files, looked for once; those of a lake are all there, and no others."""
        filesystem, folder = self.place
        manifest = manifest_in(filesystem, folder, self.source)
        files = files_of(filesystem, folder, self.source, self.name)
        if manifest is not None:
            refuse_other_files(manifest, files, self.source, self.name)
        return filesystem, files

    def _tables(self, asked: Interval) -> Generator[pd.DataFrame]:
        filesystem, files = self._listed
        dated = self.source.partitions == "dates"
        for file in files:
            if dated and not file.may_hold(asked):
                continue
            with InFile.told(file.shown), closing(self._parts(filesystem, file, asked)) as parts:
                for table in parts:
                    whole = _with_columns_of_its_place(table, file, self.source)
                    expect_columns(whole, self.source)
                    yield nearby(whole, self.source, asked, file.shown)

    def _parts(self, filesystem: Any, file: File, asked: Interval) -> Generator[pd.DataFrame]:
        if file.kind == "parquet":
            return parts_of_parquet(filesystem, file, self.source, asked, _ROWS)
        return parts_of_text(filesystem, file, self.source, _ROWS)


def asked_of_folder(pipeline: PipelineConfig, root: Path) -> Asked:
    """Return the rows of a pipeline whose source is a folder."""
    source = pipeline.source
    assert isinstance(source, FolderSource), "the table is by kind"
    return Asked(pipeline, source, Folder(source, pipeline.name, root))


def _with_columns_of_its_place(table: pd.DataFrame, file: File, source: FolderSource) -> pd.DataFrame:
    missing = [name for name in source.columns.read if name not in table.columns and name in file.columns]
    given = {name: np.nan if file.columns[name] is None else file.columns[name] for name in missing}
    return table.assign(**given) if given else table
