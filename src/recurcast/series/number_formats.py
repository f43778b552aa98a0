"""How a column of texts writes its numbers, decided over all of its rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from recurcast.config.reading import NumberFormat
from recurcast.series.number_reader import NumberReader, trimmed

_SIGNS = ((".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
_USUAL_DECIMAL = {"": ".", ",": ".", ".": ",", " ": ".", "'": "."}
_CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RUB|BRL|ZAR|KRW|TRY|MXN|SGD|HKD"
_PARTS = re.compile(
    rf"\(? ?[-+]? ?([A-Z]{{0,3}}[$€£¥₹₽₩₺₪฿₫]|{_CODES}|Rs\.?|kr\.?)? ?[-+]? ?"
    r"([0-9.,'](?:[0-9.,' ]*[0-9.,'])?(?:[eE][-+]?[0-9]+)?) ?((?:[^\W0-9_]|[%‰°$€£¥])[^()]{0,19}?)? ?-? ?\)? ?([$€£%])?"
)
_MONEY = re.compile(rf"[$€£¥₹₽₩₺₪฿₫]|^(?:{_CODES}|kr\.?|zł)$")
_MISSING = frozenset(
    ("-", "--", "---", "–", "—", ".", "..", "...", "*", "?", "na", "n.a", "n.a.", "nd", "n.d", "n.d.", "n/d", "n/e", "n.v.",
     "k.a.", "s/d", "#n/a", "missing", "none", "nodata", "null", "no data", "not available")
)  # fmt: skip
_SHAPE = str.maketrans("123456789", "999999999")
_PLAIN = re.compile(r"\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*")
_DATE = re.compile(r"[09]{1,4}([. ])[09]{1,2}\1[09]{2,4}")
_NEARLY = 0.5
_CERTAIN, _LIKELY, _UNSURE, _GUESSED = 0.0, 0.1, 0.3, 0.5


@dataclass(frozen=True)
class Written:
    """How a column writes its numbers: none is plainly, as pandas reads it; and how unsure that is."""

    how: NumberFormat | None
    why: str
    doubt: float = _CERTAIN
    decimal: str | None = None
    """The decimal sign where one is there and told from all others."""

    @property
    def other_decimal(self) -> str:
        """Return the decimal sign that would have its numbers read the other way."""
        how = self.how or NumberFormat()
        return "." if how.decimal == "," else ","


@dataclass(frozen=True)
class Nearly:
    """A column most of whose texts are numbers: how many are not, and one of them."""

    share: float
    other: str


@dataclass(frozen=True)
class Beside:
    """What the rest of the file says of a column's signs: the separator of columns, and other columns' decimal sign."""

    delimiter: str = ","
    decimal: str | None = None
    said: str | None = None


def decide(texts: Sequence[str], beside: Beside | None = None) -> Written | None:
    """Return how distinct texts write numbers; none where they don't, or not all of them."""
    found = look(texts, beside)
    return found if isinstance(found, Written) else None


def look(texts: Sequence[str], beside: Beside | None = None) -> Written | Nearly | None:
    """Return how distinct texts write numbers, or how nearly all do; none where few are any."""
    found = _looked_at(texts, beside or Beside())
    blank = any(not trimmed(text) for text in texts)
    # A cell of blanks is no number to pandas, so that it takes a format to read the column.
    return replace(found, how=NumberFormat()) if blank and isinstance(found, Written) and found.how is None else found


def _looked_at(texts: Sequence[str], beside: Beside) -> Written | Nearly | None:
    shapes = {trimmed(text).translate(_SHAPE): text for text in texts}
    shapes.pop("", None)
    missing = {shape: text for shape, text in shapes.items() if shape.lower() in _MISSING}
    numbers = {shape: text for shape, text in shapes.items() if shape not in missing}
    parts = {shape: _PARTS.fullmatch(shape) for shape in numbers}
    bodies = {shape: found[2] for shape, found in parts.items() if found is not None and re.search("[09]", found[2])}
    dates = sum(_DATE.fullmatch(body) is not None for body in bodies.values())
    if len(bodies) < _NEARLY * len(numbers) or not bodies or (dates == len(bodies) and not _thousands(bodies.values())):
        return None
    units = _units(numbers, parts)
    strangers = [numbers[shape] for shape in numbers if shape not in bodies or _is_name(bodies[shape])]
    if len(strangers) > _NEARLY * len(numbers):
        return None
    if strangers or len(units) > 1:
        other = strangers[0] if strangers else f"{units[0]}' beside '{units[1]}"
        return Nearly(1 - len(strangers) / len(numbers), other)
    unit = units[0] if units else ""
    fixed = {"unit": unit, "missing": tuple(sorted({trimmed(text) for text in missing.values()}))}
    fitting = [how for how in _formats(bodies, fixed, beside.said) if _reads(how, numbers)]
    if not fitting:
        return _nearest(texts, bodies, fixed)
    if len(fitting) == 1:
        return _certain(fitting[0], bodies, plain=all(_PLAIN.fullmatch(text) for text in numbers.values()))
    return _resolved(fitting, list(bodies.values()), beside)


