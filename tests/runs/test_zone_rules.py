"""Rules are compared where a run's zone and span are touched, and nowhere else."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from recurcast.runs.zone_rules import RULES_TAG, VERSION_TAG, changed_rules, database_version, rules_of
from support.zones import read_made_zones, read_own_zones

SPRING = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
NIGHT = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, 1, tzinfo=UTC)
"""Around the instant at which Amsterdam's clocks go forward."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Let zoneinfo read a made database, and afterwards its own again."""
    yield partial(read_made_zones, tmp_path)
    read_own_zones()


def test_a_zone_whose_rules_are_others_is_named_with_both_versions(database: Callable[..., None]) -> None:
    database("2025b", Amsterdam="Europe/Amsterdam")
    tags = rules_of("Europe/Amsterdam", *SPRING).tags
    assert tags[VERSION_TAG] == "2025b"

    assert changed_rules(tags) == ""
    database("2026f", Amsterdam="Africa/Lagos")  # winter time all year, from March on another clock
    assert changed_rules(tags) == "time zone rules of Europe/Amsterdam (2025b -> 2026f)"


def test_rules_that_differ_outside_of_a_runs_span_do_not_touch_it(database: Callable[..., None]) -> None:
    database("2025b", Amsterdam="Europe/Amsterdam")
    winter = rules_of("Europe/Amsterdam", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)).tags
    change = rules_of("Europe/Amsterdam", *NIGHT).tags

    database("2026f", Amsterdam="Africa/Lagos")

    assert changed_rules(winter) == ""
    assert changed_rules(change) != ""


def test_another_version_with_the_same_rules_changes_nothing(database: Callable[..., None]) -> None:
    database("2025b", Amsterdam="Europe/Amsterdam")
    tags = rules_of("Europe/Amsterdam", *SPRING).tags
    database("2026f", Amsterdam="Europe/Berlin")

    assert changed_rules(tags) == ""


def test_a_zone_that_is_gone_counts_as_changed(database: Callable[..., None]) -> None:
    database("2025b", Amsterdamned="Europe/Amsterdam")
    tags = rules_of("Europe/Amsterdamned", *SPRING).tags
    database("2026f", Amsterdam="Europe/Amsterdam")

    assert changed_rules(tags).startswith("time zone rules of Europe/Amsterdamned (2025b -> ")


def test_utc_has_no_rules_and_a_run_without_tags_is_not_stale(database: Callable[..., None]) -> None:
    database("2025b", Amsterdam="Europe/Amsterdam")

    assert RULES_TAG not in rules_of("UTC", *SPRING).tags
    assert changed_rules({VERSION_TAG: "2019a"}) == changed_rules({}) == ""


def test_the_version_is_that_of_the_database_in_which_the_zone_is_found(database: Callable[..., None]) -> None:
    import tzdata

    database("2020a", file="+VERSION", Amsterdam="Europe/Amsterdam")

    assert database_version("Europe/Amsterdam") == "2020a"
    assert database_version("Europe/Paris") == tzdata.IANA_VERSION
