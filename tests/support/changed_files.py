"""Files of many shapes, changed at random in their bytes, cells, rows, separators, headers, quotes, encodings and types."""

import gzip
import io
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa

from support.workbooks import write_workbook

Dice = random.Random
Table = list[list[str]]

HOURS = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(120)]
DAYS = [datetime(2023, 1, 1) + timedelta(days=day) for day in range(120)]
WEEK = [4, 7, 5, 6, 9, 2, 1]
BITS = [
    b",", b";", b"\n", b"\r", b"\t", b"\0", b"\xff", b'"', b"-", b"(", b"%", b"$", b":", b"<", b"{", b"]", b"1e400", b"@data",
    b"nan", b"null", b"9" * 50, b"\xef\xbb\xbf",
]  # fmt: skip
CELLS = [
    "", " ", "-", "n/a", "NULL", "-999", "9999.9", "1e308", "inf", "-inf", "1,234.5", "1.234,5", "$5", "12 %", "(3)", "#", "abc",
    "@data", "Ünïcödé", "\u202e", "\x1b[31m", "日本", "true", "False", "0x1F", "1_000", "٣", "24:00", "25:61", "2024-02-30",
    "31/02/2024", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00+25:00", "9999-12-31", "0001-01-01", "45292.5", "1704067200", "NO",
    "2024-Q5", "2024-W54", "2024-01-01 00:00 EST", "1" * 30, "é" * 300, '"', "'", "=1", "{}", "- a: b", "&x", "*x", "~", "2024年",
]  # fmt: skip
NAMES = [
    "",
    " ",
    "ds",
    "y",
    "time",
    "unique_id",
    "date",
    "value",
    "a,b",
    'a"b',
    "x" * 400,
    "Zeit",
    "温度",
    "0",
    "\x00",
    "hour",
    "\ud7ff",
]


def _german(dice: Dice) -> Table:
    rows = [[f"{ds:%d.%m.%Y %H:%M}", f"1{n % 24:03d},5", "a"] for n, ds in enumerate(HOURS)]
    return [["when", "kWh", "site"], *rows]


def _plain(dice: Dice) -> Table:
    return [["ds", "y"], *([ds.isoformat(), str(10 + n % 24)] for n, ds in enumerate(HOURS))]


def _shops(dice: Dice) -> Table:
    rows = [[f"{ds:%m/%d/%Y}", shop, f"${WEEK[n % 7] * 310:,}.50"] for shop in ("N", "S") for n, ds in enumerate(DAYS)]
    return [["Date", "Shop", "Sales"], *rows]


def _two_columns(dice: Dice) -> Table:
    rows = [[f"{ds:%Y-%m-%d}", str(ds.hour), str(n % 9), str(n % 24 + 3)] for n, ds in enumerate(HOURS)]
    return [["day", "hr", "temp", "cnt"], *rows]


def _months(dice: Dice) -> Table:
    first = pd.period_range("2010-01", periods=120, freq="M")
    return [["Month", "Index"], *([f"{month:%b-%y}", f"{100 + n % 12}.{n % 10}"] for n, month in enumerate(first))]


def _prices(dice: Dice) -> Table:
    rows = [[f"{ds:%Y-%m-%d}", *(str(100 + n % 7 + place) for place in range(4)), "1,000"] for n, ds in enumerate(DAYS)]
    return [["Date", "Open", "High", "Low", "Close", "Volume"], *rows[::-1]]


def _station(dice: Dice) -> Table:
    above = [["station", "De Bilt"], ["height", "4"], []]
    rows = [[ds.isoformat(sep=" "), f"{n % 24}.5", "-999" if n % 30 == 0 else str(n % 7)] for n, ds in enumerate(HOURS)]
    return [*above, ["time", "t (C)", "rain"], ["", "C", "mm"], *rows]


TABLES = (_german, _plain, _shops, _two_columns, _months, _prices, _station)


def _cell_changed(table: Table, dice: Dice) -> None:
    row = dice.choice(table)
    if row:
        row[dice.randrange(len(row))] = dice.choice(CELLS)


def _column_changed(table: Table, dice: Dice) -> None:
    """All cells of a column, or one in three, of another type."""
    column, cell, every = dice.randrange(4), dice.choice(CELLS), dice.choice([1, 3])
    for row in table[1::every]:
        if column < len(row):
            row[column] = cell


def _header_changed(table: Table, dice: Dice) -> None:
    head = table[0]
    if head and dice.random() < 0.7:
        head[dice.randrange(len(head))] = dice.choice([*NAMES, *head])
    elif dice.random() < 0.5:
        del table[0]
    else:
        table.insert(dice.randrange(len(table)), list(head))


def _rows_changed(table: Table, dice: Dice) -> None:
    first = dice.randrange(len(table))
    last = first + dice.choice([1, 1, 2, 40])
    match dice.randrange(6):
        case 0:
            del table[first:last]
        case 1:
            table[first:first] = [list(row) for row in table[first:last]]
        case 2:
            dice.shuffle(table)
        case 3:
            table[1:] = table[:0:-1]
        case 4:
            for row in table[first:last]:
                del row[dice.randrange(len(row) + 1) :]
        case _:
            for row in table[first:last]:
                row += [dice.choice(CELLS)] * dice.randint(1, 3)


