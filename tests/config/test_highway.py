import pytest

from recurcast.config.highway import year_of


@pytest.mark.parametrize(
    ("frequency", "season", "horizon", "steps", "year"),
    [
        ("D", 7, 7, 1820, 364),
        ("D", 7, 7, 1819, 0),
        ("B", 5, 5, 1300, 260),
        ("D", 364, 7, 3000, 0),
        ("h", 24, 24, 90_000, 0),
        (None, 7, 7, 3000, 0),
        ("D", 7, 357, 3000, 364),
        ("D", 7, 358, 3000, 0),
    ],
)
def test_days_of_five_years_may_see_the_year_before(frequency, season, horizon, steps, year):
    assert year_of(frequency, season, horizon, steps) == year
