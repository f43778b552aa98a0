"""What the page's sections consist of: facts, tables, a chart."""

from collections.abc import Iterable
from dataclasses import dataclass

from recurcast.reporting.page.records import Picture

MOST_ROWS = 500
"""Rows of a table; the newest."""
MOST_DRAWN = 4
"""Series of a forecast's chart; the first."""


@dataclass(frozen=True)
class Table:
    """Numbers as texts; a folded one opens on a click, and is not printed."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    folded: bool = True
    note: str = ""
    prose: int | None = -1
    """Which column holds sentences, counted as Python does; none where all are short."""

    @property
    def stacks(self) -> bool:
        """Return whether a phone shows the sentences below the rest of their row."""
        return not self.folded and self.prose == -1

    @property
    def prose_column(self) -> int | None:
        """Return the number of the column that holds sentences."""
        return None if self.prose is None else self.prose % len(self.columns)


@dataclass(frozen=True)
class Fact:
    """One number that is shown large."""

    name: str
    value: str


@dataclass(frozen=True)
class Section:
    """One part of the page; `squares` is the calendar."""

    key: str
    title: str
    says: str
    picture: Picture | None = None
    squares: str | None = None
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    empty: bool = False


def empty(key: str, title: str, says: str) -> Section:
    """Return a section that has nothing to show, and says what will fill it."""
    return Section(key, title, says, empty=True)


def table_of(
    title: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    *,
    folded: bool = True,
    prose: int | None = -1,
) -> Table:
    """Return a table of the newest rows, which come last."""
    every = tuple(rows)
    left = len(every) - MOST_ROWS
    note = f"the newest {MOST_ROWS}, {left:,} older ones left out" if left > 0 else ""
    return Table(title, columns, every[-MOST_ROWS:], folded, note, prose)
