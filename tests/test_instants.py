from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from prefect.client.schemas.objects import FlowRun

from recurcast.errors import ConfigurationError
from recurcast.instants import countable, format_instant, format_length, in_zone, parse_instant, to_utc


def test_an_instant_is_the_same_whatever_zone_names_it():
    amsterdam = datetime(2024, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=1)))

    assert to_utc(amsterdam) == datetime(2024, 3, 1, tzinfo=UTC)
    assert format_instant(amsterdam) == "2024-03-01T00:00:00Z"
    assert parse_instant("2024-03-01T01:00:00+01:00") == parse_instant("2024-03-01T00:00:00Z")


def test_a_spelled_instant_is_read_back_as_it_was():
    instant = datetime(2024, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)

    assert parse_instant(format_instant(instant)) == instant


@pytest.mark.parametrize("text", ["2024-03-01T00:00:00", "2024-03-01", "yesterday", ""])
def test_a_text_that_names_no_instant_is_refused_with_what_to_write(text):
    with pytest.raises(ConfigurationError, match=r"2024-03-01T00:00:00Z|Append 'Z'"):
        parse_instant(text)


def test_an_instant_that_prefect_hands_out_keeps_its_zone_in_arithmetic():
    handed_out = FlowRun(flow_id="00000000-0000-0000-0000-000000000000", expected_start_time="2026-01-01T00:00:00Z")
    slot = to_utc(handed_out.expected_start_time)

    assert type(slot) is datetime
    assert slot - timedelta(seconds=1) == datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1677-09-22T23:59:59Z", "2262-04-10T00:00:01Z"]
)
def test_an_instant_that_no_series_can_have_is_refused(text):
    with pytest.raises(ConfigurationError, match="1678 to 2261"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("length", "spelled"),
    [
        (timedelta(minutes=30), "30 min"),
        (timedelta(hours=25), "25 h"),
        (timedelta(days=3, hours=-1), "2 d 23 h"),
        (timedelta(days=31), "31 d"),
        (timedelta(hours=1, minutes=5, seconds=2.5), "1 h 5 min 2.5 s"),
        (timedelta(0), "0 s"),
    ],
)
def test_a_length_is_spelled_as_people_say_it(length, spelled):
    assert format_length(length) == spelled


@pytest.mark.parametrize("text", ["1677-09-23T00:00:00Z", "2262-01-01T06:00:00Z", "2262-04-10T00:00:00Z"])
def test_a_tick_beside_the_first_and_the_last_year_is_an_instant(text):
    assert format_instant(parse_instant(text)) == text


@pytest.mark.parametrize("instant", [datetime.min, datetime.max, datetime(1677, 1, 1), datetime(2263, 1, 1)])
def test_an_instant_from_python_that_no_series_can_have_is_refused_whatever_its_zone(instant):
    for hours in (-12, 0, 14):
        with pytest.raises(ConfigurationError, match="1678 to 2261"):
            countable(instant.replace(tzinfo=timezone(timedelta(hours=hours))))
    with pytest.raises(ConfigurationError, match="1678 to 2261"):
        in_zone(instant, "Europe/Amsterdam")


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_a_time_without_zone_is_the_wall_clock_s_and_where_that_shows_it_twice_or_never_refused(zone):
    clock = ZoneInfo(zone)
    shown = Counter()
    instant = datetime(2023, 12, 31, tzinfo=UTC)
    while instant < datetime(2025, 1, 2, tzinfo=UTC):
        shown[instant.astimezone(clock).replace(tzinfo=None)] += 1
        instant += timedelta(minutes=30)

    for hours in range(24 * 2 * 366):
        stated = datetime(2024, 1, 1) + timedelta(minutes=30 * hours)
        if shown[stated] == 1:
            assert in_zone(stated, zone).astimezone(clock).replace(tzinfo=None) == stated
        else:
            with pytest.raises(ConfigurationError, match="twice" if shown[stated] else "put forward over it"):
                in_zone(stated, zone)
