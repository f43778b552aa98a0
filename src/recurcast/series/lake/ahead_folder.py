"""Blocks of what is known ahead laid down by place, in a temporary folder that goes away with the object that made it."""

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from weakref import finalize

import numpy as np
import pandas as pd
import psutil

from recurcast.errors import RecurcastError
from recurcast.series.ahead import AheadBlock
from recurcast.series.lake.manifest import places_of

_PREFIX = f"recurcast-known-ahead-{platform.node()}-"
"""With the machine's name: those of other containers may lie here too, whose processes are not seen."""


@contextmanager
def laying_down() -> Iterator[None]:
    """Say where there is no room, or no right, to lay rows down."""
    try:
        yield
    except OSError as error:
        raise RecurcastError(
            f"what is known ahead by series is laid down in the temporary folder {gettempdir()}: {error.strerror}. Make room "
            "there, or let the variable TMPDIR name another."
        ) from error


class AheadFolder:
    """A file for each block and place; copies of it in other processes read the same files, and leave them there."""

    def __init__(self, places: int) -> None:
        """Folders of processes that were killed are taken away."""
        for left in Path(gettempdir()).glob(f"{_PREFIX}*"):
            holder = left.name.removeprefix(_PREFIX).partition("-")[0]
            if holder.isdigit() and not psutil.pid_exists(int(holder)):
                shutil.rmtree(left, ignore_errors=True)
        self.path, self._places = Path(mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")), places
        finalize(self, _remove, self.path, os.getpid())

    def write(self, number: int, part: AheadBlock) -> None:
        """Lay down a part of the block of a number. Parts have no series in common, and a place's series are in one part."""
        codes, names = pd.factorize(part.rows["unique_id"])
        where = places_of(map(str, names), self._places)[codes]
        for place in np.unique(where).tolist():
            self._write(number, place, part.rows[where == place])

    def write_rest(self, number: int, block: AheadBlock) -> None:
        """Write that other places have no rows: of a file that is not there it is known that it was lost."""
        for place in range(self._places):
            if not self._file(number, place).exists():
                self._write(number, place, block.rows.iloc[:0])

    def read(self, number: int, place: int, block: AheadBlock) -> AheadBlock:
        """Return the block with its rows of a place. Raises FileNotFoundError where the folder is not there."""
        return replace(block, rows=pd.read_feather(self._file(number, place)))

    def _write(self, number: int, place: int, rows: pd.DataFrame) -> None:
        with laying_down():
            rows.reset_index(drop=True).to_feather(self._file(number, place))

    def _file(self, number: int, place: int) -> Path:
        return self.path / f"{number}-{place:04}"


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # and not a fork of it
        shutil.rmtree(folder, ignore_errors=True)
