"""The calendars of days that a pipeline's steps need: read where they come in, kept with the frame from then on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.calendar import days_in, path_in
from recurcast.errors import DataRejected
from recurcast.instants import format_instant
from recurcast.series.calendar import days_of
from recurcast.series.day_files import file_days
from recurcast.series.days import DayCalendar, DaysUnknown, days_digest, kind_of
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid

_AN_INSTANT = timedelta(microseconds=1)
_SESSIONS_A_YEAR = 200
YEARS_AHEAD = 5
"""How many years past that of as_of a calendar travels with what was trained, where it is known so far."""


def calendars_for(
    pipeline: PipelineConfig, grid: Grid, steps: pd.DatetimeIndex, as_of: datetime, root: Path
) -> tuple[DayCalendar, ...]:
    """Return the calendars of days that the pipeline names, from before the steps to five years past as_of.

    The sessions of its frequency are one of them. Raises DataRejected where one is not known from the first step that a
    window sees to the last step that is forecast.
    """
    if not days_in(pipeline.network.calendar, pipeline.frequency) or steps.empty:
        return ()
    if grid.sessions is not None:
        _refuse_few_sessions(pipeline, grid.sessions, grid, steps, as_of)
    first, last = needed_days(pipeline, grid, steps[0], as_of)
    begin, end = int(first[:4]) - 1, as_of.year + YEARS_AHEAD
    found = tuple(
        _read(name, begin, max(end, int(last[:4]) + 1), root)
        for name in days_in(pipeline.network.calendar, pipeline.frequency)
    )
    for own in found:
        refuse_unknown_days(own, first, last)
    return tuple(own.within(f"{begin:04d}-01-01", f"{end:04d}-12-31") for own in found)


def needed_days(pipeline: PipelineConfig, grid: Grid, first: pd.Timestamp, as_of: datetime) -> tuple[str, str]:
    """Return the first and the last day of what windows see and forecasts are made for, as ISO dates.

    `first` is the first step of the parts; windows that may miss steps begin before it.
    """
    before = grid.steps_until(first, pipeline.seen.lookback) if pipeline.masked else pd.DatetimeIndex([])
    ahead = grid.steps_after(as_of - _AN_INSTANT, pipeline.windows.horizon)
    begins, ends = before[0] if len(before) else first, ahead[-1] if len(ahead) else pd.Timestamp(as_of)
    return days_of(begins, ends, pipeline.source.timezone, grid.frequency)


def calendar_digest(pipeline: PipelineConfig, frame: SeriesFrame, as_of: datetime) -> str:
    """Return what changes with any day that windows and forecasts of a frame are told; nothing without such calendars."""
    if not frame.days:
        return ""
    return days_digest(frame.days, *needed_days(pipeline, frame.grid, frame.steps[0], as_of))


def calendar_digests(
    pipeline: PipelineConfig,
    grids: Sequence[Grid | None],
    ends: Sequence[datetime],
    as_ofs: Sequence[datetime],
    root: Path,
) -> list[str]:
    """Return the digest at each of ascending as_ofs, read once for all; nothing where a calendar does not reach so far."""
    names, digests = days_in(pipeline.network.calendar, pipeline.frequency), [""] * len(as_ofs)
    needed = {}
    for number, (grid, end, as_of) in enumerate(zip(grids, ends, as_ofs, strict=True)):
        steps = pd.DatetimeIndex([]) if grid is None or not names else grid.steps_until(end, pipeline.parts.steps)
        if grid is not None and len(steps):
            needed[number] = needed_days(pipeline, grid, steps[0], as_of)
    if not needed:
        return digests
    begin = int(min(first for first, _ in needed.values())[:4]) - 1
    stop = max(as_ofs[-1].year + YEARS_AHEAD, int(max(last for _, last in needed.values())[:4]) + 1)
    found = tuple(_read(name, begin, stop, root) for name in names)
    for number, (first, last) in needed.items():
        if all(own.knows(*own.told_by(first, last)) for own in found):
            digests[number] = days_digest(found, first, last)
    return digests


def refuse_unknown_days(own: DayCalendar, first: str, last: str) -> None:
    """Raise DataRejected where a calendar does not tell all steps on the days from one to another."""
    try:
        own.refuse_beyond(*own.told_by(first, last))
    except DaysUnknown as unknown:
        raise DataRejected(unknown.rule, unknown.received, unknown.remedy) from unknown


def sessions_around(frequency: str, ds: "pd.Series[pd.Timestamp]", count: int) -> DayCalendar | None:
    """Return the sessions of a frequency from `count` before the timestamps to decades after; none of other frequencies."""
    if kind_of(frequency) != "sessions" or ds.empty:
        return None
    from recurcast.series.session_days import session_days

    first, last = ds.min().year - 2 - count // _SESSIONS_A_YEAR, ds.max().year + 20
    # In whole decades, so that they are read once for many as_ofs.
    return session_days(frequency.removeprefix("sessions:"), first // 10 * 10, last // 10 * 10 + 9)


def _refuse_few_sessions(
    pipeline: PipelineConfig, sessions: DayCalendar, grid: Grid, steps: pd.DatetimeIndex, as_of: datetime
) -> None:
    ahead, horizon = grid.steps_after(as_of - _AN_INSTANT, pipeline.windows.horizon), pipeline.windows.horizon
    day, parts = f"{as_of:%Y-%m-%d}", pipeline.parts.steps
    for asked, found, known in (
        (f"{horizon} sessions from {day} on", len(ahead) == horizon, f"to {sessions.last}"),
        (f"{parts} sessions before {day}", len(steps) == parts, f"from {sessions.first}"),
    ):
        if not found:
            raise DataRejected(
                "the sessions of a frequency are known where steps are trained on and forecast",
                f"'{sessions.name}' is known {known}, and a run at {format_instant(as_of)} needs {asked}",
                "Take another as_of, shorter parts or a shorter horizon, upgrade the package exchange-calendars, or take "
                "frequency B",
            )


def libraries_of(names: Sequence[str]) -> str:
    """Return the libraries, and their versions, that calendars of those names are from."""
    from recurcast.series import holiday_days, session_days

    doors = {"holidays": holiday_days.library, "sessions": session_days.library}
    return ", ".join(doors[kind]() for kind in sorted({kind_of(name) for name in names} & doors.keys()))


def _read(name: str, first: int, last: int, root: Path) -> DayCalendar:
    return _READERS[kind_of(name)](name, first, last, root)


def _holidays(name: str, first: int, last: int, root: Path) -> DayCalendar:
    from recurcast.series.holiday_days import holiday_days

    return holiday_days(name.removeprefix("holidays:"), first, last)


def _sessions(name: str, first: int, last: int, root: Path) -> DayCalendar:
    from recurcast.series.session_days import session_days

    return session_days(name.removeprefix("sessions:"), first, last)


def _days(name: str, first: int, last: int, root: Path) -> DayCalendar:
    return file_days(name, path_in(name), root)


_READERS: Mapping[str, Callable[[str, int, int, Path], DayCalendar]] = {
    "holidays": _holidays,
    "sessions": _sessions,
    "days": _days,
}
