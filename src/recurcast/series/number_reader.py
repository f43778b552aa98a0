"""What a text writes as a number, read by one format: signs of fraction and thousands, unit, words for what is missing."""

import re

from recurcast.config.reading import NumberFormat

_MINUS = str.maketrans(dict.fromkeys("−﹣－", "-") | dict.fromkeys("’ʼ", "'"))
_SPACES = re.compile(r"\s+")


class NumberReader:
    """Reads texts of one format; made once per column."""

    def __init__(self, how: NumberFormat) -> None:
        self.how = how
        self._missing = frozenset(trimmed(text) for text in how.missing)
        self._pattern = _pattern(how)

    def number(self, text: str) -> float | None:
        """Return the number that a text writes, NaN where it stands for a missing value, None where it is neither."""
        text = trimmed(text)
        if not text or text in self._missing:
            return float("nan")
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        opened, before, after, body, behind, closed = found.groups()
        signs = [each for each in (before, after, behind) if each] + (["("] if opened else [])
        if len(signs) > 1 or bool(opened) != bool(closed):
            return None
        if self.how.thousands:
            body = body.replace(self.how.thousands, "")
        value = float(body.replace(self.how.decimal, "."))
        return -value if signs and signs[0] in "-(" else value


def _pattern(how: NumberFormat) -> re.Pattern[str]:
    decimal, thousands = re.escape(how.decimal), re.escape(how.thousands)
    exponent = "(?:[eE][-+]?[0-9]+)?"
    body = f"[0-9]+(?:{decimal}[0-9]*)?{exponent}|{decimal}[0-9]+{exponent}"
    if thousands:
        inner = f"(?:{thousands}[0-9]{{{'2,3' if how.thousands == ',' else '3'}}})*"
        body = f"[1-9][0-9]{{0,2}}{inner}{thousands}[0-9]{{3}}(?:{decimal}[0-9]*)?|{body}"
    unit = f"(?:{re.escape(trimmed(how.unit))})?" if how.unit else ""
    return re.compile(rf"(\()? ?([-+])? ?{unit} ?([-+])? ?({body}) ?{unit} ?(-)? ?(\))? ?{unit}")


def trimmed(text: str) -> str:
    """Return a text whose spaces, minus signs and apostrophes of all kinds are the usual ones."""
    return _SPACES.sub(" ", text.translate(_MINUS)).strip()
