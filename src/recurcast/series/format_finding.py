"""Which formats dates could be written in: those of a known shape that read every row."""

import re
from typing import Any

import pandas as pd

from recurcast.config.times import ISO
from recurcast.series.iso_times import iso_times
from recurcast.series.time_formats import as_text, parsed
from recurcast.series.zone_labels import offset_of

_LOOKED_AT, _LONGEST, _NEARLY = 300, 100, 0.9
_ALL = 20_000
"""Of more rows some are looked at: whichever the one format can't read is named where all are read."""
_NAME = r"[^\W\d_]{3,9}"
_DATES = (
    (r"\d{4}(?P<s>[-/. ])\d{1,2}(?P=s)\d{1,2}", ("%Y{s}%m{s}%d",)),
    (r"\d{1,2}(?P<s>[-/. ])\d{1,2}(?P=s)\d{4}", ("%m{s}%d{s}%Y", "%d{s}%m{s}%Y")),
    (r"\d{1,2}(?P<s>[-/. ])\d{1,2}(?P=s)\d{2}", ("%m{s}%d{s}%y", "%d{s}%m{s}%y", "%y{s}%m{s}%d")),
    (r"\d{14}(?P<s>)$", ("%Y%m%d%H%M%S",)),
    (r"\d{12}(?P<s>)$", ("%Y%m%d%H%M",)),
    (r"\d{10}(?P<s>)$", ("%Y%m%d%H",)),
    (r"\d{8}(?P<s>)", ("%Y%m%d", "%m%d%Y", "%d%m%Y")),
    (rf"\d{{1,2}}(?P<s>[-/. ]?){_NAME}(?P=s)\d{{4}}", ("%d{s}%b{s}%Y", "%d{s}%B{s}%Y")),
    (rf"\d{{1,2}}(?P<s>[-/. ]?){_NAME}(?P=s)\d{{2}}", ("%d{s}%b{s}%y", "%d{s}%B{s}%y")),
    (rf"{_NAME} \d{{1,2}}(?P<s>,?) \d{{4}}", ("%b %d{s} %Y", "%B %d{s} %Y")),
    (rf"{_NAME}(?P<s>[-/. ,']*)\d{{4}}", ("%b{s}%Y", "%B{s}%Y")),
    (rf"{_NAME}(?P<s>[-/. ']*)\d{{2}}", ("%b{s}%y", "%B{s}%y")),
    (r"\d{4}(?P<s>[-/: .]?)[Qq][1-4]", ("%Y{s}Q%q",)),
    (r"[Qq][1-4](?P<s>[-/: .]?)\d{4}", ("Q%q{s}%Y",)),
    (r"\d{4}(?P<s>[-/: .]?)[Mm]\d{1,2}", ("%Y{s}M%m",)),
    (r"\d{4}(?P<s>[-/: .]?)[Ww]\d{1,2}", ("%G{s}W%V",)),
    (r"\d{4}(?P<s>年)\d{1,2}月\d{1,2}日", ("%Y年%m月%d日",)),
    (r"\d{4}(?P<s>年)\d{1,2}月", ("%Y年%m月",)),
    (rf"\d{{4}}(?P<s>[-/. ]?){_NAME}", ("%Y{s}%b", "%Y{s}%B")),
    (r"\d{4}(?P<s>[-/.:])[1-4](?!\d)", ("%Y{s}%m", "%Y{s}%q")),
    (r"\d{4}(?P<s>[-/.:])\d{1,2}(?!:)", ("%Y{s}%m",)),
    (r"\d{1,2}(?P<s>[-/.])\d{4}", ("%m{s}%Y",)),
    (r"(?:1[6-9]|2[0-2])\d\d(?:0[1-9]|1[0-2])(?P<s>)", ("%Y%m",)),
    (r"(?:1[6-9]|2[0-2])\d\d(?P<s>)", ("%Y",)),
)
_CLOCK = re.compile(
    r"(?P<gap>T|[ ,]+|(?<=\d{4}):)(?P<hour>\d{1,2})"
    r"(?:(?P<colon>[:.])(?P<minute>\d{2})(?P<second>(?P=colon)\d{2})?(?P<part>[.,]\d{1,9})?"
    r"|(?P<compact>\d{2})?)(?P<half>(?P<space>\s?)[AaPp]\.?[Mm]\.?)?(?P<zone>(?P<before>\s?)(?:[zZ]|[+-]\d\d:?\d\d))?"
)
_INTERVAL = re.compile(r"\s*(?:-|\N{EN DASH}|\N{EM DASH}|to|/|~|bis|\.\.)\s*(?=\S)")
_ABBREVIATION = re.compile(r" ([A-Z]{3,5})$")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\s?(?:[zZ]|UTC|[+-]\d\d(?::?\d\d)?))?)?$")


