"""Where in a file's first lines the table begins: what stands before its header, what names it, what stands below. Pure."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recurcast.scaffold.dates import is_called_a_time

DELIMITERS = (",", ";", "\t", "|")
BLANK = " "
"""Any number of blanks, where nothing else separates columns."""
_DATE = re.compile(
    r"\d{1,4}[-/. ]\w{1,9}[-/. ,]+\d{1,4}.*|\d{4}[-/]\d{1,2}|\d{8}T?\d*Z?|\d{1,2}:\d\d.*|\d{4}-?\s?[QWqw]\d{1,2}"
    r"|[^\W\d_]{3,9}[- ,.]+\d{2,4}.*"
)
_NUMBER = re.compile(
    r"\(?[-+−]?\s?(?:[$€£¥₹]|[A-Z]{3})?\s?[-+−]?[0-9.,][0-9.,'’\s]*(?:[eE][-+]?\d+)?\s?(?:%|[^\W\d_°][\w/³²]{0,5}|°\w?)?\)?"
)
_NO_VALUE = frozenset(
    ("-", "--", ".", "..", "...", "*", "?", "na", "n/a", "n.a.", "nan", "null", "none", "#n/a", "n/e", "nd", "missing")
)  # fmt: skip
_RUN, _MOST_UNITS, _FILLED = 5, 10, 0.6
_LOGGER = "TOA5"
"""With which files of Campbell's data loggers begin: their first line is about the station, however long it is."""


@dataclass(frozen=True)
class Layout:
    """The lines before the header, whether there is one, and the rows below it that hold units."""

    skip: int
    header: bool
    units: int
    delimiter: str = ","
    fits: tuple[float, float] = (0.0, 0.0)
    """Shares of the records that have as many cells as most, and of the cells that are dates or numbers."""
    nameless: bool = False
    """Whether a name stands before each row that the header has none for, as R writes them."""
    misfit: int | None = None
    """The line of a header that has fewer names than rows have cells, for no reason that is known."""


@dataclass(frozen=True)
class _Record:
    line: int
    cells: tuple[str, ...]
    lines: int = 1

    @property
    def filled(self) -> int:
        return sum(bool(cell) for cell in self.cells)


def layout_of_text(text: str) -> Layout | None:
    """Return how the first lines of a text are laid out; none where no separator makes columns of them."""
    found = [layout for delimiter in DELIMITERS if (layout := _layout(_records(text, delimiter), delimiter))]
    if not any(min(layout.fits) > 0.5 for layout in found):
        blank = _layout(_records(text, BLANK), BLANK)
        found += [blank] if blank is not None and (not found or min(blank.fits) > 0.5) else []
    return max(found, key=lambda layout: (layout.fits[0] > 0.9, *layout.fits), default=None)


def layout_of_rows(rows: Sequence[Sequence[str]]) -> Layout | None:
    """Return how the first rows of a sheet are laid out."""
    records = [_Record(line, tuple(cell.strip() for cell in row)) for line, row in enumerate(rows)]
    return _layout([each for each in records if each.filled], ",")


def _records(text: str, delimiter: str) -> list[_Record]:
    return [each for each in _read(text, delimiter) if each.filled]


def _read(text: str, delimiter: str) -> Iterator[_Record]:
    lines = text.splitlines()
    if delimiter == BLANK:
        lines = [" ".join(each.split()) for each in lines]
    reader = csv.reader(lines, delimiter=delimiter)
    line = 0
    try:
        for cells in reader:
            yield _Record(line, tuple(cell.strip() for cell in cells), reader.line_num - line)
            line = reader.line_num
    except csv.Error:  # a cell that is longer than any
        return


