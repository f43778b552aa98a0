"""CSV files in parts, however large they are: the columns that are mapped, so many rows at once."""

import io
from collections.abc import Generator
from typing import Any

import pandas as pd

from recurcast.config.interval_sources import FolderSource
from recurcast.config.reading import FileFormat
from recurcast.errors import DataRejected
from recurcast.series.delimited import chunks_of
from recurcast.series.file_bounds import LONGEST_LINE
from recurcast.series.reading.folder_files import File

_READ_AT_ONCE = 1 << 20


def parts_of_text(filesystem: Any, file: File, source: FolderSource, rows: int) -> Generator[pd.DataFrame]:
    """Yield the file's rows in tables; a column that it lacks is lacking there. Raises pandas' errors, and the file system's."""
    how, read = source.format or FileFormat(), source.columns.read
    texts = {*source.numbers, *((source.columns.unique_id,) if source.columns.unique_id else ())}
    with filesystem.open(file.path, "rb") as packed:
        lines = _Lines(_unpacked(packed, file.path), file.shown)
        opened = io.TextIOWrapper(io.BufferedReader(lines, _READ_AT_ONCE), encoding=how.encoding, newline="")
        yield from chunks_of(opened, how, [text for text in texts if text in read], read, rows)


def _unpacked(packed: Any, path: str) -> Any:
    import gzip

    import pyarrow as pa

    if path.lower().endswith(".gz"):
        return gzip.GzipFile(fileobj=packed)
    return pa.CompressedInputStream(packed, "zstd") if path.lower().endswith(".zst") else packed


class _Lines(io.RawIOBase):
    """A text that is read on, as long as its lines end: one that does not is held in memory whole."""

    def __init__(self, file: Any, shown: str) -> None:
        self._file, self._shown, self._unfinished = file, shown, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = bytes(self._file.read(len(buffer)))
        last = chunk.rfind(b"\n")
        self._unfinished = self._unfinished + len(chunk) if last < 0 else len(chunk) - last - 1
        if self._unfinished > LONGEST_LINE:
            raise DataRejected(
                f"a file has lines of at most {LONGEST_LINE:,} bytes",
                f"'{self._shown}' has one of {self._unfinished:,} or more",
                "Write it in the long form: a row per series and time, with the columns that are used",
            )
        buffer[: len(chunk)] = chunk
        return len(chunk)
