"""How a file is laid out and encoded, seen in its first lines, and written as `source.format`."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recurcast.config.reading import FileFormat
from recurcast.errors import ConfigurationError, DataRejected, nearest
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.layout import Layout, layout_of_rows, layout_of_text
from recurcast.series import workbooks
from recurcast.series.file_bounds import opened, refuse_large_csv
from recurcast.series.file_kinds import kind_of, refuse_unusable
from recurcast.series.files import telling_unreadable

_LOOKED_AT_BYTES, _LOOKED_AT_ROWS = 60_000, 500
_CHUNK = 1 << 22
_SHOWN_SIGNS = {"\t": "tabs", ";": "';'", "|": "'|'", ",": "','", " ": "blanks"}


@dataclass(frozen=True)
class Seen:
    """How a file is to be read, none as one of commas in UTF-8 with its header on top; and what speaks for it."""

    how: FileFormat | None
    guesses: tuple[Guess, ...] = ()


def see_format(path: Path, shown: str, said: Said) -> Seen:
    """Return how a file is to be read. Raises DataRejected where it is no file that could be."""
    refuse_unusable(path, shown)
    kind = kind_of(path, shown)
    if said.sheet is not None and kind != "workbook":
        raise ConfigurationError(f"--sheet names a sheet of a workbook; '{shown}' is none. Leave it out.")
    if said.step is not None and kind != "json":
        raise ConfigurationError(f"--step is for JSON lines of a start and a target; '{shown}' is none. Leave it out.")
    with telling_unreadable(kind, shown):
        if kind == "text":
            return _of_text(path, shown)
        if kind == "workbook":
            return _of_workbook(path, shown, said)
    if said.step is not None:
        how = FileFormat(step=said.step)
        return Seen(how, (Guess("source.format", _told(how), "step: said on the command line"),))
    return Seen(None)


def _of_text(path: Path, shown: str) -> Seen:
    refuse_large_csv(path, shown)
    encoding, why_encoding = _encoding(path)
    with opened(path) as file:
        head = file.read(_LOOKED_AT_BYTES)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).removeprefix("\ufeff")
    if len(head) == _LOOKED_AT_BYTES:  # the last line may be cut
        text = text.rpartition("\n")[0]
    layout = layout_of_text(text) or Layout(0, True, 0)
    _refuse_misfit(layout, text.splitlines(), shown)
    how = FileFormat(
        delimiter=layout.delimiter, encoding=encoding, skip=layout.skip, header=layout.header, units=layout.units
    )
    if how == FileFormat(skip=how.skip) and not "".join(text.splitlines()[: how.skip]).strip():
        return Seen(None)  # blank lines at the top are passed over anyhow
    why = [f"columns are separated by {_SHOWN_SIGNS[how.delimiter]}"] if how.delimiter != "," else []
    why += [why_encoding] if why_encoding else []
    return _seen(how, [*why, *_of_layout(layout, text.splitlines())])


def _of_workbook(path: Path, shown: str, said: Said) -> Seen:
    sheets = workbooks.sheets_of(path, shown)
    if said.sheet is not None and said.sheet not in sheets:
        raise ConfigurationError(
            f"--sheet is a sheet of '{shown}' that holds something; received '{said.sheet}'. {nearest(said.sheet, list(sheets))}"
        )
    largest = max(sheets, key=lambda name: sheets[name][0] * sheets[name][1], default=None)
    sheet = said.sheet or largest
    rows = workbooks.first_rows(path, sheet, _LOOKED_AT_ROWS)
    layout = layout_of_rows(rows) or Layout(0, True, 0)
    named = sheet if len(sheets) > 1 else None
    how = FileFormat(sheet=named, skip=layout.skip, header=layout.header, units=layout.units)
    why = _of_layout(layout, [", ".join(cell for cell in row if cell) for row in rows])
    if said.sheet is not None:
        return _seen(how, [f"sheet '{sheet}' is said on the command line", *why])
    if named is None:
        return _seen(how, why)
    others = ", ".join(f"'{name}'" for name in list(sheets)[:6] if name != sheet)
    why = [f"sheet '{sheet}' has the most cells; others: {others}; --sheet NAME says otherwise", *why]
    return _seen(how, why, doubt=0.4, instead="--sheet NAME")


def _refuse_misfit(layout: Layout, lines: list[str], shown: str) -> None:
    if layout.misfit is not None:
        raise DataRejected(
            "rows have as many cells as the header has names",
            f"line {layout.misfit + 1} of '{shown}' is '{_line(lines, layout.misfit)[:80]}', and the next one "
            f"'{_line(lines, layout.misfit + 1)[:80]}' has more cells",
            "Name all columns; and where numbers hold the sign that separates columns, write them between quotation marks, or "
            "separate columns by ';'",
        )


def _of_layout(layout: Layout, lines: list[str]) -> list[str]:
    why = []
    if layout.skip:
        first = next((line.strip() for line in lines if line.strip()), "")
        why.append(f"{layout.skip} lines before the header are read past, the first is '{first[:60]}'")
    if not layout.header:
        why.append("no line names the columns, so they are column_1, column_2, ...")
    if layout.nameless:
        why.append("a name stands before each row that the header has none for, as R writes them: column 'index'")
    if layout.units:
        rows = "row of units stands" if layout.units == 1 else "rows of units and remarks stand"
        why.append(f"{layout.units} {rows} below the header and is read past, '{_line(lines, layout.skip + 1)[:60]}'")
    return why


def _line(lines: list[str], number: int) -> str:
    return lines[number].strip() if number < len(lines) else ""


def _seen(how: FileFormat, why: list[str], doubt: float = 0.0, instead: str = "") -> Seen:
    if how == FileFormat():
        return Seen(None)
    guess = Guess(
        "source.format", _told(how), "; ".join(why), doubt or (0.3 if how.skip or not how.header else 0.0), instead
    )
    return Seen(how, (guess,))


def _told(how: FileFormat) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in how.model_dump(exclude_defaults=True).items())


def _encoding(path: Path) -> tuple[str, str]:
    """The encoding that all of the file's bytes are in, and how it shows; nothing is said of UTF-8."""
    with opened(path) as file:
        head = file.read(4_000)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "its first bytes say utf-16"
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) > len(head) / 5:
        encoding = "utf-16-le" if odd > even else "utf-16-be"
        return encoding, f"every other byte is 0, as in {encoding}"
    for encoding in ("utf-8", "cp1252"):
        if _decodes(path, encoding):
            return (
                encoding,
                "" if encoding == "utf-8" else "it is no UTF-8; letters such as ä are read as Windows writes them",
            )
    return "latin-1", "it is neither UTF-8 nor what Windows writes"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(path):
            if encoding != "utf-8" or not chunk.isascii() or decoder.getstate()[0]:
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk
