"""`recurcast schedule`, called as a person would, on a day before clocks go back."""

from datetime import UTC, datetime

import pytest
import yaml

from support.projects import one_json_object, recurcast

DAILY = {"cron": "0 6 * * *", "timezone": "Europe/Amsterdam", "slug": "daily"}
NIGHTLY = {"cron": "0 0 * * *", "timezone": "UTC", "slug": "nightly"}


@pytest.fixture(autouse=True)
def _on_the_day_before_clocks_go_back(monkeypatch):
    monkeypatch.setattr("recurcast.cli.commands.schedule.now", lambda: datetime(2026, 10, 24, 12, tzinfo=UTC))


@pytest.fixture
def schedule(project):
    """Give the project's pipeline other schedules."""

    def write(*schedules):
        file = yaml.safe_load((project.root / "prefect.yaml").read_text())
        file["deployments"][0]["schedules"] = list(schedules)
        (project.root / "prefect.yaml").write_text(yaml.safe_dump(file))

    return write


def lines(*arguments):
    ended = recurcast("schedule", *arguments)
    assert (ended.exit_code, ended.stderr) == (0, "")
    return [" ".join(line.split()) for line in ended.stdout.splitlines()]


def test_a_preview_shows_a_week_of_ticks_in_utc_and_in_the_schedules_zone(schedule):
    schedule(DAILY)
    title, header, *rows = lines("demand")

    assert title == "demand: the ticks to come, usual interval 24 h"
    assert header == "tick Europe/Amsterdam interval from length unusual"
    assert len(rows) == 7
    assert rows[:2] == [
        "2026-10-25T05:00:00Z Sun 25 Oct 06:00 24 Oct 04:00Z 25 h clocks go back 1 h",
        "2026-10-26T05:00:00Z Mon 26 Oct 06:00 25 Oct 05:00Z 24 h",
    ]


def test_odd_shows_only_the_unusual_ones_of_a_year(schedule):
    schedule(DAILY)
    rows = lines("demand", "--odd")[2:]

    assert [row.split()[0] for row in rows] == ["2026-10-25T05:00:00Z", "2027-03-28T04:00:00Z"]
    assert lines("demand", "--odd", "--days", "3")[2:] == rows[:1]


def test_without_an_unusual_one_a_sentence_says_so(schedule):
    schedule(NIGHTLY)

    assert lines("demand", "--odd") == ["All intervals of the next 366 days have the usual length, 24 h."]


def test_several_schedules_have_a_column_for_which_one_fires_and_one_that_is_off_a_note(schedule):
    schedule(DAILY, NIGHTLY | {"active": False})
    _, header, first, *_, note = lines("demand", "--days", "1")

    assert header == "tick Europe/Amsterdam interval from length schedule unusual"
    assert first.startswith("2026-10-25T00:00:00Z Sun 25 Oct 02:00 24 Oct 04:00Z 20 h nightly")
    assert note == "note: 'nightly' is not active; Prefect starts no run at its ticks."


def test_more_rows_than_one_can_read_are_counted_instead(schedule):
    schedule(NIGHTLY | {"cron": "0 * * * *"})
    *_, last, more = lines("demand")

    assert last.startswith("2026-10-26T23:00:00Z")
    assert more == "108 more until 2026-10-31T11:00:00Z; --json prints all."
    assert len(one_json_object(recurcast("schedule", "demand", "--json").stdout)["intervals"]) == 7 * 24


def test_an_empty_period_says_when_the_next_tick_is_or_that_none_will_come(schedule):
    schedule({"cron": "0 0 29 2 *", "slug": "leap-day"})
    assert lines("demand") == ["'demand' has no tick in the next 7 days; the next is 2028-02-29T00:00:00Z."]

    schedule({"rrule": "DTSTART:20200101T060000\nRRULE:FREQ=DAILY;COUNT=2", "slug": "twice"})
    assert lines("demand") == ["'demand' has no tick in the next 7 days; the last has passed."]


def test_json_is_one_object_with_the_unusual_marked(schedule):
    schedule(DAILY)
    ended = recurcast("schedule", "demand", "--days", "2", "--json")

    assert one_json_object(ended.stdout) == {
        "pipeline": "demand",
        "start": "2026-10-24T12:00:00Z",
        "end": "2026-10-26T12:00:00Z",
        "usual_seconds": 86400.0,
        "intervals": [
            {
                "tick": "2026-10-25T05:00:00Z",
                "local": {"Europe/Amsterdam": "2026-10-25T06:00:00+01:00"},
                "previous": "2026-10-24T04:00:00Z",
                "seconds": 90000.0,
                "odd": True,
                "reason": "clocks go back 1 h",
                "schedules": ["daily"],
            },
            {
                "tick": "2026-10-26T05:00:00Z",
                "local": {"Europe/Amsterdam": "2026-10-26T06:00:00+01:00"},
                "previous": "2026-10-25T05:00:00Z",
                "seconds": 86400.0,
                "odd": False,
                "reason": None,
                "schedules": ["daily"],
            },
        ],
    }


def test_a_pipeline_without_schedule_is_told_how_to_get_one(schedule):
    schedule()
    ended = recurcast("schedule", "demand")

    assert ended.exit_code == 2
    assert "a preview shows the ticks of a pipeline's schedules; 'demand' has none. Add one" in ended.message


@pytest.mark.parametrize("days", ["0", "-1", "3661"])
def test_days_that_nobody_can_look_ahead_are_refused(schedule, days):
    ended = recurcast("schedule", "demand", "--days", days)

    assert (ended.exit_code, ended.message) == (
        2,
        f"recurcast: --days is 1 to 3660; received {days}. Change it, or leave it out.",
    )
