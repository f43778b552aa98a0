"""The rules of a time zone over a span of time: what a run's wall clock was, and whether it would be another one today.

Governments change them, and machines learn of it at different times. Two databases differ for a run only where the offsets of
its zone do within its span: so they are what is kept, as a digest, beside the version of the database.
"""

import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from recurcast.instants import format_instant

VERSION_TAG, RULES_TAG = "tzdata", "time_zone"
_UNKNOWN = "unknown"
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass(frozen=True)
class ZoneRules:
    """The offsets of a zone in `[start, end)`, as a digest, by a version of the database such as `2026f`."""

    zone: str
    start: datetime
    end: datetime
    digest: str
    version: str

    @property
    def tags(self) -> dict[str, str]:
        """Return them as a run is tagged; of UTC, which has no rules, the version alone."""
        if self.zone == "UTC":
            return {VERSION_TAG: self.version}
        span = f"{format_instant(self.start)} {format_instant(self.end)}"
        return {VERSION_TAG: self.version, RULES_TAG: f"{self.zone} {span} {self.digest}"}


def rules_of(zone: str, start: datetime, end: datetime) -> ZoneRules:
    """Return the rules of a zone over a span, as this process reads them; to the second, which no rule cuts."""
    first, last = start.replace(microsecond=0), end.replace(microsecond=0)
    return ZoneRules(zone, first, last, _digest(zone, first, last), database_version(zone))


def changed_rules(tags: Mapping[str, str]) -> str:
    """Return which rules this process reads otherwise than the run with these tags did, or nothing.

    Such as `time zone rules of America/Vancouver (2025b -> 2026f)`. Nothing is known of a run without the tags.
    """
    if RULES_TAG not in tags:
        return ""
    zone, start, end, digest = tags[RULES_TAG].split(" ")
    try:
        today = _digest(zone, datetime.fromisoformat(start), datetime.fromisoformat(end))
    except zoneinfo.ZoneInfoNotFoundError:
        today = ""
    if today == digest:
        return ""
    return f"time zone rules of {zone} ({tags.get(VERSION_TAG, _UNKNOWN)} -> {database_version(zone)})"


def database_version(zone: str) -> str:
    """Return the IANA version of the database in which zoneinfo finds the zone, such as `2025b`, or `unknown`."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / zone).is_file():
            return _version_in(folder)
    try:
        from tzdata import IANA_VERSION
    except ImportError:
        return _UNKNOWN
    return str(IANA_VERSION)


@cache
def _version_in(folder: Path) -> str:
    """Systems write it into one of two files: a line `# version 2025b`, or the version alone."""
    for name in ("tzdata.zi", "+VERSION"):
        try:
            with (folder / name).open(encoding="utf-8") as file:
                return file.readline().removeprefix("# version").strip() or _UNKNOWN
        except (OSError, UnicodeDecodeError):
            continue
    return _UNKNOWN


def _digest(zone: str, start: datetime, end: datetime) -> str:
    lines = [str(_offset(ZoneInfo(zone), start))]
    for year in range(start.year, end.year + 1):
        lines += [
            f"{instant:%Y-%m-%dT%H:%M:%S} {offset}" for instant, offset in _changes(zone, year) if start < instant < end
        ]
    return blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()


def forget_changes() -> None:
    """Forget what was read of zones, after zoneinfo itself was told of another database."""
    _changes.cache_clear()


@cache
def _changes(zone: str, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    return tuple(_changes_in(ZoneInfo(zone), year))


def _changes_in(zone: ZoneInfo, year: int) -> Iterator[tuple[datetime, timedelta]]:
    """Yield the instants of a year from which another offset counts; no zone has changed twice on a day."""
    first = datetime(year, 1, 1, tzinfo=UTC)
    for before, after in pairwise(first + number * _DAY for number in range(367)):
        if before.year == year and _offset(zone, before) != _offset(zone, after):
            while after - before > _SECOND:
                middle = before + (after - before) // 2
                middle = middle.replace(microsecond=0)
                before, after = (middle, after) if _offset(zone, middle) == _offset(zone, before) else (before, middle)
            yield after, _offset(zone, after)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)
