"""What `network.calendar` may name: cycles of the clock, and calendars of days."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from recurcast.config.base import SESSIONS
from recurcast.config.known_calendars import refuse_unknown_exchange, refuse_unknown_place
from recurcast.errors import nearest

CYCLES = ("hour", "weekday", "day_of_year", "month")
_KINDS = ("holidays", "sessions", "days")
_RULE = f"an entry is {', '.join(CYCLES)}, holidays:DE-BY, sessions:XNYS, days:FILE.csv or NAME: FILE.csv"


def _as_entry(stated: Any) -> Any:
    """One text for each spelling: `NAME: FILE.csv` is `days:NAME=FILE.csv`, and `holidays: DE` is `holidays:DE`."""
    if isinstance(stated, str) and (quoted := re.fullmatch(r"(\w+):\s+(\S.*)", stated)):
        stated = {quoted[1]: quoted[2]}
    if not isinstance(stated, dict):
        return stated
    if len(stated) != 1 or not all(isinstance(each, str) for pair in stated.items() for each in pair):
        raise ValueError(f"{_RULE}; received {str(stated)[:80]}")
    ((name, value),) = stated.items()
    if name in _KINDS:
        return f"{name}:{value}"
    if not re.fullmatch(r"[A-Za-z]\w{0,39}", name) or not value:
        raise ValueError(f"{_RULE}, where a name is letters, digits and underscores; received {str(stated)[:80]}")
    return f"days:{name}={value}"


def _known_entry(entry: str) -> str:
    kind, colon, rest = entry.partition(":")
    if not colon and entry in CYCLES:
        return entry
    if kind not in _KINDS or not rest or rest != rest.strip() or "\0" in rest:
        meant = nearest(kind, [*CYCLES, *_KINDS]).partition("Valid: ")[0].strip()
        raise ValueError(f"{_RULE}; received '{entry[:40]}'{f'. {meant}' if meant else ''}")
    if kind == "holidays":
        refuse_unknown_place(rest)
    elif kind == "sessions":
        refuse_unknown_exchange(rest)
    return entry


_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}
"""Prefect holds the parameters of a deployment against it as they are written: `NAME: FILE.csv` is a block there."""
CalendarEntry = Annotated[str, BeforeValidator(_as_entry), AfterValidator(_known_entry), WithJsonSchema(_SCHEMA)]


def path_in(entry: str) -> str:
    """Return the file that an entry of days names."""
    rest = entry.removeprefix("days:")
    named = re.fullmatch(r"[A-Za-z]\w{0,39}=(.+)", rest)
    return named[1] if named else rest


def days_in(calendar: tuple[str, ...], frequency: str | None = None) -> tuple[str, ...]:
    """Return the entries that are calendars of days, and a frequency where it is one, such as sessions:XNYS."""
    sessions = (frequency,) if frequency is not None and frequency.startswith(SESSIONS) else ()
    return tuple(dict.fromkeys((*(entry for entry in calendar if entry not in CYCLES), *sessions)))
