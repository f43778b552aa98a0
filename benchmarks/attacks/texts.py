"""Mutations of a file's bytes: encodings, delimiters, quotes, and what copying and crashing do to a file."""

import csv
import gzip
import io
import zipfile
from random import Random

from attacks.bases import Table

_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp1252", "cp500", "shift_jis", "utf-7")


def written(table: Table, draw: Random) -> bytes:
    """Return a table as bytes: mostly plain CSV, sometimes with other delimiters, ends, quotes or encoding."""
    how = draw.random()
    if how < 0.6:
        return table.text().encode()
    if how < 0.7:
        return table.text(delimiter=draw.choice(";\t| :^")).encode()
    if how < 0.75:
        return table.text(end=draw.choice(("\r\n", "\r", "\n\n", "\r\r\n"))).encode()
    if how < 0.8:
        return table.text(quoting=csv.QUOTE_ALL).encode()
    text = table.text().replace(table.header[-1], table.header[-1] + " °é") if draw.random() < 0.5 else table.text()
    return text.encode(draw.choice(_ENCODINGS), errors="replace")


def damaged(content: bytes, draw: Random) -> bytes:
    """Return the bytes as a crash, a full disk, a careless tool or an editor leaves them."""
    return draw.choice((_cut, _flipped, _zeroed, _unclosed, _doubled, _wrapped, _inserted, _nothing))(content, draw)


def _cut(content: bytes, draw: Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def _flipped(content: bytes, draw: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice((1, 3, 30)) if changed else 0):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _zeroed(content: bytes, draw: Random) -> bytes:
    at, length = draw.randrange(len(content) + 1), draw.choice((1, 100, 4096, 200_000))
    return content[:at] + b"\0" * length + content[at + draw.choice((0, length)) :]


def _unclosed(content: bytes, draw: Random) -> bytes:
    at = draw.randrange(len(content) + 1)
    return content[:at] + draw.choice((b'"', b'"""', b'""', b"'", b'"\n', b'","', b"\\")) + content[at:]


def _doubled(content: bytes, draw: Random) -> bytes:
    return content + draw.choice((content, content[: len(content) // 2], b"\n" * 5_000, b"\x1a", b"," * 100_000))


def _wrapped(content: bytes, draw: Random) -> bytes:
    if draw.random() < 0.5:
        packed = gzip.compress(content)
        return packed if draw.random() < 0.5 else packed[: len(packed) // 2]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data.csv", content)
    return out.getvalue()


def _inserted(content: bytes, draw: Random) -> bytes:
    at = draw.randrange(len(content) + 1)
    return (
        content[:at]
        + draw.choice((b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\r", b"# a comment\n", b"sep=;\n"))
        + content[at:]
    )


def _nothing(_: bytes, draw: Random) -> bytes:
    return draw.choice(
        (b"", b"\n", b"\0", b" ", b"\n\n\n\n", b",", b'"', b"PAR1", b"<html></html>", b"{}", draw.randbytes(5_000))
    )
