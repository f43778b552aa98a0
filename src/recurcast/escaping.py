"""Texts of users in other languages: markdown, HTML, a spreadsheet's cells, a terminal's lines. Nothing of them acts there."""

import re
from html import escape

_SIGNS = re.compile(r"([\\`*_{}\[\]|#~])")
_OPENING = re.compile(r"^(?:([-+=])|(\d+)([.)]))")
"""What begins a list or underlines a title, if it stands first."""
_EVALUATED = "=+-@\t\r\n＝＋－＠"
_FORMULA = re.compile(rf"'*[{re.escape(_EVALUATED)}]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def in_markdown(text: str) -> str:
    """Return the text in one line as it is, whatever of it markdown or HTML would take for its own.

    `<`, `>` and `&` become entities: MLflow's page knows no backslash before them.
    """
    line = escape(" ".join(text.split()), quote=False)
    line = _SIGNS.sub(r"\\\1", line)
    return _OPENING.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line)


def in_html(text: str) -> str:
    """Return the text as it is where a little HTML would be obeyed, as in a title of plotly's."""
    return escape(text, quote=False)


def in_spreadsheet(text: str) -> str:
    """Return the text so that no spreadsheet evaluates it: with an apostrophe before it where one would.

    It comes before apostrophes too that such a text begins with, so that one taken off each gives every text back.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def in_terminal(text: str) -> str:
    """Return the text with signs that would steer a terminal spelled out, such as `\\x1b`."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)