def _units(numbers: Mapping[str, str], parts: Mapping[str, re.Match[str] | None]) -> list[str]:
    """The units that stand beside the numbers, the usual first; the empty one where some numbers other than 0 lack it."""
    found: dict[str, int] = {}
    for shape, match in parts.items():
        if match is None:
            continue
        unit = _unit_of(numbers[shape])
        if unit or re.search("9", match[2]):
            found[unit] = found.get(unit, 0) + 1
    return sorted(found, key=lambda unit: -found[unit])


def _unit_of(text: str) -> str:
    match = _PARTS.fullmatch(trimmed(text))
    stated = [each for each in (match[1], match[3], match[4]) if each] if match else []
    return " ".join(each.strip() for each in stated)


def _thousands(bodies: Iterable[str]) -> bool:
    """Whether what might be a date is groups of three digits."""
    return all(re.fullmatch(r"[09]{1,3}(?:[. ][09]{3})+", body) for body in bodies)


def _is_name(body: str) -> bool:
    """Whether a number with leading zeros stands there, as names of shops and stations are written."""
    return re.fullmatch("0[09]+", body) is not None


def _formats(bodies: Mapping[str, str], fixed: Mapping[str, object], said: str | None) -> list[NumberFormat]:
    together = "".join(bodies.values())
    return [
        NumberFormat.model_validate({"decimal": decimal, "thousands": thousands, **fixed})
        for decimal, thousands in _SIGNS
        if thousands in together
        and (said is None or decimal == said)
        and (decimal in together or decimal == (said or _USUAL_DECIMAL[thousands]))
    ]


def _reads(how: NumberFormat, numbers: Mapping[str, str]) -> bool:
    reader = NumberReader(how)
    return all(reader.number(text) is not None for text in numbers.values())


def _nearest(texts: Sequence[str], bodies: Mapping[str, str], fixed: Mapping[str, object]) -> Nearly | None:
    found: list[Nearly] = []
    for how in _formats(bodies, fixed, None):
        reader = NumberReader(how)
        bad = [text for text in texts if reader.number(text) is None]
        found += [Nearly(1 - len(bad) / len(texts), bad[0])] if bad else []
    return max(found, key=lambda each: each.share, default=None)


def _certain(how: NumberFormat, bodies: Mapping[str, str], *, plain: bool) -> Written:
    decimal = how.decimal if any(how.decimal in body for body in bodies.values()) else None
    plain = plain and not (how.unit or how.missing or how.thousands) and decimal != ","
    signs = f"decimal '{decimal}'" if decimal else "whole numbers"
    signs += f", thousands {how.thousands!r}" if how.thousands else ""
    return Written(None if plain else how, f"all rows are read so: {signs}", decimal=decimal)


def _resolved(fitting: Sequence[NumberFormat], bodies: Sequence[str], beside: Beside) -> Written:
    """Of one sign with three digits behind it each time: is it the decimal sign, or between thousands?"""
    sign = next(each.thousands for each in fitting if each.thousands)
    grouped, single = (
        next(each for each in fitting if each.thousands == sign),
        next(each for each in fitting if each.thousands != sign),
    )
    plainly = None if single == NumberFormat() else single
    whole = [body for body in bodies if sign not in body]
    if _MONEY.search(single.unit):
        return Written(
            grouped, f"'{sign}' has three digits behind it in every row, and money has no thousandths", _LIKELY
        )
    ends_in_zero = any(sign in body and body.endswith("0") for body in bodies)
    example = next(body for body in bodies if sign in body)
    question = f"'{sign}' has three digits behind it in every row, as in the shape {example}"
    if beside.decimal is not None:
        chosen = single if beside.decimal == sign else grouped
        why, doubt = f"{question}; other columns' decimal sign is '{beside.decimal}'", _LIKELY
    elif whole:
        small = all(len(body) <= 3 for body in whole)
        chosen = grouped if small else single
        rest = "below 1000, which are written without it" if small else "of four digits and more without it"
        why, doubt = f"{question}; beside them stand whole numbers {rest}", _LIKELY if ends_in_zero else _UNSURE
    elif sign == ",":
        chosen = grouped if beside.delimiter == "," else single
        why, doubt = (
            f"{question}; columns are separated by {beside.delimiter!r}",
            _UNSURE if chosen is grouped else _GUESSED,
        )
    else:
        chosen, doubt = single, _GUESSED if beside.delimiter == ";" else _LIKELY
        why = f"{question}; taken for the decimal sign"
    return Written(plainly if chosen is single else grouped, why, doubt)
