"""Series in folders as lakes keep them, and a file system that counts what is read of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
from fsspec.implementations.local import LocalFileSystem


def to_months(table: pd.DataFrame, folder: Path, **settings: Any) -> Path:
    """Write the rows as Parquet in folders year=2024/month=03."""
    ds = pd.to_datetime(table["ds"], utc=True)
    for (year, month), own in table.groupby([ds.dt.year, ds.dt.month]):
        place = folder / f"year={year}" / f"month={month:02}"
        place.mkdir(parents=True, exist_ok=True)
        own.to_parquet(place / "part-0.parquet", index=False, **settings)
    (folder / "_SUCCESS").touch()
    return folder


class Counting(LocalFileSystem):  # type: ignore[misc]
    """The files of this machine behind counting://; what is read of them is counted."""

    protocol = "counting"
    read_of: dict[str, int]
    """Bytes by file."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        return super()._strip_protocol(str(path).removeprefix("counting://"))

    def _open(self, path: str, mode: str = "rb", **named: Any) -> Any:
        named = {name: value for name, value in named.items() if name not in ("cache_type", "size")}
        file, counts = super()._open(path, mode, **named), type(self).read_of
        plain = file.f.read

        class Counted:
            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

            def read(self, size: int = -1) -> bytes:
                content = bytes(plain(size))
                counts[path] = counts.get(path, 0) + len(content)
                return content

        return Counted()


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Give the bytes that are read inside, by file, behind counting://."""
    Counting.read_of = {}
    fsspec.register_implementation("counting", Counting, clobber=True)
    yield Counting.read_of
