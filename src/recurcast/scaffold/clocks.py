"""Whose clock wrote the times: said, stated by them, or shown by zones and by days with an hour more or less."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from recurcast.config import Columns, FileSource
from recurcast.config.times import JoinedTime
from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.labels import tokens
from recurcast.scaffold.moments import Moment
from recurcast.series.joined_times import ZONE_BEHIND, instants_of, wall_clock
from recurcast.series.time_formats import as_text
from recurcast.series.timestamps import STATES_ZONE, read_times
from recurcast.series.zone_labels import by_zone, offset_of, words

_FIELD = "source.timezone"
_PLACES = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Helsinki", "Europe/Lisbon", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Halifax", "America/Anchorage", "America/St_Johns", "Australia/Sydney",
    "Australia/Adelaide", "Pacific/Auckland", "America/Phoenix", "Australia/Brisbane", "Australia/Perth", "Asia/Tokyo",
    "Asia/Seoul", "Europe/Moscow", "Pacific/Honolulu",
)  # fmt: skip
_INSTEAD = "--timezone ZONE"
_OFFSET_IN_A_NAME = re.compile(r"(?:UTC|GMT) ?([+-] ?\d{1,2})(?::?00)?(?![:\d])", re.IGNORECASE)
_IN_SUMMER = {"cest", "mesz"}
_CENTRAL_EUROPE = {"cet", "mez"} | _IN_SUMMER


def guess_timezone(table: pd.DataFrame, moment: Moment, said: Said) -> Guess:
    """Return whose clock wrote the times. Raises DataRejected where they need one, and show none."""
    if said.timezone is not None:
        return Guess(_FIELD, said.timezone, "said on the command line")
    ds = moment.ds
    if isinstance(ds, JoinedTime):
        if ds.period is not None:
            return _of_periods(table, moment)
        if ds.repeated is not None:
            raise _asked(f"'{ds.repeated}' tells repeated hours apart, and they are those of one place's clock")
        if ds.zone is not None:
            return _of_zones(table, moment, table[ds.zone])
        if ds.hour is not None and as_text(table[ds.hour].drop_duplicates()).str.contains(r"\d\s*[ABX*]$").any():
            raise _asked(f"'{ds.hour}' tells repeated hours apart, and they are those of one place's clock")
    stamps = table[moment.columns[0]]
    if moment.time_format is not None and moment.time_format.endswith(ZONE_BEHIND):
        return _of_zones(table, moment, stamps.str.strip().str.rsplit(" ", n=1).str[1])
    return _of_stamps(table, stamps, moment)


def _of_stamps(table: pd.DataFrame, stamps: "pd.Series[Any]", moment: Moment) -> Guess:
    first = str(stamps.iloc[0])
    if len(offsets := _offsets(stamps)) > 1:
        raise DataRejected(
            "times of several offsets are those of one place's clock",
            f"column '{stamps.name}' has {' and '.join(offsets[:3])}",
            "Say whose: --timezone Europe/Amsterdam",
        )
    typed = getattr(stamps.dtype, "tz", None)
    if isinstance(typed, ZoneInfo) and typed.key != "UTC":
        return Guess(_FIELD, typed.key, f"the type of column '{stamps.name}' says so")
    if typed is not None or re.search(STATES_ZONE, first.strip()) or first.endswith(" UTC"):
        return Guess(_FIELD, "UTC", f"times such as '{first}' state their zone")
    if moment.time_format is not None and moment.time_format.startswith("epoch"):
        return Guess(_FIELD, "UTC", "seconds since 1970 are counted in UTC")
    named = _of_names(table, moment)
    if named is not None:
        return named
    why = f"times such as '{first}' state no zone; if a wall clock wrote them, say whose: --timezone Europe/Amsterdam"
    return Guess(_FIELD, "UTC", why, 0.05 if moment.days else 0.3, _INSTEAD)


def _of_names(table: pd.DataFrame, moment: Moment) -> Guess | None:
    """Of a clock that a column's name tells: Time (UTC+01:00), datetime_utc, MTU (CET/CEST)."""
    for name in moment.columns:
        words = tokens(name)
        offset = _OFFSET_IN_A_NAME.search(name)
        if offset is not None or words & {"utc", "gmt"}:
            hours = 0 if offset is None else int(offset[1].replace(" ", ""))
            return Guess(_FIELD, f"Etc/GMT{-hours:+d}" if hours else "UTC", f"column '{name}' says so", 0.05, _INSTEAD)
        if words & _CENTRAL_EUROPE:
            place, told = "Europe/Berlin", "central European time, put forward in summer"
            if not words & _IN_SUMMER and not _reads(table, moment, place):
                place, told = "Etc/GMT-1", "and hours are there that clocks in Europe leave out in spring"
            return Guess(_FIELD, place, f"column '{name}': {told}", 0.3, _INSTEAD)
    return None


