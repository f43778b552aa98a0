"""Text and numbers read by a stated format: all rows by the same one, whatever the first row is."""

import re
from typing import Any

import pandas as pd

from recurcast.config.times import EPOCHS, ISO

_DIGITS = {"Y": 4, "G": 4, "f": 9, "j": 3, "q": 1, "u": 1}
_WORDS = {"b": r"[^\W\d_]+", "B": r"[^\W\d_]+", "p": r"[AaPp]\.?[Mm]\.?", "z": r"(?:[zZ]|[+-]\d\d:?\d\d)", "%": "%"}
_DAYS_END = r"(?:^|(?<=[ T]))24:00"
_DAY = pd.Timedelta(days=1)


def parsed(stamps: "pd.Series[Any]", time_format: str, *, utc: bool = False) -> "pd.Series[Any]":
    """Return the times that a format reads, with a zone where it states one; what it can't read is NaT.

    `utc`: times by ISO 8601 state their zone.
    """
    if time_format in EPOCHS:
        unit: Any = EPOCHS[time_format]
        times = pd.to_datetime(pd.to_numeric(stamps, errors="coerce").to_numpy(), unit=unit, errors="coerce")
        return pd.Series(times, index=stamps.index).dt.tz_localize("UTC")
    text = as_text(stamps)
    if time_format == ISO:
        return _with_midnights(text, lambda each: pd.to_datetime(each, format=ISO, errors="coerce", utc=utc))
    if time_format.endswith("*"):
        time_format = time_format[:-1]
        text = text.str.extract(f"^({pattern(time_format)})", expand=False)
    if "%q" in time_format:
        text = text.map(lambda each: _quarter_as_month(each, time_format), na_action="ignore")
        time_format = time_format.replace("%q", "%m")
    if "%V" in time_format and "%u" not in time_format:
        text, time_format = text + " 1", f"{time_format} %u"
    if "%p" in time_format:
        text = text.str.replace(r"([AaPp])\.?\s?([Mm])\.?", r"\1\2", regex=True)
    return _by_day_and_clock(text, time_format)


def _by_day_and_clock(text: "pd.Series[Any]", time_format: str) -> "pd.Series[Any]":
    """Where a program left out 0:00, a day alone is its midnight."""
    found = _with_midnights(text, lambda each: _by_strptime(each, time_format))
    day, *clock = re.split(r"[ ,T]+(?=%[HI])", time_format)
    unread = found.isna()
    if not clock or not unread.any():
        return found
    return found.fillna(pd.to_datetime(text[unread], format=day, errors="coerce", utc="%z" in time_format))


def as_text(stamps: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return stamps as text without blanks around them; whole numbers have no decimals."""
    if pd.api.types.is_float_dtype(stamps) and bool((stamps.dropna() % 1 == 0).all()):
        stamps = stamps.astype("Int64")
    return stamps.astype("str").where(stamps.notna()).str.strip()


def pattern(time_format: str) -> str:
    """Return a regular expression of what a format reads, without groups."""
    parts = re.split(r"%(.)", time_format)
    literal = [re.escape(each) for each in parts[::2]]
    return literal[0] + "".join(_of_code(code) + after for code, after in zip(parts[1::2], literal[1:], strict=True))


def _of_code(code: str) -> str:
    if code in _WORDS:
        return _WORDS[code]
    most = _DIGITS.get(code, 2)
    return rf"\d{{{most}}}" if code in "YG" else rf"\d{{1,{most}}}"


def _quarter_as_month(text: str, time_format: str) -> str | None:
    before, _, after = time_format.partition("%q")
    found = re.fullmatch(f"({pattern(before)})([1-4])({pattern(after)})", text, re.IGNORECASE)
    return None if found is None else f"{found[1]}{3 * int(found[2]) - 2:02d}{found[3]}"


def _with_midnights(text: "pd.Series[Any]", read: Any) -> "pd.Series[Any]":
    """24:00 is the next day's 0:00."""
    times: pd.Series[Any] = read(text)
    unread = times.isna() & text.notna()
    if unread.any():
        late = unread & text.str.contains(_DAYS_END).fillna(value=False)
        if late.any():
            times = times.copy()
            times[late] = read(text[late].str.replace(_DAYS_END, "00:00", regex=True)) + _DAY
    return times


def _by_strptime(text: "pd.Series[Any]", time_format: str) -> "pd.Series[Any]":
    """Days and times of day apart where a blank parts them, because of each there are few: four times as fast."""
    utc = "%z" in time_format
    day, _, clock = time_format.partition(" ")
    if utc or not clock or " " in day or ("%H" not in clock and "%I" not in clock) or len(text) < 1000:
        return pd.to_datetime(text, format=time_format, errors="coerce", utc=utc)
    if len(re.findall("%[YymdbB]", clock)) or not re.search("%d", day):
        return pd.to_datetime(text, format=time_format, errors="coerce")
    parts = text.str.split(" ", n=1, expand=True).reindex(columns=[0, 1])
    days = pd.to_datetime(parts[0], format=day, errors="coerce", cache=True)
    clocks = pd.to_datetime("2000-01-01 " + parts[1], format=f"%Y-%m-%d {clock}", errors="coerce", cache=True)
    return days + (clocks - pd.Timestamp("2000-01-01"))
