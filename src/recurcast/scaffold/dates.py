"""Whether a column holds dates, and how they are written: of two readings the one that makes the times regular."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config.times import EPOCHS
from recurcast.scaffold.guess import Said
from recurcast.scaffold.labels import ending, tokens
from recurcast.series.format_finding import formats_of, is_date_alone, nearest_format
from recurcast.series.iso_times import iso_times
from recurcast.series.time_formats import as_text, parsed

_WORDS = {
    "ds", "timestamp", "datetime", "date", "time", "day", "week", "month", "period", "quarter", "yearmonth", "ym", "epoch",
    "unix", "datum", "fecha", "data", "dato", "zeit", "mtu", "year", "yr", "ts", "dt", "instant", "when", "observation",
    "zeitstempel", "zeitpunkt", "tijdstip", "horodate", "yyyymmdd", "yyyymmddhh",
}  # fmt: skip
_LOOKED_AT, _LOOKED_AT_OF_A_CELL = 500, 100
_DATED = re.compile(
    r"\d.*[-/.: ].*\d|\d{8}T|\d{4}.?[QqMmWw]\d|[Qq]\d.*\d{4}|^\d{8}$|\d{4}年\d|[^\W\d_]{3,9}.*\d|\d.*[^\W\d_]{3,9}"
)
_FIRST_SECOND, _LAST_SECOND = 300_000_000, 4_000_000_000  # 1979 to 2096
_SCALES = {"epoch_s": 1, "epoch_ms": 10**3, "epoch_us": 10**6, "epoch_ns": 10**9}
_CLEARLY = 1.5
_MIDNIGHT = r"[ T](?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? ?[Aa][Mm])(?:Z|\+00:00)?$"
_TO_AND_FRO = 0.5


@dataclass(frozen=True)
class Dates:
    """How a column's dates are written, and what is told of that."""

    time_format: str | None
    date_alone: bool
    told: str = ""
    doubt: float = 0.0
    instead: str = ""
    ending: str | None = None
    """How long the steps are whose ends the times are: 24:00 stands among them, and 0:00 does not."""


