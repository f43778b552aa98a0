"""A database's clock and its rules of time zones, beside ours."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from recurcast.instants import format_instant
from recurcast.runs.zone_rules import database_version
from recurcast.scheduling.clock import now
from recurcast.stack.doctor.checks import Check, ok, warning
from recurcast.stack.doctor.clocks import clock_check
from recurcast.tracking.examining.database import clock_of, offsets_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

_YEARS_BACK, _YEARS_AHEAD = 3, 2


def database_checks(name: str, engine: "Engine", zones: Sequence[str]) -> Iterator[Check]:
    """Yield how clock and zones of a PostgreSQL stand beside ours; of a database that is a file, nothing."""
    clock = clock_of(engine)
    if clock is None:
        return
    yield clock_check(f"{name} clock", clock)
    differing = [text for zone in zones if (text := _difference(engine, zone))]
    for text in differing:
        yield warning(
            f"{name} time zones",
            text,
            "Name a zone by its city, such as Europe/Paris, and keep both machines' tzdata up to date; queries that convert "
            "times in the database (AT TIME ZONE) would be off.",
        )
    if zones and not differing:
        yield ok(f"{name} time zones", f"read as here: {', '.join(zones)}")


def _difference(engine: "Engine", zone: str) -> str:
    """Where the database reads a zone otherwise than we do, the first instant of it."""
    instants = _instants()
    theirs = offsets_of(engine, zone, instants)
    if theirs is None:
        return f"{zone} is not known there"
    for at, offset in zip(instants, theirs, strict=True):
        ours = (at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)).total_seconds()
        if ours != offset:
            here = f"{_hours(ours)} here (IANA {database_version(zone)})"
            return f"{zone} at {format_instant(at)} is {_hours(offset)} there, {here}"
    return ""


def _instants() -> list[datetime]:
    """Every third day: no change of a clock is taken back sooner, Ramadan's pause in Morocco included."""
    year = now().year
    start, end = datetime(year - _YEARS_BACK, 1, 1, tzinfo=UTC), datetime(year + _YEARS_AHEAD, 1, 1, tzinfo=UTC)
    return [start + timedelta(days=3 * number) for number in range((end - start).days // 3)]


def _hours(seconds: float) -> str:
    return f"UTC{seconds / 3600:+g} h"