def formats_of(stamps: "pd.Series[Any]") -> tuple[str | None, ...]:
    """Return the formats that read every stamp, month before day where both do; none as one of ISO 8601 that needs none said."""
    text = as_text(stamps.dropna())
    if text.empty:
        return ()
    if iso_times(text) is not None:
        return (None,)
    sample = text.iloc[:: max(1, len(text) // _LOOKED_AT)].str.slice(0, _LONGEST).tolist()
    if all(_ISO.match(each) for each in sample):
        whole = text.str.len().nunique() == 1 and not text.str.contains("[ T]24:", regex=True).any()
        return (None,) if whole or not _reads(ISO, text) else (ISO,)
    shapes = [_formats_of_one(each) for each in dict.fromkeys((sample[0], max(sample, key=len), sample[-1]))]
    found = [each for each in dict.fromkeys(each for shape in shapes for each in shape) if _reads_some(each, sample)]
    some = text if len(text) <= _ALL else pd.concat([text.iloc[:: len(text) // _ALL], text.tail(1)])
    fitting = [each for each in found if _reads(each, some)]
    return tuple(fitting if len(fitting) <= 1 else (each for each in fitting if _reads(each, text)))


def nearest_format(stamps: "pd.Series[Any]") -> str | None:
    """Return the format that reads nearly all stamps, where a few spoil every one; none where none does."""
    text = as_text(stamps.dropna())
    sample = text.iloc[:: max(1, len(text) // _LOOKED_AT)].str.slice(0, _LONGEST)
    if sample.str.match(_ISO).mean() > _NEARLY:
        return None if _share_read(ISO, sample) == 1 else ISO
    each = dict.fromkeys(found for cell in sample.iloc[:: max(1, len(sample) // 9)] for found in _formats_of_one(cell))
    shares = {time_format: _share_read(time_format, sample) for time_format in each}
    best = max(shares, key=lambda time_format: shares[time_format], default=None)
    return best if best is not None and shares[best] > _NEARLY else None


def is_date_alone(time_format: str) -> bool:
    """Return whether a format has no time of day."""
    return time_format != ISO and re.search("%[HI]", time_format) is None


def _formats_of_one(text: str) -> list[str]:
    for shape, formats in _DATES:
        match = re.match(shape, text)
        if match is None:
            continue
        date_end, sign = match.end(), match["s"].replace("%", "%%")
        clock = _CLOCK.match(text, date_end)
        ends = [(clock.end(), _clock_format(clock))] if clock is not None else []
        for end, after in [*ends, (date_end, "")]:
            tail = _tail(text[end:])
            if tail is not None:
                return [each.format(s=sign) + after + tail for each in formats]
    return []


def _clock_format(clock: re.Match[str]) -> str:
    hour = "%I" if clock["half"] else "%H"
    if clock["colon"] is None:
        rest = "%M" if clock["compact"] else ""
    else:
        rest = f"{clock['colon']}%M"
        rest += f"{clock['colon']}%S" if clock["second"] else ""
        rest += f"{clock['part'][0]}%f" if clock["part"] else ""
    half = f"{clock['space']}%p" if clock["half"] else ""
    zone = f"{clock['before']}%z" if clock["zone"] else ""
    return f"{clock['gap']}{hour}{rest}{half}{zone}"


def _tail(rest: str) -> str | None:
    """What follows the time: nothing, a zone by name, or the end of an interval."""
    if not rest.strip():
        return ""
    zone = _ABBREVIATION.fullmatch(rest)
    if zone is not None and offset_of(zone[1]) is not None:
        return " %Z"
    interval = _INTERVAL.match(rest)
    return f"{interval[0]}*" if interval is not None else None


def _reads_some(time_format: str, sample: list[str]) -> bool:
    return _reads(time_format, pd.Series(sample, dtype="str"))


def _reads(time_format: str, text: "pd.Series[Any]") -> bool:
    return _share_read(time_format, text) == 1


def _share_read(time_format: str, text: "pd.Series[Any]") -> float:
    if time_format.endswith(" %Z"):
        time_format, text = time_format.removesuffix(" %Z"), text.str.rsplit(" ", n=1).str[0]
    try:
        return float(parsed(text, time_format, utc=True).notna().mean())
    except (ValueError, OverflowError):
        return 0.0
