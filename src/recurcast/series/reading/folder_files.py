"""The files of a folder: which there are, what the names of their folders say, and which may hold rows of an interval."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import unquote

import pandas as pd

from recurcast.config.interval_sources import FolderSource
from recurcast.errors import DataRejected
from recurcast.instants import EARLIEST, LATEST
from recurcast.series.reading.interval import Interval

_ENDINGS: dict[str, Literal["parquet", "text"]] = {
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".csv", ".tsv", ".txt"), "text"),
}
_PACKED = (".gz", ".zst")
_NOTHING = "__HIVE_DEFAULT_PARTITION__"
NAME = "file_name"
"""The column that every file has: what it is called, without its ending."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class File:
    """A file of a folder, and the columns that its place gives it."""

    path: str
    shown: str
    kind: Literal["parquet", "text"]
    columns: Mapping[str, str | None]
    size: int

    def may_hold(self, asked: Interval) -> bool:
        """Return whether the folders' names allow rows of an interval, be they named by UTC's days or another zone's."""
        span = _span(self.columns)
        return span is None or (span[0] - _DAY < asked.end and asked.start < span[1] + _DAY)


def files_of(filesystem: Any, folder: str, source: FolderSource, name: str) -> tuple[File, ...]:
    """Return the files of the source of the pipeline `name`, in the order of their names.

    Raises DataRejected where there are none, or those of two kinds; and what the file system raises.
    """
    found = sorted(filesystem.find(folder, detail=True).items())
    top = filesystem._strip_protocol(folder).rstrip("/")
    all_files = (_file(path, path.removeprefix(top).lstrip("/"), told["size"]) for path, told in found)
    files = [file for file in all_files if file is not None]
    kinds = {file.kind: file for file in reversed(files)}
    if not files:
        others = ", ".join(f"'{path.rpartition('/')[2]}'" for path, _ in found[:3]) or "nothing"
        raise DataRejected(
            f"the folder of '{name}' has files that end in .parquet or .csv, the latter also .gz or .zst",
            f"'{source.path}' has {others}",
            "Check source.path, and what writes there",
        )
    if len(kinds) > 1:
        raise DataRejected(
            f"the folder of '{name}' has Parquet files or texts",
            f"'{source.path}' has both: '{kinds['parquet'].shown}' and '{kinds['text'].shown}'",
            "Name a folder with one of the two",
        )
    return tuple(files)


def _file(path: str, inside: str, size: int) -> File | None:
    parts = PurePosixPath(inside).parts
    if not parts or any(part.startswith(("_", ".")) for part in parts):  # what writers leave beside: _SUCCESS, .crc
        return None
    suffixes = [f".{each}" for each in parts[-1].lower().split(".")[1:]]
    packed = bool(suffixes) and suffixes[-1] in _PACKED
    kind = _ENDINGS.get("".join(suffixes[-2:-1] if packed else suffixes[-1:]))
    if kind is None or (packed and kind == "parquet"):
        return None
    keys = (part.partition("=") for part in parts[:-1] if "=" in part)
    columns = {key: None if value == _NOTHING else unquote(value) for key, _, value in keys}
    return File(path, inside, kind, {NAME: parts[-1].partition(".")[0]} | columns, size)


def _span(columns: Mapping[str, str | None]) -> tuple[datetime, datetime] | None:
    """The days that folders of dates name, as an interval; none where they name none."""
    year, month, day = (columns.get(name) or "" for name in ("year", "month", "day"))
    dated = next((value for name in ("date", "dt", "day") if _is_date(value := columns.get(name) or "")), None)
    if dated is not None:
        return _days(dated, pd.DateOffset(days=1))
    if not re.fullmatch(r"\d{4}", year):
        return None
    if not re.fullmatch(r"\d{1,2}", month):
        return _days(f"{year}-01-01", pd.DateOffset(years=1))
    if not re.fullmatch(r"\d{1,2}", day):
        return _days(f"{year}-{month:0>2}-01", pd.DateOffset(months=1))
    return _days(f"{year}-{month:0>2}-{day:0>2}", pd.DateOffset(days=1))


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


def _days(first: str, length: pd.DateOffset) -> tuple[datetime, datetime] | None:
    try:
        start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    except ValueError:  # a month 13: no date after all
        return None
    if not EARLIEST + _DAY < start < LATEST - 400 * _DAY:
        return None
    return start, (pd.Timestamp(start) + length).to_pydatetime()
