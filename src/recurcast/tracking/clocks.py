"""This machine's clock beside that of the store's: a lease is void by what clocks say, and so they must agree."""

import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.client import HTTPException
from urllib.error import HTTPError

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from recurcast.errors import StoreUnavailable
from recurcast.masking import bare_address, masked

BEAT = timedelta(seconds=15)
"""How often a lease's holder says that it is alive."""
_SOON = 4  # seconds
_WRITTEN_EACH_SECOND = timedelta(seconds=2)
"""The header Date is of whole seconds, and some servers write it once a second."""


@dataclass(frozen=True)
class Look:
    """What another clock said, something in [least, most], between two looks at ours."""

    before: datetime
    least: datetime
    most: datetime
    after: datetime

    @property
    def ahead(self) -> timedelta:
        """Return by how much the other clock is ahead of ours, at least; negative where it is behind, 0 where it may agree."""
        if self.least > self.after:
            return self.least - self.after
        return min(timedelta(0), self.most - self.before)


def told(ahead: timedelta) -> str:
    """Return a difference in words, such as `60 min behind`."""
    seconds, word = abs(ahead.total_seconds()), "ahead of" if ahead > timedelta(0) else "behind"
    if seconds < 120:
        return f"{seconds:.1f} s {word}"
    return f"{seconds / 60:.0f} min {word}" if seconds < 7200 else f"{seconds / 3600:.1f} h {word}"


def look_at_date(date: str, before: datetime, after: datetime) -> Look | None:
    """Return what a server's header Date says; none where it is no date."""
    try:
        said = parsedate_to_datetime(date)
    except ValueError:
        return None
    said = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    return Look(before, said, said + _WRITTEN_EACH_SECOND, after)


def expect_same_clock(uri: str) -> None:
    """Raise StoreUnavailable where the store's machine has another time than this one, by more than a beat.

    Where it can't be asked, or is this machine's own file, nothing is said. A process asks once.
    """
    look = _look(uri)
    if look is not None and abs(look.ahead) > BEAT:
        raise StoreUnavailable(
            f"machines that work on one store have one time; the clock of {masked(uri)} is {told(look.ahead)} ours, and a run "
            "that is going there would pass for dead. Let both set their clocks by NTP (timedatectl set-ntp true); see "
            "recurcast doctor."
        )


@lru_cache(maxsize=8)
def _look(uri: str) -> Look | None:
    if uri.startswith(("http://", "https://")):
        return _of_server(uri)
    return _of_database(uri) if uri.startswith("postgresql") else None


def _of_server(uri: str) -> Look | None:
    before = datetime.now(UTC)
    try:
        with urllib.request.urlopen(bare_address(uri).rstrip("/") + "/health", timeout=_SOON) as answer:
            date = answer.headers.get("Date")
    except HTTPError as error:
        date = error.headers.get("Date")
    except (OSError, ValueError, HTTPException):
        return None
    return None if date is None else look_at_date(date, before, datetime.now(UTC))


def _of_database(uri: str) -> Look | None:
    with suppress(SQLAlchemyError):
        engine = create_engine(uri, poolclass=NullPool)
        with engine.connect() as connection:
            before = datetime.now(UTC)
            said = connection.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC)
            return Look(before, said, said, datetime.now(UTC))
    return None
