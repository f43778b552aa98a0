"""Where a table tells the time: in a column, or in several that belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from recurcast.config.times import JoinedTime
from recurcast.errors import DataRejected
from recurcast.scaffold.dates import dates_in
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.labels import Labels, hours_in, is_a_name, periods_in, times_in, tokens, zones_in
from recurcast.scaffold.time_columns import column_of_times
from recurcast.scaffold.timeless import without_times
from recurcast.series.iso_times import told_apart
from recurcast.series.time_formats import as_text

_YEARS, _MONTHS, _DAYS = (
    {"year", "yr", "yyyy", "yy", "jahr", "jaar", "annee", "anno", "ano", "rok"},
    {"month", "mo", "mm", "mnth", "monat", "maand", "mois", "mese", "mes", "miesiac"},
    {"day", "dom", "tag", "dag", "jour", "dia", "giorno", "dd", "dy"},
)
_MINUTES = {"minute", "minutes", "min", "mm", "mn"}
_ONE_OF_TIMES = 0.15
_FEW_REPEAT = 0.05


@dataclass(frozen=True)
class Moment:
    """How the time is told: what stands in `columns.ds`, how dates are written, whose clock it is if the data show that."""

    ds: str | JoinedTime
    time_format: str | None
    guess: Guess
    days: bool = False
    """Dates, without a time of day."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of its columns."""
        return (self.ds,) if isinstance(self.ds, str) else self.ds.columns