def dates_in(values: "pd.Series[Any]", said: Said) -> Dates | None:
    """Return how a column's dates are written; none where it holds none."""
    name = str(values.name)
    if pd.api.types.is_datetime64_any_dtype(values):
        bare = values.dt.tz_localize(None) if values.dt.tz is not None else values
        return Dates(None, bool((bare.dropna() == bare.dropna().dt.normalize()).all()))
    if values.isna().all() or pd.api.types.is_bool_dtype(values):
        return None
    stated = said.time == name
    if pd.api.types.is_numeric_dtype(values):
        return _of_numbers(values, stated=stated) if stated or tokens(name) & _WORDS else None
    text = values.dropna().astype("str").str.strip()
    sample = text.iloc[:: max(1, len(text) // _LOOKED_AT)].str.slice(0, _LOOKED_AT_OF_A_CELL)
    if sample.map(lambda each: bool(_DATED.search(each))).mean() < 0.9 and not (stated or tokens(name) & _WORDS):
        return None
    formats = [each for each in formats_of(values) if _allowed(each, said)]
    if not formats:
        return _nearly(values, sample) if said.day_first is None else None
    told = _told(values, *_most_regular(values, formats), formats)
    if not told.date_alone and text.str.contains(_MIDNIGHT, regex=True).all():
        told = replace(told, date_alone=True)
    return replace(told, ending=_length_of_ends(values, told.time_format)) if _has_ends(text) else told


def _has_ends(text: "pd.Series[str]") -> bool:
    if iso_times(text) is not None:  # which has no hour 24
        return False
    ends = text.str.contains(r"[ T]24:00", regex=True)
    return bool(ends.any()) and not text.str.contains(r"[ T]0?0:00(?::00)?$", regex=True).any()


def _length_of_ends(values: "pd.Series[Any]", time_format: str | None) -> str | None:
    if time_format is None:
        return None
    times = parsed(values.head(_LOOKED_AT), time_format).drop_duplicates().sort_values()
    step = times.diff().dropna().mode()
    return None if step.empty or step.iloc[0] > pd.Timedelta("1h") else str(ending(step.iloc[0])["ending"])


def is_called_a_time(name: str) -> bool:
    """Return whether a column is called as those are that hold dates or times."""
    return bool(tokens(name) & _WORDS)


def are_dates(values: "pd.Series[Any]") -> bool:
    """Return whether text holds dates, by a few of its rows."""
    text = values.dropna().astype("str").str.strip()
    sample = text.iloc[:: max(1, len(text) // _LOOKED_AT)].str.slice(0, _LOOKED_AT_OF_A_CELL)
    return not sample.empty and bool(sample.map(lambda each: bool(_DATED.search(each))).all() and formats_of(sample))


def _nearly(values: "pd.Series[Any]", sample: "pd.Series[str]") -> Dates | None:
    """Dates that a row or two spoil: reading them by the format of the others names these."""
    usual = nearest_format(values)
    if usual is not None:
        return Dates(usual, is_date_alone(usual))
    if sample.str.fullmatch(r"\d{1,2}:\d\d(:\d\d)?").all() or not sample.str.contains(r"\d{4}|\d[-/.]\d").mean() > 0.9:
        return None
    try:
        read = pd.to_datetime(sample, errors="coerce", format="mixed", utc=True)
    except (ValueError, OverflowError):
        return None
    return Dates(None, date_alone=False) if read.notna().mean() > 0.9 else None


def _allowed(time_format: str | None, said: Said) -> bool:
    if said.day_first is None or time_format is None or not {"%d", "%m"} <= set(re.findall("%.", time_format)):
        return True
    if re.match(r"%[Yy].%m", time_format):
        return True
    return (time_format.index("%d") < time_format.index("%m")) == said.day_first


def _of_numbers(values: "pd.Series[Any]", *, stated: bool) -> Dates | None:
    numbers = values.dropna()
    if len(numbers) < len(values) or not (numbers % 1 == 0).all():
        return None
    lengths = as_text(values.head(_LOOKED_AT)).str.len()
    formats = [each for each in formats_of(values) if each is not None] if lengths.between(4, 14).all() else []
    if not formats:
        return _of_epoch(numbers)
    years = formats == ["%Y"]
    if years and not stated and not tokens(str(values.name)) & {"year", "yr", "date", "time", "ds", "period"}:
        return None
    if years and values.duplicated().any() and not stated:
        return None
    read = _date(parsed(values.head(1), formats[0]).iloc[0])
    return Dates(formats[0], is_date_alone(formats[0]), f"; {int(values.iloc[0])} is read as {read}")


def _of_epoch(numbers: "pd.Series[Any]") -> Dates | None:
    for name in EPOCHS:
        if numbers.between(_FIRST_SECOND * _SCALES[name], _LAST_SECOND * _SCALES[name]).all():
            unit = {"epoch_s": "seconds", "epoch_ms": "milliseconds"}.get(name, EPOCHS[name])
            return Dates(name, date_alone=False, told=f"; numbers are {unit} since 1970, in UTC")
    return None


def _most_regular(values: "pd.Series[Any]", formats: list[str | None]) -> tuple[str | None, float]:
    """The format whose times lie evenly, and how unsure it is: 0 where others would leave many more steps empty."""
    if len(formats) == 1 or formats[0] is None:
        return formats[0], 0.0
    text = as_text(values.dropna()).drop_duplicates()
    filled = {each: _filled(parsed(text, each.removesuffix(" %Z"))) for each in formats if each is not None}
    best = max(filled, key=lambda each: filled[each])
    others = [share for each, share in filled.items() if each != best]
    sure = filled[best] > _CLEARLY * max(others)
    return (best, 0.0) if sure else (next(iter(filled)), 0.9)


def _filled(times: "pd.Series[Any]") -> float:
    """The share of evenly spaced times, as many as the usual gap makes, that are there; half where the rows leap to and fro."""
    seconds = times.astype("datetime64[s]").astype("int64").to_numpy()
    gaps = np.diff(np.unique(seconds))
    if len(gaps) < 2 or (gaps <= 0).any():
        return 0.0
    steps = np.diff(seconds)
    one_way = 1.0 if (steps >= 0).all() or (steps <= 0).all() else _TO_AND_FRO
    return one_way * (len(gaps) + 1) / (gaps.sum() / float(np.median(gaps)) + 1)


def _told(values: "pd.Series[Any]", chosen: str | None, doubt: float, formats: list[str | None]) -> Dates:
    if chosen is None:
        return Dates(None, bool(values.dropna().astype("str").str.strip().str.len().max() <= len("2024-01-01")))
    first = as_text(values.dropna()).iloc[0]
    read = parsed(
        pd.Series([first.rsplit(" ", 1)[0] if chosen.endswith(" %Z") else first]), chosen.removesuffix(" %Z")
    ).iloc[0]
    read_as = f"'{first}' is read as {_date(read)}"
    if chosen.endswith("*"):
        read_as += ", the start of an interval"
    if len(formats) == 1 or any("%q" in each for each in formats if each is not None):
        return Dates(chosen, is_date_alone(chosen), f"; {read_as}")
    order, instead = ("day first", "--month-first") if _day_comes_first(chosen) else ("month first", "--day-first")
    if doubt:
        told = f"; read {order}, and the other way round would fit as well: {instead}; {read_as}"
        return Dates(chosen, is_date_alone(chosen), told, doubt, instead)
    return Dates(chosen, is_date_alone(chosen), f"; read {order}, which makes the times regular; {read_as}")


def _day_comes_first(time_format: str) -> bool:
    return time_format.find("%d") < time_format.find("%m")


def _date(read: pd.Timestamp) -> str:
    clock = f" {read:%H:%M}" if read != read.normalize() else ""
    return f"{read.day} {read.month_name()} {read.year}{clock}"
