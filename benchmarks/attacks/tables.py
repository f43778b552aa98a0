"""Mutations of a table: what goes wrong in cells, rows, columns and times before anybody thinks of bytes."""

from collections.abc import Callable
from random import Random

from attacks.bases import Table
from attacks.odd_values import NAMES, NUMBERS, TIMES

Mutation = Callable[[Table, Random], Table]


def stray_times(table: Table, draw: Random) -> Table:
    """Return it with one to three times that belong nowhere."""
    return _cells(table, draw, table.time, TIMES, draw.choice((1, 1, 2, 3)))


def odd_numbers(table: Table, draw: Random) -> Table:
    """Return it with one to five values that are no numbers, or numbers that nothing holds."""
    return _cells(table, draw, table.value, NUMBERS, draw.choice((1, 1, 2, 5)))


def one_value_everywhere(table: Table, draw: Random) -> Table:
    """Return it with a column that is one odd value from top to bottom."""
    column, odd = draw.choice(((table.value, NUMBERS), (table.value, NUMBERS), (table.time, TIMES)))
    value, rows = draw.choice(odd), table.copied()
    for row in rows:
        row[column] = value
    return table.having(rows)


def shaped_values(table: Table, draw: Random) -> Table:
    """Return it with values that have no scale, or too much of one."""
    shapes: dict[str, Callable[[int], object]] = {
        "constant": lambda n: 7,
        "alternating": lambda n: (-1) ** n,
        "periodic": lambda n: n % 24,
        "huge": lambda n: f"{1e300 * (n % 9 + 1)!r}",
        "too huge": lambda n: f"{1.7e308 * (-1) ** n!r}",
        "tiny": lambda n: f"{1e-308 * (n % 9 + 1)!r}",
        "rounding": lambda n: f"{0.1 + 0.2 + n % 24 - 0.3:.17g}",
        "level": lambda n: f"{1e15 + n % 5 / 8!r}",
        "integers": lambda n: 2**63 + n % 24,
        "jump": lambda n: n % 7 + (1e12 if n > len(table.rows) * 0.9 else 0),
        "constant, then not": lambda n: 5 if n < len(table.rows) * 0.7 else n % 11,
        "steep": lambda n: f"{1.02 ** min(n, 30_000 // 1):.6g}" if n < 30_000 else "1",
        "empty": lambda n: "",
        "zero": lambda n: 0,
    }
    value, rows = shapes[draw.choice(sorted(shapes))], table.copied()
    for number, row in enumerate(rows):
        row[table.value] = str(value(number))
    return table.having(rows)


def huge_cell(table: Table, draw: Random) -> Table:
    """Return it with a cell of megabytes."""
    rows, size = table.copied(), draw.choice((70_000, 1_000_000, 3_000_000))
    text = draw.choice(("9", "x", "[1,", "2024-01-01 ", "1,", "é", "\n", '"', " ", "=")) * size
    draw.choice(rows)[draw.randrange(len(table.header))] = text[:size]
    return table.having(rows)


