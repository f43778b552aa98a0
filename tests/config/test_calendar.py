"""What `network.calendar` takes, and what is said of an entry that there is not."""

import pytest
from pydantic import ValidationError

from recurcast.config import NetworkConfig
from recurcast.config.calendar import days_in, path_in


def calendar(*entries: object) -> tuple[str, ...]:
    return NetworkConfig.model_validate({"calendar": list(entries)}).calendar


def refused(*entries: object) -> str:
    with pytest.raises(ValidationError) as error:
        calendar(*entries)
    return str(error.value)


def test_cycles_and_calendars_of_days_stand_in_one_list() -> None:
    stated = ("hour", "holidays:DE-BY", "holidays:US", "sessions:XNYS", "days:campaigns.csv")
    assert calendar(*stated) == stated
    assert days_in(stated) == stated[1:]


def test_a_named_file_and_an_entry_written_with_a_blank_are_the_same_as_those_without() -> None:
    given = calendar({"school_holidays": "days/school.csv"}, {"holidays": "DE-BY"}, {"days": "campaigns.csv"})
    assert given == ("days:school_holidays=days/school.csv", "holidays:DE-BY", "days:campaigns.csv")
    assert [path_in(given[0]), path_in(given[2])] == ["days/school.csv", "campaigns.csv"]
    assert calendar("school_holidays: days/school.csv", "holidays: DE-BY", "days: campaigns.csv") == given


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("holidays:DE-BX", "received 'DE-BX'. Did you mean 'DE-HB'?"),
        ("holidays:NL-BY", "Did you mean 'NL'? Valid: NL, NL-Midden"),
        ("holidays:de", "Did you mean 'DE'?"),
        ("sessions:XNYX", "Did you mean 'XNYS'?"),
        ("sessions:xetr", "Did you mean 'XETR'?"),
        ("sessions:24/7", "names an exchange by its market identifier"),
        ("holiday:DE", "Did you mean 'holidays'?"),
        ("minute", "an entry is hour, weekday"),
        ("days:", "an entry is hour"),
        ({"school holidays": "file.csv"}, "a name is letters, digits and underscores"),
        ({"a": "x.csv", "b": "y.csv"}, "an entry is hour"),
        ({"a": 3}, "an entry is hour"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest_that_there_is(entry: object, said: str) -> None:
    assert said in refused(entry)


def test_an_entry_written_in_two_ways_is_still_one() -> None:
    assert "each calendar feature is named once" in refused("holidays:DE", {"holidays": "DE"})
