"""One screen of what `init` understood of a file: rows as they will be used, a small plot, what is decided, what is unsure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from recurcast.cli.display.plot import drawn
from recurcast.cli.display.printing import count, plain, say
from recurcast.escaping import in_terminal
from recurcast.scaffold.guess import Guess
from recurcast.scaffold.proposal import Proposal

MOST_DOUBTS = 3
_TALL = 32
"""Lines of a screen that leave room for more rows and a higher plot."""
_WIDEST, _NARROWEST = 120, 60
_LEAST_OF_VALUES, _LONGEST_VALUE = 24, 46
_LINES_OF_A_DOUBT, _LINES_OF_THE_QUESTION = 2, 1


@dataclass(frozen=True)
class _Room:
    """What a screen has room for."""

    width: int
    rows: int
    """At each end of the table."""
    plot: int
    airy: bool
    """Whether blank lines part the sections."""


def print_proposal(console: Console, file: str, proposal: Proposal) -> None:
    """Print the screen; on a terminal of 80 by 24 and more all of it stays in sight."""
    tall = not console.is_terminal or console.height >= _TALL
    width = min(_WIDEST, max(_NARROWEST, console.width))
    room = _Room(width, 3 if tall else 2, 5 if tall else 3, tall)
    rows, plot, doubts = (
        [*_title(file, proposal, room), *_table(proposal, room)],
        _plot(console, proposal, room),
        _doubts(proposal, room),
    )
    left = console.height - len(rows) - len(plot) - len(doubts) - _LINES_OF_THE_QUESTION - (3 if tall else 0)
    decided = _decided(proposal, room, left if console.is_terminal else None)
    sections = [rows, plot, decided, doubts]
    for number, lines in enumerate(each for each in sections if each):
        if number and room.airy:
            console.print()
        for line in lines:
            console.print(line, soft_wrap=True)


def print_guesses(console: Console, guesses: Sequence[Guess]) -> None:
    """Print every guess with its evidence."""
    say(console, "guessed, each with its evidence:")
    for guess in guesses:
        evidence = plain(f"  # {guess.why}", "dim")
        console.print(
            Text.assemble(plain(f"  {guess.field}: ", "bold"), plain(guess.value, "cyan"), evidence), soft_wrap=True
        )


def doubtful(guesses: Sequence[Guess]) -> list[Guess]:
    """Return the guesses that are least sure and can be said otherwise, the most doubtful first."""
    unsure = sorted((each for each in guesses if each.doubt > 0), key=lambda each: -each.doubt)
    return unsure[:MOST_DOUBTS]


def _title(file: str, proposal: Proposal, room: _Room) -> Iterable[Text]:
    seen = proposal.seen
    used, series = len(seen.rows), seen.rows["unique_id"].nunique()
    by_then = "" if proposal.pipeline.source.static else " known now"
    unused = seen.in_file - used
    more = f"; {unused:,} more not used" if unused > 0 else ""
    told = f": {count(used, 'row')} of {series:,} series{by_then}{more}"
    yield Text.assemble((_cut(_one_line(file), max(12, room.width - cell_len(told))), "bold"), told)


def _table(proposal: Proposal, room: _Room) -> list[Text]:
    rows, column = proposal.seen.rows, proposal.pipeline.source
    zone = column.timezone
    head, tail = rows.head(room.rows), rows.iloc[room.rows :].tail(room.rows)
    shown: list[Any] = [*head.itertuples(index=False), *tail.itertuples(index=False)]
    seconds = any(row.ds.second or row.ds.microsecond for row in shown)
    times = [("time in UTC", [_wall(row.ds, seconds) for row in shown])]
    if zone != "UTC":
        times.append((f"in {zone}", [_local(row.ds, zone, seconds) for row in shown]))
    columns = [
        *times,
        ("series", [_one_line(str(row.unique_id)) for row in shown]),
        (_one_line(_target(proposal)), [_value(row.y) for row in shown]),
    ]
    widths = [max(map(cell_len, [title, *cells])) for title, cells in columns]
    left = room.width - 2 * len(columns) - sum(widths[:-2])
    widths[-1] = min(widths[-1], max(_LEAST_OF_VALUES, left - widths[-2]))
    widths[-2] = max(6, min(widths[-2], left - widths[-1]))
    lines = [_line([title for title, _ in columns], widths, "bold")]
    lines += [_line([cells[number] for _, cells in columns], widths) for number in range(len(shown))]
    between = len(rows) - len(shown)
    if between > 0:
        lines.insert(1 + len(head), Text(f"  ... {between:,} between", "dim"))
    return lines


def _line(cells: Sequence[str], widths: Sequence[int], style: str = "") -> Text:
    """The last cell is a figure, and stands at the right."""
    cut = [_cut(cell, width) for cell, width in zip(cells, widths, strict=True)]
    padded = [set_cell_size(cell, width) for cell, width in zip(cut[:-1], widths[:-1], strict=True)]
    return Text("  " + "  ".join([*padded, " " * (widths[-1] - cell_len(cut[-1])) + cut[-1]]), style)


def _target(proposal: Proposal) -> str:
    columns = getattr(proposal.pipeline.source, "columns", None)
    return "value" if columns is None else str(columns.y)


def _wall(instant: datetime, seconds: bool) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}" if seconds else f"{instant:%Y-%m-%d %H:%M}"


def _local(instant: datetime, zone: str, seconds: bool) -> str:
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%a} {_wall(local, seconds)} {local:%z}"


def _value(value: float) -> str:
    return "missing" if pd.isna(value) else f"{value:.10g}"


def _plot(console: Console, proposal: Proposal, room: _Room) -> list[Text]:
    """The series with most values; none where the terminal knows no such signs."""
    if not console.encoding.startswith("utf"):
        return []
    rows = proposal.seen.rows.dropna(subset="y")
    if rows.empty:
        return []
    longest = rows["unique_id"].value_counts(sort=True).index[0]
    own = rows[rows["unique_id"] == longest]
    high, low = (_short(value) for value in (own["y"].max(), own["y"].min()))
    margin = max(len(high), len(low))
    lines = drawn(own, room.width - margin - 3, room.plot)
    labels = [high, *[""] * (room.plot - 2), low]
    return [
        Text.assemble((f"  {label:>{margin}} ", "dim"), (line, "cyan"))
        for label, line in zip(labels, lines, strict=True)
    ]


def _short(value: float) -> str:
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.4g}"


def _decided(proposal: Proposal, room: _Room, most: int | None) -> list[Text]:
    """Each field with its value, as many on a line as there is room for, in `most` lines."""
    lines = [Text("  ")]
    for guess in proposal.guesses:
        field = guess.field.removeprefix("source.").removeprefix("columns.").removeprefix("gate.")
        value = _cut(_one_line(guess.value), _LONGEST_VALUE)
        field = _cut(_one_line(field), room.width - cell_len(value) - 4)
        told = Text.assemble((f"{field} ", "bold"), (value, "cyan"))
        if lines[-1].cell_len > 2 and lines[-1].cell_len + 3 + told.cell_len > room.width:
            lines.append(Text("  "))
        lines[-1] = Text.assemble(lines[-1], told if lines[-1].cell_len == 2 else Text.assemble(("  ", ""), told))
    if most is not None and len(lines) > max(1, most):
        lines = [*lines[: max(0, most - 1)], Text("  ... and more: ? shows all", "dim")]
    return lines


def _doubts(proposal: Proposal, room: _Room) -> list[Text]:
    unsure = doubtful(proposal.guesses)
    if not unsure:
        return [Text("Nothing in it was a close call.", "dim")]
    lines = [Text("Least sure:", "bold")]
    for number, guess in enumerate(unsure, 1):
        lines += _doubt(number, guess, room.width)
    return lines


def _doubt(number: int, guess: Guess, width: int) -> list[Text]:
    """A guess over two lines at most; of its evidence the end is left out, never what says otherwise."""
    otherwise = f"; otherwise {guess.instead or f'{guess.field} in prefect.yaml'}"
    told = f"{_cut(_one_line(guess.value), _LONGEST_VALUE)}, {_one_line(guess.why)}"
    for space in range(2 * width, 0, -5):
        text = Text.assemble((_one_line(guess.field), "bold"), " ", _cut(told, space), (otherwise, "yellow"))
        lines = text.wrap(Console(width=width), width - 5)
        if len(lines) <= _LINES_OF_A_DOUBT:
            break
    for line in lines:
        line.rstrip()
    return [Text.assemble("     " if place else f"  {number}. ", line) for place, line in enumerate(lines)]


def _one_line(text: str) -> str:
    return in_terminal(" ".join(text.split()))


def _cut(text: str, width: int) -> str:
    """The text, its end left out where it is longer."""
    return text if cell_len(text) <= width else set_cell_size(text, width - 3).rstrip() + "..."
