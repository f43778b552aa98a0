"""The table of pasted cron lines in docs/concepts.md counts what really fires."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from recurcast.config.schedule import Schedule
from recurcast.errors import ConfigurationError
from recurcast.scheduling.ticks import coming_ticks

CONCEPTS = Path(__file__).parents[2] / "docs" / "concepts.md"
BERLIN = ZoneInfo("Europe/Berlin")


def rows() -> list[list[str]]:
    _, _, after = CONCEPTS.read_text(encoding="utf-8").partition("### Cron lines, as they are pasted")
    table = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def fired_in_2026(**said: object) -> int:
    """How often it fires in Berlin's year, its first midnight included."""
    schedule = Schedule.model_validate({"slug": "pasted", "timezone": "Europe/Berlin"} | said)
    first, end = (datetime(year, 1, 1, tzinfo=BERLIN).astimezone(UTC) for year in (2026, 2027))
    return sum(1 for _ in coming_ticks([schedule], first - timedelta(seconds=1), end))


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[1]} {row[2]}".strip())
def test_a_line_of_the_table_fires_as_often_as_it_says(row: list[str]) -> None:
    _, cron, beside, fires, told = row
    said: dict[str, object] = {"cron": cron.strip("`")} | ({"day_or": False} if "day_or: false" in beside else {})
    if fires:
        assert fired_in_2026(**said) == int(fires.replace(",", ""))
        assert told.startswith(("right", "wrong"))
        return
    assert told.startswith("refused")
    with pytest.raises((ConfigurationError, ValidationError)):
        fired_in_2026(**said)


def test_what_the_table_gives_instead_fires_as_meant() -> None:
    rules = [told.partition("`rrule: ")[2].partition("`")[0] for *_, told in rows() if "`rrule: " in told]
    assert [fired_in_2026(rrule=rule) for rule in rules] == [12, 26]
    assert "interval: 172800" in str(rows())


def test_lines_that_are_refused_are_refused() -> None:
    for line in ("0 6 * * 5L", "0 6 15W * *", "H 6 * * *"):
        with pytest.raises(ConfigurationError, match="no cron expression that Prefect knows"):
            fired_in_2026(cron=line)
