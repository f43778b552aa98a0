"""Lines, tables and durations as the commands print them: readable on 80 columns, and in a pipe."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from recurcast.escaping import in_terminal

Row = TypeVar("Row")

MOST_ROWS = 40


def say(console: Console, line: str, style: str = "") -> None:
    """Print a line as it is: nothing in it is markup, and a command in it can be copied whole."""
    console.print(in_terminal(line), style=style, markup=False, highlight=False, soft_wrap=True)


def plain(text: str, style: str = "") -> Text:
    """Return a text for a cell of a table: nothing in it is markup, nor steers the terminal."""
    return Text(in_terminal(text), style)


def print_table(
    console: Console,
    columns: dict[str, Callable[[Row], Text]],
    rows: Sequence[Row],
    *,
    optional: Sequence[str] = (),
    right: Sequence[str] = (),
) -> None:
    """Print the rows, of many only the first and the last; an optional column only where it has something."""
    half = MOST_ROWS // 2
    between = len(rows) - 2 * half if len(rows) > MOST_ROWS else 0
    shown = [*rows[:half], *rows[-half:]] if between else rows
    cells = {name: [_harmless(cell(row)) for row in shown] for name, cell in columns.items()}
    kept = {name: texts for name, texts in cells.items() if name not in optional or any(text.plain for text in texts)}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in kept:
        table.add_column(name, justify="right" if name in right else "left")
    for number, texts in enumerate(zip(*kept.values(), strict=True)):
        if between and number == half:
            table.add_row(Text(f"... {between:,} between", "dim"))
        table.add_row(*texts)
    console.print(table)


def _harmless(text: Text) -> Text:
    safe = in_terminal(text.plain)
    return text if safe == text.plain else Text(safe, text.style)


def about(seconds: float) -> str:
    """Return a duration with as much of it as one cares for, such as `45 s`, `12 min` or `3 h 20 min`."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"


def count(number: int, noun: str) -> str:
    """Return `1 interval`, `2 intervals`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
