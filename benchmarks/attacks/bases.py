"""The tables that are mutated: the samples, the files of real shapes beside the project where they lie, and a few made here."""

import csv
import io
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

_MOST_ROWS = 3_000
_SHAPES = "shared/cases"


@dataclass(frozen=True)
class Table:
    """A table of texts; `time` and `value` are the numbers of its columns."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    time: int
    value: int
    series: int | None = None
    said: tuple[str, ...] = ()
    """Options of `init` that tell the columns."""

    def having(self, rows: list[list[str]] | None = None, header: list[str] | None = None) -> "Table":
        """Return the table with other rows, or another header."""
        return replace(
            self,
            rows=self.rows if rows is None else tuple(map(tuple, rows)),
            header=self.header if header is None else tuple(header),
        )

    def copied(self) -> list[list[str]]:
        """Return the rows, to be changed."""
        return [list(row) for row in self.rows]

    def text(self, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> str:
        """Return it as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return out.getvalue()


@cache
def tables(root: Path, *, shapes: bool) -> tuple[Table, ...]:
    """Return all base tables of a project, with the files of real shapes beside it or without."""
    samples = (
        _read(root / "data/samples/energy.csv", "date", "value"),
        _read(root / "data/samples/weather.csv", "date", "temp_max"),
        _read(root / "data/samples/stocks.csv", "date", "price", "ticker"),
    )
    return (*samples, *_made(), *(_shapes(root) if shapes else ()))


def lacking(root: Path) -> str | None:
    """Return why the files of real shapes are left out, or none."""
    return (
        None
        if _shapes_folder(root)
        else f"the files of real shapes are left out: there is no {_SHAPES} beside the project"
    )


def _shapes_folder(root: Path) -> Path | None:
    return next((parent / _SHAPES for parent in root.parents if (parent / _SHAPES).is_dir()), None)


def _shapes(root: Path) -> tuple[Table, ...]:
    folder = _shapes_folder(root)
    return () if folder is None else tuple(_read(file) for file in sorted(folder.glob("*.csv")))


def _read(file: Path, time: str | None = None, value: str | None = None, series: str | None = None) -> Table:
    with file.open(encoding="utf-8", newline="") as opened:
        header, *rows = csv.reader(opened)
    place = header.index
    said = ("--time", time, "--target", value) if time and value else ()
    said += ("--id", series) if series and series in header else ()
    return Table(
        file.stem,
        tuple(header),
        tuple(tuple(row) for row in rows[:_MOST_ROWS] if len(row) == len(header)),
        place(time) if time in header else 0,
        place(value) if value in header else len(header) - 1,
        place(series) if series and series in header else None,
        said if time in header and value in header else (),
    )


def _made() -> tuple[Table, ...]:
    start = datetime(2024, 3, 1, tzinfo=UTC)
    seconds = [(f"{start + timedelta(seconds=n):%Y-%m-%d %H:%M:%S}", f"{10 + n % 7 + n / 900:.3f}") for n in range(900)]
    hours = [
        (
            f"{start + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}",
            name,
            f"{20 + 5 * math.sin(n / 3.82) + (n * 7919 % 13) / 10:.2f}",
        )
        for name in ("a", "b", "c")
        for n in range(400)
    ]
    months = [(f"{1949 + n // 12}-{n % 12 + 1:02d}-01", str(100 + n + 30 * (n % 12))) for n in range(144)]
    said = ("--time", "ds", "--target", "y")
    return (
        Table("seconds", ("ds", "y"), tuple(seconds), 0, 1, None, said),
        Table("panel", ("ds", "unique_id", "y"), tuple(hours), 0, 2, 1, (*said, "--id", "unique_id")),
        Table("months-of-1949", ("ds", "y"), tuple(months), 0, 1, None, said),
    )