def times_said(said: Said, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that `--time` names: one, or a date and what is joined with it, as DATE+HOUR."""
    if said.time is None or said.time in names:
        return () if said.time is None else (said.time,)
    return tuple(part.strip() for part in said.time.split("+"))


def guess_moment(table: pd.DataFrame, shown: str, said: Said) -> Moment:
    """Return how a table tells the time. Raises DataRejected where it shows none."""
    names = [str(name) for name in table.columns]
    stated = times_said(said, names)
    said = replace(said, time=stated[0] if stated else None)
    found = {name: dates for name in names if (dates := dates_in(table[name], said)) is not None}
    chosen = said.time or column_of_times(table, found)
    if chosen is None or chosen not in found:
        parts = _parts(table, names) if said.time is None else None
        if parts is None:
            raise without_times(table, shown, names, said)
        return _with_labels(table, parts, said)
    dates = found[chosen]
    others = [name for name in found if name != chosen]
    why = "said on the command line" if said.time is not None else _alone_or_first(others)
    doubt, instead = dates.doubt, dates.instead
    if not doubt and said.time is None and any(not found[name].date_alone for name in others):
        doubt, instead = _ONE_OF_TIMES, "--time COLUMN"
    ds = Guess("source.columns.ds", chosen, f"{why}{dates.told}", doubt, instead)
    moment = Moment(chosen, dates.time_format, ds, days=dates.date_alone)
    if len(stated) > 1:
        return _as_said(table, moment, stated[1:])
    if dates.ending is not None:
        ends = Labels({"local": chosen, "ending": dates.ending}, "24:00 among them: ends of steps")
        moment = _joined(moment, ends, table)
    return _with_labels(table, moment, said, alone=dates.date_alone)


def _as_said(table: pd.DataFrame, moment: Moment, others: Sequence[str]) -> Moment:
    """Join what is said to belong together, whatever its columns are called."""
    first = str(moment.ds)
    for name in others:
        values, day = table[name], table[first]
        zones = zones_in(values, name, again=table.duplicated([*moment.columns]), named=True)
        timed = moment.days and (
            times_in(values, name, named=True)
            or hours_in(values, name, day, named=True)
            or periods_in(values, name, named=True)
        )
        labels = timed or zones
        if not labels:
            raise DataRejected(
                "a date is joined with hours, times of day or periods, a local time with its zone or a flag",
                f"'{name}' holds '{values.iloc[0]}' beside '{first}' with '{table[first].iloc[0]}'",
                "Name other columns: --time DATE+HOUR",
            )
        moment = _joined(moment, replace(labels, doubt=0.0), table)
    return moment


def _parts(table: pd.DataFrame, names: Sequence[str]) -> Moment | None:
    """A date whose year, month and day stand apart."""
    year, month, day = (
        next((name for name in names if tokens(name) & words), None) for words in (_YEARS, _MONTHS, _DAYS)
    )
    quarter = next((name for name in names if tokens(name) & {"quarter", "qtr", "quartal"}), None)
    if year is None or not _between(table[year], 1678, 2261):
        return None
    if (
        month is None
        and quarter is not None
        and table[quarter].astype("str").str.fullmatch("[Qq]?[1-4](?:\\.0)?").all()
    ):
        ds = JoinedTime(year=year, quarter=quarter)
        return Moment(ds, None, Guess("source.columns.ds", _told(ds), "the parts of a date, joined"), days=True)
    if month is None:
        return None
    if not (_between(table[month], 1, 12) or _are_month_names(table[month])):
        return None
    if day is not None and not _between(table[day], 1, 31):
        day = None
    ds = JoinedTime(year=year, month=month, day=day)
    return Moment(ds, None, Guess("source.columns.ds", _told(ds), "the parts of a date, joined"), days=True)


def _with_labels(table: pd.DataFrame, moment: Moment, said: Said, *, alone: bool = True) -> Moment:
    """Add the column that tells the time of day, or the zone, where there is one."""
    day_columns = list(moment.columns)
    repeated = (
        told_apart(table[day_columns[0]]).duplicated() if len(day_columns) == 1 else table.duplicated(day_columns)
    )
    others = [
        str(name) for name in table.columns if str(name) not in {*day_columns, said.target, said.series, said.time}
    ]
    if alone and repeated.any():
        day = table[day_columns[0]] if len(day_columns) == 1 else table[day_columns].astype("str").agg(" ".join, axis=1)
        labels = _of_the_day(table, day, others, said)
        if labels is not None:
            moment = _joined(moment, labels, table)
            repeated = table.duplicated(list(moment.columns))
    others = [name for name in others if name not in moment.columns]
    zone = (
        _of_the_zone(table, moment, others, repeated)
        if not (isinstance(moment.ds, JoinedTime) and moment.ds.period)
        else None
    )
    return _joined(moment, zone, table) if zone is not None else moment


def _of_the_day(table: pd.DataFrame, day: "pd.Series[Any]", others: Sequence[str], said: Said) -> Labels | None:
    found = []
    for name in others:
        labels = times_in(table[name], name) or hours_in(table[name], name, day) or periods_in(table[name], name)
        if labels is None or (labels.doubt and (is_a_name(name) or not _each_day_once(table, day, name))):
            continue
        found.append(labels)
    return min(found, key=lambda labels: (labels.doubt, "time" not in labels.fields), default=None)


def _each_day_once(table: pd.DataFrame, day: "pd.Series[Any]", name: str) -> bool:
    """Whether the rows of the file run through a day's labels one after the other."""
    following = pd.to_numeric(as_text(table[name]).str.extract(r"(\d+)", expand=False), errors="coerce").diff()
    same_day = day.eq(day.shift())
    return bool(following[same_day].abs().isin([1, 100]).mean() > 1 - _FEW_REPEAT)


def _of_the_zone(
    table: pd.DataFrame, moment: Moment, others: Sequence[str], repeated: "pd.Series[bool]"
) -> Labels | None:
    for name in others:
        labels = zones_in(table[name], name, again=repeated)
        if labels is not None and (repeated.any() or "repeated" not in labels.fields):
            return labels
    return None


def _joined(moment: Moment, labels: Labels, table: pd.DataFrame) -> Moment:
    ds = moment.ds
    if isinstance(ds, str):
        kind = "local" if {"zone", "repeated", "local"} & labels.fields.keys() else "date"
        ds = JoinedTime.model_validate({kind: ds} | labels.fields)
    else:
        ds = JoinedTime.model_validate(ds.model_dump(exclude_unset=True) | labels.fields)
    others = (str(name) for name in table.columns if str(name) not in ds.columns)
    minute = next((name for name in others if tokens(name) & _MINUTES), None)
    if ds.hour is not None and ds.ending is None and minute is not None and _between(table[minute], 0, 59):
        ds = ds.model_copy(update={"minute": minute})
    beside = next(iter(labels.fields.values()))
    joined = "" if beside == moment.ds else f"joined with '{beside}', "
    why = f"{moment.guess.why}; {joined}{labels.told}"
    guess = replace(moment.guess, value=_told(ds), why=why)
    if labels.doubt > guess.doubt:
        guess = replace(guess, doubt=labels.doubt, instead=f"--id {beside}")
    timed = {"hour", "time", "period"} & labels.fields.keys()
    return replace(moment, ds=ds, guess=guess, days=moment.days and not timed)


def _told(ds: JoinedTime) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in ds.model_dump(exclude_unset=True).items() if value is not None
    )


def _between(values: "pd.Series[Any]", least: int, most: int) -> bool:
    numbers = pd.to_numeric(values, errors="coerce")
    return bool((numbers.between(least, most) & (numbers % 1 == 0)).all())


def _are_month_names(values: "pd.Series[Any]") -> bool:
    each = values.astype("str").str.slice(0, 3).drop_duplicates()
    return bool(pd.to_datetime("2000 " + each, format="%Y %b", errors="coerce").notna().all())


def _alone_or_first(others: Sequence[str]) -> str:
    if not others:
        return "alone holds dates"
    listed = ", ".join(f"'{name}'" for name in others[:6]) + (", ..." if len(others) > 6 else "")
    return f"chosen by name or place; other dates: {listed}; --time COLUMN says otherwise"
