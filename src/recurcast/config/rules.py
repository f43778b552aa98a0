"""What Prefect would misread in an iCalendar rule (RFC 5545), found when the file is read.

Prefect reads every date of a rule as digits on the clock of the schedule's time zone, whatever stands behind them: a `Z` makes
UNTIL and RDATE fire at another instant, EXDATE drop another one, and an UNTIL beside a DTSTART without `Z` raises while the
server looks for dates. Each is refused with what to write instead. What no rule at all is says `ticks`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from recurcast.instants import EARLIEST, LATEST

_LONGEST = 6_500
"""Characters; Prefect refuses more."""
_MOST_POSITIONS = 100
_MOST_RULES = 20
_LONGEST_INTERVAL = 1_000_000
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?)?(Z)?")
_ZONES_OF_UTC = ("UTC", "Etc/UTC")
_PERIODS_WITH_WEEKDAYS = ("MONTHLY", "YEARLY")


@dataclass(frozen=True)
class _Line:
    """A line of a rule, such as `EXDATE;TZID=Europe/Paris:20260301T060000`."""

    name: str
    parameters: tuple[str, ...]
    value: str

    @property
    def parts(self) -> dict[str, str]:
        """Return what a rule says by name, such as FREQ: DAILY."""
        pairs = (pair.partition("=") for pair in self.value.upper().split(";"))
        return {name: value for name, _, value in pairs}


def expect_read_right(rule: str, timezone: str) -> str:
    """Return the rule; raises ValueError for what Prefect would read otherwise than RFC 5545, or never come to an end with."""
    if len(rule) > _LONGEST:
        raise ValueError(f"a rule has at most {_LONGEST:,} characters; received {len(rule):,}. Shorten it")
    lines = [_line(text) for text in rule.split()]
    starts = [line for line in lines if line.name == "DTSTART"]
    if len(starts) > 1:
        raise ValueError(f"a rule has one DTSTART; received {len(starts)}. Remove all but one")
    rules = [line for line in lines if line.name in ("RRULE", "EXRULE")]
    if len(rules) > _MOST_RULES:
        raise ValueError(f"a schedule has at most {_MOST_RULES} rules; received {len(rules)}. Use BY... parts, or cron")
    for line in rules:
        _expect_countable(line, anchored=bool(starts))
    for line in lines:
        _expect_own_zone(line, timezone)
    timed = _fires_at_times_of_day(starts, rules)
    for name, value, line in _dates(lines):
        _expect_dates(name, value, line, timed=timed)
        _expect_local(name, value, timezone)
    _expect_one_kind(starts, rules, timezone)
    return rule


def _line(text: str) -> _Line:
    head, colon, value = text.partition(":")
    if not colon:
        return _Line("RRULE", (), text)
    name, *parameters = head.split(";")
    return _Line(name.upper(), tuple(parameters), value)


def _expect_countable(line: _Line, *, anchored: bool) -> None:
    parts = line.parts
    if parts.get("FREQ") == "SECONDLY" or len(parts.get("BYSECOND", "").split(",")) > 1:
        received = "FREQ=SECONDLY" if parts.get("FREQ") == "SECONDLY" else f"BYSECOND={parts['BYSECOND']}"
        raise ValueError(
            f"a rule fires at most once a minute; received {received}. Use FREQ=MINUTELY, or an interval of seconds"
        )
    interval = parts.get("INTERVAL", "1")
    if re.fullmatch(r"[-+]?\d{1,99}", interval) and not 1 <= int(interval) <= _LONGEST_INTERVAL:
        raise ValueError(f"INTERVAL is 1 to {_LONGEST_INTERVAL:,}; received {interval}. Change it")
    if (positions := parts.get("BYSETPOS", "").count(",") + 1) > _MOST_POSITIONS:
        raise ValueError(f"BYSETPOS has at most {_MOST_POSITIONS} positions; received {positions}. Use BY... parts")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("a rule ends by COUNT or by UNTIL; received both. Remove one")
    if "COUNT" in parts and not anchored:
        raise ValueError(
            f"COUNT={parts['COUNT']} is counted from DTSTART; received none, and Prefect would count from 2020. "
            "Add a line such as DTSTART:20260101T060000 before the rule"
        )
    if re.search(r"\d", parts.get("BYDAY", "")) and parts.get("FREQ") not in _PERIODS_WITH_WEEKDAYS:
        raise ValueError(
            f"BYDAY={parts['BYDAY']} counts weekdays of a month or year, so FREQ is MONTHLY or YEARLY; received "
            f"{parts.get('FREQ', 'none')}, with which Prefect fires on all of them. Change FREQ, or leave out the number"
        )


def _expect_own_zone(line: _Line, timezone: str) -> None:
    for parameter in line.parameters:
        name, _, zone = parameter.partition("=")
        if name.upper() == "TZID" and zone != timezone:
            raise ValueError(
                f"a rule's clock is that of the schedule's timezone, {timezone}; received TZID={zone} with {line.name}, "
                f"which Prefect ignores. Remove it, or set timezone: {zone}"
            )


def _fires_at_times_of_day(starts: list[_Line], rules: list[_Line]) -> bool:
    """Whether ticks lie at other times than midnight, where a date alone would stand for midnight."""
    said = {name for line in rules for name in line.parts} & {"BYHOUR", "BYMINUTE", "BYSECOND"}
    often = any(line.parts.get("FREQ") in ("HOURLY", "MINUTELY") for line in rules)
    return bool(said) or often or any("T" in line.value.upper() for line in starts)


def _dates(lines: list[_Line]) -> Iterator[tuple[str, str, _Line]]:
    for line in lines:
        if line.name in ("DTSTART", "EXDATE", "RDATE"):
            yield f"{line.name}:", line.value.upper(), line
        elif "UNTIL" in line.parts:
            yield "UNTIL=", line.parts["UNTIL"], line


def _expect_dates(name: str, value: str, line: _Line, *, timed: bool) -> None:
    for text in value.split(","):
        found = _DATE.fullmatch(text)
        if found is None or (found[7] and not found[4]):
            raise ValueError(f"a date in a rule is written as 20260301T060000; received {name}{text}. Correct it")
        if not EARLIEST.year < int(found[1]) < LATEST.year:
            raise ValueError(f"a rule's dates lie in the years 1678 to 2261; received {name}{text}. Correct it")
        if timed and not found[4] and name in ("UNTIL=", "EXDATE:"):
            last = "T235959" if name == "UNTIL=" else "T060000"
            raise ValueError(
                f"{name}{text} is that day's midnight to Prefect, and the rule fires at other times. "
                f"Write the time too, such as {name}{text}{last}"
            )


def _expect_local(name: str, value: str, timezone: str) -> None:
    if "Z" in value and timezone not in _ZONES_OF_UTC:
        spelled = ",".join(_on_the_clock(text, timezone) for text in value.split(","))
        raise ValueError(
            f"a rule's dates are on the clock of {timezone}; received {name}{value}, whose Z means UTC, which Prefect "
            f"ignores. Write {name}{spelled}"
        )


def _expect_one_kind(starts: list[_Line], rules: list[_Line], timezone: str) -> None:
    """In UTC a Z changes nothing, but Prefect raises where only one of DTSTART and UNTIL has it."""
    zoned = any(line.value.upper().endswith("Z") for line in starts)
    for line in rules:
        until = line.parts.get("UNTIL", "")
        if timezone in _ZONES_OF_UTC and until and until.endswith("Z") != zoned:
            raise ValueError(
                f"DTSTART and UNTIL both end in Z, or neither does; received UNTIL={until} beside a DTSTART "
                f"{'with' if zoned else 'without'} it. Write UNTIL={until[:-1] if until.endswith('Z') else until + 'Z'}"
            )


def _on_the_clock(text: str, timezone: str) -> str:
    found = _DATE.fullmatch(text)
    assert found is not None, "the dates' form was looked at before"
    if not found[7]:
        return text
    try:
        instant = datetime.strptime("".join(part or "00" for part in found.groups()[:6]), "%Y%m%d%H%M%S").replace(
            tzinfo=UTC
        )
    except ValueError:
        return text.removesuffix("Z")
    return f"{instant.astimezone(ZoneInfo(timezone)):%Y%m%dT%H%M%S}"
