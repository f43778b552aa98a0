"""The clock that a rule's times are on: by the rules that `zoneinfo` reads, as everything else in the process.

dateutil, with which Prefect works out rules, has zones of its own. They ignore PYTHONTZPATH and prefer the system's files,
where the rest may read others; and of hours that a negative daylight saving repeats (Dublin, Casablanca) dateutil 2.9 takes
the second. Like its zones this one takes the first of a repeated hour, and moves back what the clock skips.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


class RuleZone(tzinfo):
    """A time zone that reads each time of the wall clock as the earlier of the two instants that it could be."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        """Return the offset: the larger of the two gives the earlier instant, in a repeated and in a skipped hour."""
        if when is None:
            return None
        offsets = (when.replace(tzinfo=self._zone, fold=fold).utcoffset() for fold in (0, 1))
        return max(offset for offset in offsets if offset is not None)

    def dst(self, when: datetime | None) -> timedelta | None:
        """Return the part of the offset that is daylight saving, as zoneinfo has it."""
        return None if when is None else when.replace(tzinfo=self._zone).dst()

    def tzname(self, when: datetime | None) -> str | None:
        """Return the zone's abbreviation then, such as CEST."""
        return None if when is None else when.replace(tzinfo=self._zone).tzname()

    def fromutc(self, when: datetime) -> datetime:
        """Return the time on this clock at an instant whose time in UTC is `when`."""
        return when.replace(tzinfo=UTC).astimezone(self._zone).replace(tzinfo=self)


@lru_cache(maxsize=1_000)
def rule_zone(name: str | None = None) -> tzinfo | None:
    """Return the clock of an IANA name, the same object each time, or none where there is no such zone.

    It can stand in the place of `dateutil.tz.gettz`, which Prefect asks.
    """
    try:
        return RuleZone(ZoneInfo(name or "UTC"))
    except Exception:  # an unknown name, or a path that is none
        return None