def _layout(records: Sequence[_Record], delimiter: str) -> Layout | None:
    if not records:
        return None
    if records[0].cells[0] == _LOGGER:
        records = records[1:]
    widths = Counter(len(each.cells) for each in records if len(each.cells) > 1)
    if not widths:
        return None
    width, count = widths.most_common(1)[0]
    table = [each for each in records if len(each.cells) == width]
    settled = table[len(table) // 2 :]
    typed = [_share(settled, column) >= 0.9 for column in range(width)]
    dated = [typed[column] and _share(settled, column, _DATE) >= 0.9 for column in range(width)]
    cells = [_is_typed(cell) for each in settled for cell in each.cells if cell]
    fits = (count / len(records), sum(cells) / max(len(cells), 1))
    first = _first_of_data(records, width, typed, dated)
    if first is None:
        return Layout(records[0].line, True, 0, delimiter, fits)
    above = _above(records, first, delimiter, typed, dated)
    if not above:
        short = _short_header(records, first)
        if short is None:
            begun = first > 0 and len(records[first - 1].cells) > 1 and dated[0]
            misfit = records[first - 1].line if begun and _DATE.fullmatch(records[first - 1].cells[0]) else None
            return Layout(records[first].line, False, 0, delimiter, fits, misfit=misfit)
        nameless = not all(not each.cells[-1] for each in settled)
        dates_first = dated[0] and (delimiter == "," or is_called_a_time(short.cells[0]))
        misfit = short.line if nameless and (dates_first or len(short.cells) < width - 1) else None
        return Layout(short.line, True, 0, delimiter, fits, nameless, misfit)
    header = _header(above, dated)
    units = records[first].line - header.line - header.lines
    return Layout(header.line, True, min(units, _MOST_UNITS), delimiter, fits)


def _first_of_data(records: Sequence[_Record], width: int, typed: list[bool], dated: list[bool]) -> int | None:
    """Where the first run of records begins that are data, one after the other."""
    run = 0
    for place, each in enumerate(records):
        is_data = len(each.cells) == width and not _is_words(each, typed, dated) and not _is_untyped(each)
        run = run + 1 if is_data else 0
        if run == _RUN or (run and place == len(records) - 1):
            return place - run + 1
    return None


def _above(
    records: Sequence[_Record], first: int, delimiter: str, typed: list[bool], dated: list[bool]
) -> list[_Record]:
    """The records of words that stand right above the data, the highest first; blank lines end them."""
    found: list[_Record] = []
    width = len(typed)
    for place in range(first - 1, -1, -1):
        each = records[place]
        if not found and len(each.cells) == 1 and each.cells[0].startswith("#") and place:
            continue  # a remark between the header and the data
        if not found and delimiter == BLANK and 1 < len(each.cells) < width and _is_untyped(each):
            continue  # units, where some columns have none
        apart = bool(found) and found[0].line != each.line + 1
        longer = not found and len(each.cells) > width  # rows may leave out their last cells
        if apart or not (longer or len(each.cells) == width):
            break
        if not (_is_words(each, typed, dated) or _is_untyped(each)):
            break
        found.insert(0, each)
        if longer:
            break
    return found


def _header(above: Sequence[_Record], dated: list[bool]) -> _Record:
    """Which of the records above the data names its columns: one that calls its dates so, else the first that is full."""
    named = [each for each in above if not each.cells[0].startswith("#")] or above
    dates = [
        each for each in named if any(is_called_a_time(cell) for cell, d in zip(each.cells, dated, strict=False) if d)
    ]
    told = [each for each in dates if _is_untyped(each)] or dates
    return told[0] if told else next((each for each in named if each.filled >= _FILLED * len(dated)), named[0])


def _short_header(records: Sequence[_Record], first: int) -> _Record | None:
    """The words right above the data, fewer than its columns, where they seem to name some of them."""
    if first == 0:
        return None
    above, width = records[first - 1], len(records[first].cells)
    names = 1 < len(above.cells) < width and all(above.cells) and _is_untyped(above)
    by_place = len(above.cells) == width - 1 or is_called_a_time(above.cells[0])
    return above if names and by_place and above.line + 1 == records[first].line else None


def _is_words(record: _Record, typed: list[bool], dated: list[bool]) -> bool:
    """Whether words stand where the rows below have dates; without dates, in most columns that have numbers below."""
    dates = [cell for cell, is_date in zip(record.cells, dated, strict=False) if is_date]
    if dates:
        return not any(_is_typed(cell) for cell in dates)
    told = [_is_typed(cell) for cell, is_typed in zip(record.cells, typed, strict=False) if is_typed and cell]
    return bool(told) and sum(told) < len(told) / 2


def _is_untyped(record: _Record) -> bool:
    return not any(_is_typed(cell) for cell in record.cells)


def _share(records: Sequence[_Record], column: int, pattern: re.Pattern[str] | None = None) -> float:
    cells = [each.cells[column] for each in records if each.cells[column]]
    told = [_is_typed(cell) if pattern is None else bool(pattern.fullmatch(cell)) for cell in cells]
    return sum(told) / len(told) if told else 0.0


def _is_typed(cell: str) -> bool:
    """Whether a cell is a date, a number, or a word that stands for a missing one."""
    cell = cell[:60]
    return cell.lower() in _NO_VALUE or bool(
        (_NUMBER.fullmatch(cell) and re.search(r"\d", cell)) or _DATE.fullmatch(cell)
    )