def doubled(table: Table, draw: Random) -> Table:
    """Return it with times that stand twice: rows once more, other values at the same time, or one time for all."""
    rows, how = table.copied(), draw.randrange(4)
    if how == 0:
        rows[3:3] = [list(row) for row in rows[: draw.choice((1, 2, len(rows)))]]
    elif how == 1:
        rows.append([*rows[-1][: table.value], "1", *rows[-1][table.value + 1 :]])
    elif how == 2:
        for row in rows:
            row[table.time] = rows[0][table.time]
    else:
        rows[len(rows) // 2][table.time] = rows[len(rows) // 2 - 1][table.time]
    return table.having(rows)


def disordered(table: Table, draw: Random) -> Table:
    """Return it shuffled, newest first, or sorted by another column."""
    rows = table.copied()
    how = draw.randrange(3)
    if how == 0:
        draw.shuffle(rows)
    elif how == 1:
        rows.reverse()
    else:
        column = draw.randrange(len(table.header))
        rows.sort(key=lambda row: row[column])
    return table.having(rows)


def shortened(table: Table, draw: Random) -> Table:
    """Return it with few rows, none, or holes."""
    rows = table.copied()
    how = draw.randrange(5)
    if how == 0:
        rows = rows[: draw.choice((0, 1, 2, 3, 5, 20))]
    elif how == 1:
        rows = [row for row in rows if draw.random() < draw.choice((0.05, 0.5, 0.95))]
    elif how == 2:
        middle = len(rows) // 2
        rows = rows[: middle // 2] + rows[middle + middle // 2 :]
    elif how == 3:
        rows = rows[: len(rows) // 3] + [[""] * len(table.header)] * draw.choice((1, 40)) + rows[len(rows) // 3 :]
    else:
        rows = rows[-draw.choice((30, 60, 120)) :]
    return table.having(rows)


def ragged(table: Table, draw: Random) -> Table:
    """Return it with rows of other lengths than the header."""
    rows = table.copied()
    for _ in range(draw.choice((1, 3, 50))):
        row = draw.choice(rows)
        if draw.random() < 0.5:
            row.extend(["1"] * draw.choice((1, 5, 2_000)))
        else:
            del row[-1:]
    return table.having(rows)


def odd_header(table: Table, draw: Random) -> Table:
    """Return it with a header that is missing, doubled, in the middle, or oddly named."""
    header, rows = list(table.header), table.copied()
    how = draw.randrange(5)
    if how == 0:
        header, rows = rows[0], rows[1:]
    elif how == 1:
        header[draw.randrange(len(header))] = draw.choice(header)
    elif how == 2:
        header[draw.randrange(len(header))] = draw.choice(NAMES)
    elif how == 3:
        rows.insert(draw.randrange(len(rows)), header)
    else:
        header = [draw.choice(NAMES) for _ in header]
    return table.having(rows, header)


def more_columns(table: Table, draw: Random) -> Table:
    """Return it with columns that nobody asked for: many, alike, or of odd values."""
    many = draw.choice((1, 3, 300))
    names = [draw.choice((*NAMES, *table.header, f"column {n}")) for n in range(many)]
    values = draw.choice((NUMBERS, TIMES, NAMES[:-8], ("0",), ("a", "b"), ("CET", "CEST")))
    rows = [[*row, *(draw.choice(values) for _ in names)] for row in table.rows]
    return table.having(rows, [*table.header, *names])


def odd_ids(table: Table, draw: Random) -> Table:
    """Return it with a column that names series: each row another one, two, odd names, or some without."""
    names = draw.choice(
        (NAMES, ("a", "b"), ("007", "7", "7.0"), ("x", "", "nan"), [str(n) for n in range(len(table.rows))])
    )
    place = table.series if table.series is not None else 0
    rows, header = table.copied(), list(table.header)
    if table.series is None:
        header.insert(0, draw.choice(("id", "station", "unique_id")))
        rows = [["", *row] for row in rows]
    for number, row in enumerate(rows):
        row[place] = names[number % len(names)] if draw.random() < 0.9 else draw.choice(list(names))
    return table.having(rows, header)


def _cells(table: Table, draw: Random, column: int, odd: tuple[str, ...], number: int) -> Table:
    rows = table.copied()
    for _ in range(number):
        place = draw.choice((0, len(rows) - 1, draw.randrange(len(rows))))
        rows[place][column] = draw.choice(odd)
    return table.having(rows)


MUTATIONS: tuple[Mutation, ...] = (
    *(
        stray_times,
        stray_times,
        odd_numbers,
        odd_numbers,
        one_value_everywhere,
        shaped_values,
        shaped_values,
        huge_cell,
    ),
    *(doubled, disordered, shortened, ragged, odd_header, more_columns, odd_ids),
)