def _reads(table: pd.DataFrame, moment: Moment, place: str) -> bool:
    source = FileSource(path="-", columns=Columns(ds=moment.ds), timezone=place, time_format=moment.time_format)
    try:
        instants_of(table, source, pd.Series("", index=table.index))
    except DataRejected as error:
        return "exist" not in error.rule
    return True


def _offsets(stamps: "pd.Series[Any]") -> list[str]:
    if not pd.api.types.is_string_dtype(stamps) and stamps.dtype != object:
        return []
    if not re.search(STATES_ZONE, str(stamps.iloc[0]).strip()):
        return []  # where a later one states a zone, as the first does not, reading them says so
    text = stamps.dropna().astype("str").str.strip()
    return [
        str(each)
        for each in text[text.str.contains(STATES_ZONE)].str.extract(r"([+-]\d{2}:?\d{2})$")[0].dropna().unique()
    ]


def _of_zones(table: pd.DataFrame, moment: Moment, labels: "pd.Series[Any]") -> Guess:
    each = sorted(set(words(labels.drop_duplicates())))
    known = [offset for label in each if (offset := offset_of(label)) is not None]
    if len(known) < len(each):
        raise _asked(f"'{labels.name}' tells summer from winter, and they are those of one place's clock")
    wall = _wall(table, moment)
    for place in _PLACES:
        if _agrees(wall, labels, place):
            told = " and ".join(each)
            doubt = 0.0 if place == "UTC" else 0.3
            return Guess(_FIELD, place, f"the zones {told} are this place's at each row's time", doubt, _INSTEAD)
    if len(set(known)) == 1 and known[0] % 60 == 0:
        hours = -known[0] // 60
        why = f"'{each[0]}' stands on all rows, in summer and winter: a clock that is never put forward"
        return Guess(_FIELD, f"Etc/GMT{hours:+d}" if hours else "UTC", why, 0.2, _INSTEAD)
    raise _asked(f"'{labels.name}' has {' and '.join(each)}, which are no well-known place's at each row's time")


def _wall(table: pd.DataFrame, moment: Moment) -> "pd.Series[Any]":
    ids = pd.Series("", index=table.index)
    if isinstance(moment.ds, JoinedTime):
        return wall_clock(table, moment.ds, moment.time_format, ids)
    assert moment.time_format is not None, "a zone behind the times is part of their format"
    text = as_text(table[moment.ds]).str.rsplit(" ", n=1).str[0]
    return read_times(text, ids, "UTC", moment.ds, moment.time_format.removesuffix(ZONE_BEHIND))


def _agrees(wall: "pd.Series[Any]", labels: "pd.Series[Any]", place: str) -> bool:
    try:
        by_zone(wall, labels, place, pd.Series("", index=wall.index))
    except DataRejected:
        return False
    return True


def _of_periods(table: pd.DataFrame, moment: Moment) -> Guess:
    """Of Great Britain, where they are called so and its short days have fewer; else of no clock that changes, or asked."""
    ds = moment.ds
    assert isinstance(ds, JoinedTime)
    assert ds.period is not None
    sizes = table.groupby([table[c].astype("str") for c in ds.columns if c != ds.period])[ds.period].nunique()
    usual, extra = int(1440 // ds.minutes), 60 // ds.minutes
    changes = int(sizes.iloc[1:-1].isin([usual - extra, usual + extra]).sum())
    if "settlement" in tokens(ds.period):
        return _of_great_britain(table, moment, changes, usual)
    if changes:
        raise _asked(
            f"'{ds.period}' has {changes} days of {usual - extra} or {usual + extra} periods: one place's clock"
        )
    why = "days state no zone; if a wall clock wrote them, say whose: --timezone Europe/Amsterdam"
    return Guess(_FIELD, "UTC", why, 0.4, _INSTEAD)


def _of_great_britain(table: pd.DataFrame, moment: Moment, changes: int, usual: int) -> Guess:
    columns, place = Columns(ds=moment.ds), "Europe/London"
    source = FileSource(path="-", columns=columns, timezone=place, time_format=moment.time_format)
    try:
        instants_of(table, source, pd.Series("", index=table.index))
    except DataRejected as error:
        if not changes and error.timestamps and "fit in it" in error.rule:
            day = error.timestamps[0].partition(",")[0]
            why = (
                f"settlement periods are Great Britain's, and yet all days have {usual}, {day} too, on which its clocks change: "
                "a clock that never does"
            )
            return Guess(_FIELD, "UTC", why, 0.5, f"--timezone {place}")
    why = f"settlement periods are Great Britain's; days with an hour more or less: {changes}"
    return Guess(_FIELD, place, why, 0.1, _INSTEAD)


def _asked(found: str) -> DataRejected:
    return DataRejected(
        "hours that come twice are settled by their place's clock", found, "Say whose: --timezone Europe/Amsterdam"
    )
