import pytest

from recurcast.config.highway import year_of


@pytest.mark.parametrize(
    ("frequency", "season", "steps", "year"),
    [("D", 7, 1820, 364), ("D", 7, 1819, 0), ("B", 5, 1300, 260), ("D", 364, 3000, 0), ("h", 24, 90_000, 0), (None, 7, 3000, 0)],
)  # fmt: skip
def test_days_of_five_years_may_see_the_year_before(frequency, season, steps, year):
    assert year_of(frequency, season, steps) == year
