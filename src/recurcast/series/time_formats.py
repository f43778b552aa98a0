"""Text and numbers read by a stated format: all rows by the same one, whatever the first row is."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recurcast.config.times import EPOCHS, ISO

_DIGITS = {"Y": 4, "G": 4, "f": 9, "j": 3, "q": 1, "u": 1}
_WORDS = {"b": r"[^\W\d_]+", "B": r"[^\W\d_]+", "p": r"[AaPp]\.?[Mm]\.?", "z": r"(?:[zZ]|[+-]\d\d:?\d\d)", "%": "%"}
_DAY_OR_MONTH_FIRST = re.compile("%[md](?:%[YmdHMS])+")
_DAYS_END = r"(?:^|(?<=[ T]))24:00"
_DAY = pd.Timedelta(days=1)
_MANY = 1_000


def parsed(stamps: "pd.Series[Any]", time_format: str, *, utc: bool = False) -> "pd.Series[Any]":
    """Return the times that a format reads, with a zone where it states one; what it can't read is NaT.

    `utc`: times by ISO 8601 state their zone.
    """
    if time_format in EPOCHS:
        unit: Any = EPOCHS[time_format]
        times = pd.to_datetime(pd.to_numeric(stamps, errors="coerce").to_numpy(), unit=unit, errors="coerce")
        return pd.Series(times, index=stamps.index).dt.tz_localize("UTC")
    text = as_text(stamps)
    if pd.api.types.is_numeric_dtype(stamps) and _DAY_OR_MONTH_FIRST.fullmatch(time_format):
        short = text.str.len() == sum(_DIGITS.get(code, 2) for code in time_format[1::2]) - 1
        text = text.where(~short, "0" + text)  # pandas took 01022024 for a number
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
    found = _by_day_and_clock(text, time_format)
    unread = found.isna()
    if "%p" in time_format and unread.any():
        spelled = text[unread].str.replace(r"([AaPp])\.?\s?([Mm])\.?", r"\1\2", regex=True)
        found = found.fillna(_by_day_and_clock(spelled, time_format))
    return found


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
    """Days and times of day apart where a blank parts them: of each there are few, and each is read once."""
    utc = "%z" in time_format
    day, _, clock = time_format.partition(" ")
    apart = re.fullmatch(r"(?:[^%]|%[YymdbB])*%[Yymdb](?:[^%]|%[YymdbB])*", day) and re.match("%[HI]", clock)
    if not apart or utc or len(text) < _MANY:
        return pd.to_datetime(text, format=time_format, errors="coerce", utc=utc)
    parts = pc.split_pattern(pa.array(text, type=pa.large_string(), from_pandas=True), pattern=" ", max_splits=1)
    if pc.min_max(pc.list_value_length(parts))["min"].as_py() != 2 or parts.null_count:
        return pd.to_datetime(text, format=time_format, errors="coerce")
    flat = pc.list_flatten(parts)
    days = _each_once(flat.take(pa.array(np.arange(0, len(flat), 2))), "", day)
    clocks = _each_once(flat.take(pa.array(np.arange(1, len(flat), 2))), "2000-01-01 ", f"%Y-%m-%d {clock}")
    return pd.Series(days + (clocks - np.datetime64("2000-01-01")), index=text.index)


def _each_once(words: Any, before: str, time_format: str) -> "np.ndarray[Any, Any]":
    encoded = words.dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    each = before + pd.Series(encoded.dictionary.to_pandas(), dtype="str")
    read = pd.to_datetime(each, format=time_format, errors="coerce").to_numpy(dtype="datetime64[us]")
    return np.asarray(read[encoded.indices.to_numpy(zero_copy_only=False)])
