"""An interval as the parameters of a query, so that a database compares them with its times as they are meant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from recurcast.config.interval_sources import SqlSource
from recurcast.config.times import EPOCHS
from recurcast.errors import DataRejected
from recurcast.series.reading.interval import Interval
from recurcast.series.timestamps import STATES_ZONE

_DAY = timedelta(days=1)
_NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def bound(source: SqlSource, backend: str, interval: Interval) -> dict[str, Any]:
    """Return the values of the parameters that the query binds.

    Instants are aware and in UTC; where the column counts since 1970 they are counted so. SQLite has texts alone: start and
    end are then dates, a day further out, before and behind which lies every text of ISO 8601, whatever its zone and its
    sign before the hour; as_of is written as SQLite's own datetime() writes. Naive times of a zone that changes its clock are
    asked for a day further out too, so that both of two repeated hours are there and their order tells them apart.
    """
    counted = EPOCHS.get(source.time_format or "")
    asked = interval.wider(_DAY) if counted is None and (source.timezone != "UTC" or backend == "sqlite") else interval
    instants = {"start": asked.start, "end": asked.end, "as_of": asked.as_of}
    values = {name: _value(name, instant, backend, counted) for name, instant in instants.items()}
    return {name: value for name, value in values.items() if name in source.binds}


def refuse_texts_of_another_clock(table: pd.DataFrame, source: SqlSource) -> None:
    """Raise DataRejected where SQLite would compare :as_of, in UTC, with texts on the clock of another zone."""
    column = source.columns.times[0]
    if source.timezone == "UTC" or "as_of" not in source.binds or column not in table.columns or table.empty:
        return
    first = table[column].iloc[0]
    if isinstance(first, str) and not pd.Series([first]).str.contains(STATES_ZONE).any():
        raise DataRejected(
            "SQLite compares times as texts, and :as_of is a text in UTC",
            f"column '{column}' holds '{first[:40]}', on the clock of {source.timezone}",
            "Leave :as_of out and map columns.available_at, or write times in UTC, or count them since 1970 (time_format)",
        )


def _value(name: str, instant: datetime, backend: str, counted: str | None) -> object:
    if counted is not None:
        return counted_since_1970(instant, counted, up=name != "as_of")
    if backend != "sqlite":
        return instant
    if name == "as_of":
        return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    later = instant + _DAY if name == "end" else instant
    return f"{later.astimezone(UTC):%Y-%m-%d}"


def counted_since_1970(instant: datetime, unit: str, *, up: bool = True) -> int:
    """Return an instant in whole units since 1970: the next one, before which lies whatever lies before it, or the last."""
    exact, length = pd.Timestamp(instant).as_unit("ns").value, _NANOSECONDS[unit]
    return -(-exact // length) if up else exact // length
