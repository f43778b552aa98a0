"""Schedules whose ticks are Prefect's without Prefect: importing it takes a second, and most runs want three ticks.

What Prefect does with an interval in UTC, and with a cron by the same `croniter` that it carries, is done here; of a cron's
times only with those that a clock shows once. Where the clock shows one twice or skips it, Prefect itself is asked: which
instant it takes depends on its version, on Python's, and on where it starts to look.
"""

import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from recurcast.config.schedule import Schedule

_PLAIN = re.compile(r"[0-9*/,\- ]+")
"""Neither names nor `L`, `#`, `@daily`, nor what Prefect refuses: those are left to Prefect."""
_CRONITER = "recurcast_prefect_croniter"
_SECOND = timedelta(seconds=1)


class AskPrefect(Exception):
    """Prefect's own class has to say which ticks these are."""


@dataclass(frozen=True)
class PlainInterval:
    """Ticks that lie whole intervals from an anchor, in UTC."""

    interval: timedelta
    anchor: datetime
    timezone: str = "UTC"

    def dates(self, start: datetime, end: datetime | None, most: int) -> list[datetime]:
        """Return at most `most` ticks from `start` to `end`, both counted in."""
        tick = self.anchor + self.interval * -((self.anchor - start) // self.interval)
        found: list[datetime] = []
        with suppress(OverflowError):  # the calendar ends with the year 9999
            while len(found) < most and (end is None or tick <= end):
                found.append(tick)
                tick += self.interval
        return found


@dataclass(frozen=True)
class PlainCron:
    """Ticks of a cron expression on the wall clock of a time zone."""

    cron: str
    timezone: str
    day_or: bool

    def dates(self, start: datetime, end: datetime | None, most: int) -> list[datetime]:
        """Return at most `most` ticks from `start` to `end`, both counted in; AskPrefect where the clock is odd."""
        zone = ZoneInfo(self.timezone)
        begin = start.astimezone(zone).replace(tzinfo=None) - _SECOND  # croniter gives what comes later
        if begin.microsecond:
            begin += _SECOND
        _at(begin, zone)
        try:
            times = _croniter()(self.cron, begin, day_or=self.day_or)
            found: list[datetime] = []
            while len(found) < most:
                tick = _at(times.get_next(datetime), zone)
                if end is not None and tick > end:
                    break
                found.append(tick)
        except ValueError as error:  # an expression that it does not know, or that never fires
            raise AskPrefect from error
        return found


def plain_schedule(schedule: "Schedule") -> PlainCron | PlainInterval | None:
    """Return the schedule where its ticks can be worked out without Prefect, else none."""
    if schedule.interval is not None and schedule.anchor_date is not None:
        whole = not schedule.interval.microseconds and not schedule.anchor_date.microsecond
        return PlainInterval(schedule.interval, schedule.anchor_date.astimezone(UTC)) if whole else None
    if schedule.cron is None or not _PLAIN.fullmatch(schedule.cron) or _croniter() is None:
        return None
    return PlainCron(schedule.cron, schedule.timezone, schedule.day_or is not False)


def _at(time: datetime, zone: ZoneInfo) -> datetime:
    """The one instant at which a clock shows the time."""
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise AskPrefect
    return first.astimezone(UTC)


@lru_cache(maxsize=1)
def _croniter() -> Any:
    """Prefect's copy of croniter, by its file: as a part of Prefect it would import all of it. None where it is elsewhere."""
    found = find_spec("prefect")
    folders = found.submodule_search_locations if found else None
    files = [Path(folder, "_vendor", "croniter", "__init__.py") for folder in folders or ()]
    file = next((file for file in files if file.is_file()), None)
    spec = file and spec_from_file_location(_CRONITER, file, submodule_search_locations=[str(file.parent)])
    if not spec or spec.loader is None:
        return None
    module = module_from_spec(spec)
    sys.modules[_CRONITER] = module
    try:
        spec.loader.exec_module(module)
        return module.croniter
    except (ImportError, AttributeError):
        del sys.modules[_CRONITER]
        return None
