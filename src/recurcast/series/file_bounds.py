"""What a file may hold, asked before it is read: a few kilobytes can unpack to gigabytes, and one cell can be most of a file."""

import gzip
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd

from recurcast.environment import memory
from recurcast.errors import DataRejected

LONGEST_LINE = 1_000_000
MOST_COLUMNS = 10_000
LONGEST_CELL = 1_000
_FEWEST_CELLS = 10_000_000
"""Rows x columns that every Parquet file may have."""
_BYTES_OF_A_CELL, _CELLS_OF_A_BYTE = 40, 200
_LONGEST_FOOTER = 64_000_000
_LEAST_UNPACKED, _UNPACKED_OF_A_BYTE = 500_000_000, 50
_CHUNK = 1 << 22


def most_unpacked(size: int) -> int:
    """Return how many bytes a packed file of so many may unpack to."""
    return min(max(_LEAST_UNPACKED, size * _UNPACKED_OF_A_BYTE), max(_LEAST_UNPACKED, memory() // 4))


def opened(path: Path) -> IO[bytes]:
    """Return the bytes of a file, unpacked where its name ends in .gz or .zst."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path))
    if suffix == ".zst":
        import pyarrow as pa

        return cast("IO[bytes]", pa.input_stream(str(path), compression="zstd"))
    return path.open("rb")


def refuse_large_csv(path: Path, shown: str, longest_line: int = LONGEST_LINE) -> None:
    """Raise DataRejected where a line, the header or what a packed file unpacks to is longer than any that is meant so."""
    packed = path.suffix.lower() in (".gz", ".zst")
    size = path.stat().st_size
    most = most_unpacked(size)
    with opened(path) as file:
        read, line, unfinished, first = 0, 1, 0, b""
        while chunk := file.read(_CHUNK):
            read += len(chunk)
            if packed and read > most:
                raise _too_large(f"unpacks to at most {most:,} bytes", f"'{shown}' of {size:,} bytes unpacks to more")
            if b"\n" not in first and longest_line == LONGEST_LINE:
                first += chunk
                _refuse_columns(first.partition(b"\n")[0], shown)
            may_be_long = _may_be_long(chunk, unfinished, longest_line)
            lengths = [len(each) for each in chunk.split(b"\n")] if may_be_long else None
            if lengths is not None:
                lengths[0] += unfinished
                longest = max(lengths)
                if longest > longest_line:
                    where = line + lengths.index(longest)
                    raise _too_large(
                        f"has lines of at most {longest_line:,} bytes",
                        f"line {where} of '{shown}' has {longest:,} or more",
                    )
            line += chunk.count(b"\n")
            last = chunk.rfind(b"\n")
            unfinished = unfinished + len(chunk) if last < 0 else len(chunk) - last - 1


def refuse_large_parquet(path: Path, shown: str) -> None:
    """Raise DataRejected where a Parquet file has more columns, or of its size more cells, than any that is meant so."""
    import pyarrow.parquet as pq

    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 8))
        footer = int.from_bytes(file.read(4), "little")
    if _LONGEST_FOOTER < footer < size:  # one longer than its file is no footer: pyarrow says so
        raise _too_large(f"describes its columns in at most {_LONGEST_FOOTER:,} bytes", f"'{shown}' says {footer:,}")
    facts = pq.read_metadata(path)
    if facts.num_columns > MOST_COLUMNS:
        raise _too_large(f"has at most {MOST_COLUMNS:,} columns", f"'{shown}' has {facts.num_columns:,}")
    cells = facts.num_rows * facts.num_columns
    most = max(_FEWEST_CELLS, min(memory() // _BYTES_OF_A_CELL, size * _CELLS_OF_A_BYTE))
    if cells > most:
        raise _too_large(f"of {size:,} bytes has at most {most:,} cells (rows x columns)", f"'{shown}' has {cells:,}")


def refuse_long_cells(values: "pd.Series[Any]") -> None:
    """Raise DataRejected where a text of a column that is used is longer than any name, time or number is."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        if not (values.cat.categories.astype("str").str.len() > LONGEST_CELL).any():
            return
        values = values.astype("str")
    if values.dtype == object:
        lengths = values.map(lambda value: len(value) if isinstance(value, str | bytes) else 0)
    elif pd.api.types.is_string_dtype(values.dtype):
        lengths = values.str.len().fillna(0)  # of a text that is missing
    else:
        return
    if (lengths > LONGEST_CELL).any():
        row = int(lengths.to_numpy().argmax())
        raise DataRejected(
            f"column '{values.name}': a cell has at most {LONGEST_CELL:,} characters",
            f"row {row + 1} holds {int(lengths.iloc[row]):,}, beginning with '{str(values.iloc[row])[:30]}'",
            "Correct that cell, or what writes the file: a quotation mark that is never closed swallows all that follows",
        )


def _may_be_long(chunk: bytes, unfinished: int, longest_line: int) -> bool:
    """Whether a line of the chunk may be too long: a break in each half of the longest one says that none is."""
    half = longest_line // 2
    if unfinished > half:
        return True
    return any(chunk.find(b"\n", begin, begin + half) < 0 for begin in range(0, len(chunk), half))


def _refuse_columns(header: bytes, shown: str) -> None:
    columns = max(header.count(separator) for separator in (b",", b";", b"\t", b"|")) + 1
    if columns > MOST_COLUMNS:
        raise _too_large(f"has at most {MOST_COLUMNS:,} columns", f"the header of '{shown}' names {columns:,} or more")


def _too_large(rule: str, received: str) -> DataRejected:
    return DataRejected(
        f"a file {rule}",
        received,
        "Write it in the long form: a row per series and time, with the columns that are used",
    )
