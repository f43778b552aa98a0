"""What every configuration model shares: frozen, no unknown fields, durations that Prefect's forms can show."""

import re
import warnings
import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from recurcast.config.known_calendars import refuse_unknown_exchange
from recurcast.errors import ConfigurationError
from recurcast.instants import countable, parse_instant, to_utc

MANY = 1_000_000_000
"""No count of steps is above it: what the memory holds is less, and numpy counts no further than 64 bits."""

SESSIONS = "sessions:"
"""How a frequency begins whose steps are the sessions of an exchange."""
_LIMITS = {
    "minimum": "{:,} or more",
    "exclusiveMinimum": "above {:,}",
    "maximum": "at most {:,}",
    "exclusiveMaximum": "below {:,}",
}


def _say_limits(schema: dict[str, Any]) -> None:
    """Say limits in the descriptions of the schema: Prefect's forms keep to them, and don't show them otherwise."""
    for field in schema.get("properties", {}).values():
        kinds = [field, *field.get("anyOf", ()), field.get("items", {})]
        limits = next((found for kind in kinds if (found := _limits(kind))), "")
        if limits:
            field["description"] = f"{field['description']} {limits[0].upper()}{limits[1:]}."


def _limits(kind: dict[str, Any]) -> str:
    return ", ".join(text.format(kind[key]) for key, text in _LIMITS.items() if key in kind)


_OTHER_CLOCKS = ("right/", "posix/", "posixrules", "localtime")
"""Names below a system's database that are no IANA names: a clock with leap seconds, doubles, whatever this machine is set to."""


class Settings(BaseModel):
    """A block of configuration: checked once, here, and trusted from then on."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False, json_schema_extra=_say_limits
    )


def _known_timezone(name: str) -> str:
    rule = f"a time zone is an IANA name such as 'Europe/Amsterdam'; received '{name}'"
    if name.startswith(_OTHER_CLOCKS):
        raise ValueError(rule)
    try:
        ZoneInfo(name)
    except Exception as error:
        if not zoneinfo.available_timezones():
            raise ValueError(
                f"the rules of time zones are read from a database, and this Python finds none: neither in "
                f"{', '.join(zoneinfo.TZPATH) or 'a folder, as PYTHONTZPATH names none'} nor as the package tzdata; "
                f"received '{name}'. Install one: pip install tzdata"
            ) from error
        raise ValueError(rule) from error
    return name


_LONGEST = pd.Timedelta(days=100_000)
_MOST_PERIODS = 1_000
_UNITS = {"d": "D", "H": "h", "S": "s", "w": "W"}
"""Units that pandas reads with a warning, as it is about to know the other spelling alone."""


def _valid_duration(stated: str) -> str:
    iso = stated.lstrip("-+").startswith("P")  # P1DT2H has spellings of its own
    text = stated if iso else re.sub(r"(?<=[\d.\s])[dHSw](?![a-zA-Z])", lambda unit: _UNITS[unit[0]], stated)
    rule = f"a duration is a number with its unit, zero or more, such as '30min', '2h' or '1D', at most {_LONGEST.days:,} days"
    try:
        length = pd.Timedelta(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{rule}; received '{stated}'") from error
    # A number alone would be nanoseconds; the empty text is no time at all.
    if (
        pd.isna(length)
        or not pd.Timedelta(0) <= length <= _LONGEST
        or not any(sign.isalpha() or sign == ":" for sign in text)
    ):
        raise ValueError(f"{rule}; received '{stated}'")
    return text


def _valid_frequency(alias: str) -> str:
    if alias.startswith(SESSIONS):
        refuse_unknown_exchange(alias.removeprefix(SESSIONS))
        return alias
    rule = "a frequency is a pandas offset alias such as '30min', 'h', 'D', 'B', or sessions:XNYS"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # pandas warns of spellings that it is about to drop
            offset = pd.tseries.frequencies.to_offset(alias)
    except (ValueError, OverflowError, Warning) as error:
        raise ValueError(f"{rule}; received '{alias}'") from error
    if offset.n < 1:
        raise ValueError(f"{rule}, one step or more long; received '{alias}'")
    if isinstance(offset, pd.offsets.Nano):
        raise ValueError(f"{rule}, a microsecond or more long; received '{alias}'")
    if isinstance(offset, pd.offsets.Tick | pd.offsets.Day):
        most, told = _LONGEST // pd.Timedelta(f"1{offset.rule_code}"), f"{_LONGEST.days:,} days"
    else:
        most, told = _MOST_PERIODS, f"{_MOST_PERIODS:,} periods"
    if offset.n > most:
        raise ValueError(f"{rule}, at most {told} long; received '{alias}'")
    return alias


def _stated_instant(stated: object) -> object:
    """YAML reads 2024-03-01 as a date and leaves a zone out of a time without one; pydantic takes a number for seconds."""
    try:
        if isinstance(stated, str):
            return parse_instant(stated)
        if isinstance(stated, datetime):
            return to_utc(stated)
    except ConfigurationError as error:
        raise ValueError(str(error)) from error
    own = f"; received {stated}. Write '{stated}T00:00:00Z'" if isinstance(stated, date) else f"; received {stated!r}"
    raise ValueError(f"an instant is a date and a time with a time zone, such as '2024-03-01T00:00:00Z'{own}")


def _valid_instant(stated: datetime) -> datetime:
    try:
        return countable(stated)
    except ConfigurationError as error:
        raise ValueError(str(error)) from error


Instant = Annotated[AwareDatetime, BeforeValidator(_stated_instant), AfterValidator(_valid_instant)]


def has_fixed_steps(frequency: str) -> bool:
    """Return whether all steps of a frequency have one length in UTC."""
    return not frequency.startswith(SESSIONS) and isinstance(
        pd.tseries.frequencies.to_offset(frequency), pd.offsets.Tick | pd.offsets.Day
    )


Timezone = Annotated[str, AfterValidator(_known_timezone)]
Duration = Annotated[str, AfterValidator(_valid_duration)]
Frequency = Annotated[str, AfterValidator(_valid_frequency)]


@dataclass(frozen=True)
class Origin:
    """Where rows come from: MLflow's type of a source, and the place."""

    type: Literal["local", "s3", "code"]
    place: str