def _length_changed(table: Table, dice: Dice) -> None:
    del table[dice.choice([0, 1, 2, 3, 10, 30]) :]


CHANGES = (
    _cell_changed,
    _cell_changed,
    _column_changed,
    _header_changed,
    _rows_changed,
    _rows_changed,
    _length_changed,
)


def changed_table(dice: Dice) -> Table:
    """Return the cells of a file of some shape, changed once to four times."""
    table = dice.choice(TABLES)(dice)
    for _ in range(dice.randint(0, 4)):
        if table:
            dice.choice(CHANGES)(table, dice)
    return table


def changed_bytes(content: bytes, dice: Dice) -> bytes:
    """Return bytes of which some are others, gone, or there twice."""
    held = bytearray(content)
    for _ in range(dice.randint(1, 5)):
        place, throw = dice.randrange(len(held) + 1), dice.random()
        if throw < 0.4:
            held[place:place] = dice.choice(BITS)
        elif throw < 0.6:
            del held[place : place + dice.randint(1, 40)]
        elif throw < 0.8:
            held[place : place + 1] = bytes([dice.randrange(256)])
        else:
            held[place:place] = held[: dice.randint(1, 200)]
    return bytes(held)


def _text(dice: Dice) -> bytes:
    delimiter, quote = dice.choice([",", ",", ";", "\t", "|", " ", ":"]), dice.choice(["", "", '"', "'"])
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in changed_table(dice)]
    text = dice.choice(["\n", "\n", "\r\n", "\r"]).join(lines)
    encoded = text.encode(dice.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252", "gb18030"]), "replace")
    return changed_bytes(encoded, dice) if dice.random() < 0.3 else encoded


def _workbook(dice: Dice, folder: Path) -> bytes:
    rows = [[cell or None for cell in row] for row in changed_table(dice)]
    rows = [[cell if cell is None or cell.isprintable() else "?" for cell in row] for row in rows]
    content = write_workbook(folder / "whole.xlsx", {"S": rows, "T": [["a"]]}).read_bytes()
    return changed_bytes(content, dice) if dice.random() < 0.4 else content


def _parquet(dice: Dice) -> bytes:
    table = [row for row in changed_table(dice) if row]
    width = max((len(row) for row in table), default=0)
    padded = [row + [""] * (width - len(row)) for row in table]
    columns = (
        {f"{name}{'' if padded[0].index(name) == n else n}": n for n, name in enumerate(padded[0])} if padded else {}
    )
    frame = pd.DataFrame({name: [row[n] for row in padded[1:]] for name, n in columns.items()})
    for name in list(frame):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        frame[name] = numbers if numbers.notna().all() and dice.random() < 0.8 else frame[name]
    held = io.BytesIO()
    frame.to_parquet(held)
    return changed_bytes(held.getvalue(), dice) if dice.random() < 0.4 else held.getvalue()


def _monash(dice: Dice) -> bytes:
    head = "@attribute series_name string\n@attribute start_timestamp date\n@frequency daily\n@data\n"
    return changed_bytes(
        (head + "T1:2012-01-03 00-00-00:" + ",".join(str(n % 7) for n in range(120)) + "\n").encode(), dice
    )


def _series_lines(dice: Dice) -> bytes:
    return changed_bytes(json.dumps({"start": "2024-01-01", "target": WEEK * 20, "freq": "D"}).encode() + b"\n", dice)


def _row_lines(dice: Dice) -> bytes:
    rows: list[dict[str, object]] = [{"ds": ds.isoformat(), "y": n % 24} for n, ds in enumerate(HOURS)]
    for _ in range(dice.randint(0, 3)):
        dice.choice(rows)[dice.choice(["ds", "y", "z"])] = dice.choice([None, 1, 1e999, "a", [1], {"b": 2}, True, -1.5])
    content = "\n".join(json.dumps(row) for row in rows).encode()
    return changed_bytes(content, dice) if dice.random() < 0.5 else content


KINDS: dict[str, Callable[[Dice, Path], bytes]] = {
    "text.csv": lambda dice, _: _text(dice),
    "Lastgang 2024 (1).TXT": lambda dice, _: _text(dice),
    "NO.tsv": lambda dice, _: _text(dice),
    "packed.csv.gz": lambda dice, _: gzip.compress(_text(dice)),
    "broken.csv.zst": lambda dice, _: changed_bytes(pa.compress(_text(dice), "zstd", asbytes=True), dice),
    "weeks.tsf": lambda dice, _: _monash(dice),
    "lines.jsonl": lambda dice, _: _series_lines(dice),
    "rows.json": lambda dice, _: _row_lines(dice),
    "book.xlsx": _workbook,
    "table.parquet": lambda dice, _: _parquet(dice),
}
