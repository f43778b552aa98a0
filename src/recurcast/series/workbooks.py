"""Workbooks (.xlsx, .xlsm), read by calamine: a sheet as a table, of cells that have their types."""

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

import pandas as pd

from recurcast.config.reading import FileFormat
from recurcast.environment import memory
from recurcast.errors import ConfigurationError, DataRejected, nearest
from recurcast.series.file_bounds import MOST_COLUMNS, most_unpacked

_CHUNK, _OVERLAP = 1 << 20, 64
_BYTES_OF_A_CELL, _FEWEST_CELLS = 100, 10_000_000
_LONGEST_TEXT = 32_767
"""Characters of a cell, as Excel has it."""
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]{0,60}?\br\s*=\s*["'](\d{1,9})["']""")
_COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,7})\d""")
_TEXT_STARTS = re.compile(rb"<(?:\w+:)?si[\s>/]")


def sheets_of(path: Path, shown: str) -> dict[str, tuple[int, int]]:
    """Return the sheets of a workbook: rows and columns by name."""
    refuse_large_workbook(path, shown)
    book = _calamine().CalamineWorkbook.from_path(str(path))
    sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    return {name: (sheet.height, sheet.width) for name, sheet in sheets.items()}


def read_workbook(path: Path, shown: str, how: FileFormat, texts: Collection[str]) -> pd.DataFrame:
    """Return a sheet's table. Raises DataRejected where there is no such sheet, or more in it than any that is meant so."""
    refuse_large_workbook(path, shown)
    names = _calamine().CalamineWorkbook.from_path(str(path)).sheet_names
    if how.sheet is not None and how.sheet not in names:
        raise DataRejected(
            f"the workbook has the sheet '{how.sheet}'", f"'{shown}' has none", nearest(how.sheet, names)
        )
    below = how.skip + (1 if how.header else 0)
    settings: dict[str, Any] = {
        "sheet_name": 0 if how.sheet is None else how.sheet,
        "skiprows": [*range(how.skip), *range(below, below + how.units)],
        "header": 0 if how.header else None,
        "dtype": dict.fromkeys(texts, object) or None,
    }
    table = pd.read_excel(path, engine="calamine", **settings)
    if not how.header:
        table.columns = pd.Index([f"column_{number + 1}" for number in table.columns])
    return table


def first_rows(path: Path, sheet: str | None, count: int) -> list[list[str]]:
    """Return so many rows of a sheet as texts."""
    book = _calamine().CalamineWorkbook.from_path(str(path))
    held = book.get_sheet_by_name(book.sheet_names[0] if sheet is None else sheet)
    return [[str(cell) for cell in row] for row in held.to_python(skip_empty_area=False, nrows=count)]


def refuse_large_workbook(path: Path, shown: str) -> None:
    """Raise DataRejected where a workbook unpacks to more than any that is meant so, or lays out more cells.

    A few kilobytes can name a first and a last cell, and all between them would be laid out; or repeat one long text.
    """
    size = path.stat().st_size
    left = most_unpacked(size)
    with zipfile.ZipFile(path) as packed, path.open("rb") as raw:
        longest_text = cells = 0
        for member in packed.infolist():
            sheet, texts = member.filename.startswith("xl/worksheets/"), member.filename.endswith("sharedStrings.xml")
            rows, columns, begun, member_end = 1, 1, 0, 0
            for at, chunk in _unpacked(raw, member):
                left -= at + len(chunk) - member_end
                member_end = at + len(chunk)
                if left < 0:
                    raise _too_large(f"unpacks to at most {most_unpacked(size):,} bytes", f"'{shown}' unpacks to more")
                if sheet:
                    rows = max(rows, max(map(int, set(_ROW.findall(chunk))), default=1))
                    columns = max(columns, max(map(_number, set(_COLUMN.findall(chunk))), default=1))
                elif texts:
                    for found in _TEXT_STARTS.finditer(chunk):
                        longest_text, begun = max(longest_text, at + found.start() - begun), at + found.start()
            longest_text = max(longest_text, member_end - begun) if begun else longest_text
            cells += rows * columns if sheet else 0
            if columns > MOST_COLUMNS:
                raise _too_large(f"has at most {MOST_COLUMNS:,} columns", f"a sheet of '{shown}' has {columns:,}")
        most = max(_FEWEST_CELLS, min(memory() // _BYTES_OF_A_CELL, size * 10))
        if cells > most:
            raise _too_large(
                f"of {size:,} bytes has at most {most:,} cells (rows x columns)", f"'{shown}' has {cells:,}"
            )
        if longest_text > 20 * _LONGEST_TEXT:
            raise _too_large(f"has texts of at most {_LONGEST_TEXT:,} characters", f"'{shown}' has a longer one")
        if longest_text * cells > max(memory() // 4, 10 * size):
            refs = f"a text of {longest_text:,} bytes and {cells:,} cells that may repeat it"
            raise _too_large("holds texts that fit a quarter of the memory", f"'{shown}' has {refs}")


def _unpacked(raw: IO[bytes], member: zipfile.ZipInfo) -> Iterator[tuple[int, bytes]]:
    """A member's bytes, whatever size it claims to have, with the end of what came before in front; and where that lies."""
    raw.seek(member.header_offset + 26)
    lengths = raw.read(4)
    raw.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("it is packed by a way that workbooks don't use")
    engine, remaining, before, at = zlib.decompressobj(-15), member.compress_size, b"", 0
    while remaining > 0 and (packed := raw.read(min(_CHUNK, remaining))):
        remaining -= len(packed)
        while packed:
            if member.compress_type == zipfile.ZIP_STORED:
                chunk, packed = packed, b""
            else:
                chunk, packed = engine.decompress(packed, _CHUNK), engine.unconsumed_tail
            yield at - len(before), before + chunk
            at += len(chunk)
            before = (before + chunk)[-_OVERLAP:]


def _number(letters: bytes) -> int:
    value = 0
    for letter in letters:
        value = value * 26 + letter - 64
    return value


def _calamine() -> Any:
    try:
        import python_calamine
    except ImportError as error:
        raise ConfigurationError(
            "a workbook is read by the package python-calamine; this Python has none. Install it: "
            "pip install python-calamine, or save the sheet as .csv"
        ) from error
    return python_calamine


def _too_large(rule: str, received: str) -> DataRejected:
    return DataRejected(f"a workbook {rule}", received, "Save the sheet as .csv, with the columns that are used")
