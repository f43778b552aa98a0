"""What Prefect 3.8 misreads in a rule is refused when the file is read, with what to write instead."""

from datetime import UTC, datetime

import pytest
from prefect.server.schemas.schedules import RRuleSchedule

from recurcast.config.schedule import Schedule, read_schedules
from recurcast.errors import ConfigurationError
from recurcast.scheduling.ticks import schedule_ticks

AMSTERDAM = "Europe/Amsterdam"
START = "DTSTART:20260101T060000"


def read(rule: str, timezone: str = AMSTERDAM) -> Schedule:
    (schedule,) = read_schedules({"schedules": [{"slug": "daily", "rrule": rule, "timezone": timezone}]})
    return schedule


def problem(rule: str, timezone: str = AMSTERDAM) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(rule, timezone)
    return str(caught.value)


@pytest.mark.parametrize(
    ("rule", "instead"),
    [
        ("FREQ=DAILY;BYHOUR=6;UNTIL=20260301T050000Z", "UNTIL=20260301T060000"),
        (f"{START}\nRRULE:FREQ=DAILY;UNTIL=20260701T040000Z", "UNTIL=20260701T060000"),
        (
            f"{START}\nRRULE:FREQ=DAILY\nEXDATE:20260301T050000Z,20260701T040000Z",
            "EXDATE:20260301T060000,20260701T060000",
        ),
        (f"{START}\nRRULE:FREQ=DAILY\nRDATE:20260301T230000Z", "RDATE:20260302T000000"),
        (f"{START}\nRRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY;UNTIL=20260301T050000Z", "UNTIL=20260301T060000"),
        ("DTSTART:20260101T050000Z\nRRULE:FREQ=DAILY", "DTSTART:20260101T060000"),
    ],
)
def test_utc_in_a_rule_of_another_zone_is_refused_with_the_local_spelling(rule: str, instead: str) -> None:
    message = problem(rule)

    assert message.startswith("schedule daily: a rule's dates are on the clock of Europe/Amsterdam; received ")
    assert message.endswith(f" Write {instead}.")


def test_what_is_written_instead_fires_as_rfc_5545_has_it() -> None:
    """UNTIL at 05:00 UTC is 06:00 in Amsterdam in winter: the tick of that day is the last, and the next day's is none."""
    schedule = read(f"{START}\nRRULE:FREQ=DAILY;UNTIL=20260103T060000")

    ticks = schedule_ticks([schedule], datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

    assert [f"{tick:%d %H:%M}" for tick in ticks] == ["01 05:00", "02 05:00", "03 05:00"]


def test_prefect_itself_still_misreads_what_is_refused() -> None:
    """Where this fails, Prefect has mended it, and the rule in `rules` may go."""
    late = RRuleSchedule(rrule="DTSTART:20260101T050000Z\nRRULE:FREQ=DAILY;UNTIL=20260103T050000Z", timezone=AMSTERDAM)
    assert [f"{tick.astimezone(UTC):%d %H:%M}" for tick in late.to_rrule()] == ["01 04:00", "02 04:00", "03 04:00"]
    with pytest.raises(ValueError, match="UNTIL values must be specified in UTC"):
        RRuleSchedule(rrule="FREQ=DAILY;UNTIL=20260103T050000Z", timezone=AMSTERDAM).to_rrule()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (f"{START}\nDTSTART:20260201T060000\nRRULE:FREQ=DAILY", "a rule has one DTSTART; received 2."),
        ("DTSTART;TZID=Europe/Paris:20260101T060000\nRRULE:FREQ=DAILY", "Remove it, or set timezone: Europe/Paris."),
        (f"{START}\nRRULE:FREQ=DAILY\nEXDATE;TZID=UTC:20260301T060000", "received TZID=UTC with EXDATE"),
        ("FREQ=DAILY;COUNT=3", "COUNT=3 is counted from DTSTART; received none, and Prefect would count from 2020."),
        (f"{START}\nRRULE:FREQ=DAILY;COUNT=3;UNTIL=20260301T060000", "ends by COUNT or by UNTIL; received both"),
        ("FREQ=WEEKLY;BYDAY=1MO", "with which Prefect fires on all of them."),
        ("FREQ=DAILY;BYHOUR=6;UNTIL=20261231", "Write the time too, such as UNTIL=20261231T235959."),
        (f"{START}\nRRULE:FREQ=DAILY\nEXDATE:20260301", "is that day's midnight to Prefect"),
        (f"{START}\nRRULE:FREQ=DAILY\nEXDATE:20260301T060000EST", "a date in a rule is written as 20260301T060000;"),
        (f"{START}\nRRULE:FREQ=DAILY;UNTIL=20260301T060000+0100", "a date in a rule is written as 20260301T060000;"),
        ("DTSTART:99991231T000000\nRRULE:FREQ=DAILY", "a rule's dates lie in the years 1678 to 2261;"),
        ("FREQ=SECONDLY", "a rule fires at most once a minute; received FREQ=SECONDLY."),
        ("FREQ=DAILY;BYSECOND=0,1", "a rule fires at most once a minute; received BYSECOND=0,1."),
        ("RRULE:FREQ=DAILY\nEXRULE:FREQ=SECONDLY", "a rule fires at most once a minute"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is 1 to 1,000,000; received 0."),
        (f"FREQ=DAILY;INTERVAL={'9' * 30}", "INTERVAL is 1 to 1,000,000; received 999"),
        (
            f"FREQ=YEARLY;BYSETPOS={','.join(map(str, range(1, 367)))}",
            "BYSETPOS has at most 100 positions; received 366.",
        ),
        ("\n".join(["RRULE:FREQ=HOURLY"] * 350), "a schedule has at most 20 rules; received 350."),
        (f"RRULE:FREQ=DAILY\nRDATE:{','.join(['20260101T060000'] * 1000)}", "at most 6,500 characters; received 16,"),
    ],
)
def test_what_prefect_reads_otherwise_or_without_end_is_refused(rule: str, message: str) -> None:
    assert message in problem(rule)


@pytest.mark.parametrize(
    ("rule", "timezone"),
    [
        ("DTSTART:20260101T060000Z\nRRULE:FREQ=DAILY;UNTIL=20260301T060000Z", "UTC"),
        ("RRULE:FREQ=DAILY\nEXDATE:20260301T000000Z", "Etc/UTC"),
        ("FREQ=DAILY;UNTIL=20261231", AMSTERDAM),
        ("DTSTART:2026-01-01T06:00:00\nRRULE:FREQ=DAILY", AMSTERDAM),
        ("DTSTART;TZID=Europe/Amsterdam:20260101T060000\nRRULE:FREQ=DAILY", AMSTERDAM),
        ("FREQ=MONTHLY;BYDAY=-1FR,2MO", AMSTERDAM),
        ("freq=hourly;byminute=20", AMSTERDAM),
    ],
)
def test_what_prefect_reads_as_it_is_written_is_taken(rule: str, timezone: str) -> None:
    ticks = schedule_ticks([read(rule, timezone)], datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))

    assert ticks


def test_in_utc_a_z_beside_a_dtstart_without_it_is_refused() -> None:
    assert "Write UNTIL=20260301T060000." in problem("FREQ=DAILY;UNTIL=20260301T060000Z", "UTC")
    assert "Write UNTIL=20260301T060000Z." in problem(
        "DTSTART:20260101T060000Z\nRRULE:FREQ=DAILY;UNTIL=20260301T060000", "UTC"
    )
