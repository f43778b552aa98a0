import pytest

from recurcast.config import Columns
from recurcast.errors import DataRejected
from recurcast.scaffold.sizes import FEWEST_STEPS, Extent, guess_sizes


def sizes(steps, series=1, frequency="h", season=24, horizon=None, covariates=(), **extent):
    columns = Columns(covariates=covariates)
    return guess_sizes(Extent(steps, series, columns, **extent), frequency, season, horizon, static=True)


@pytest.mark.parametrize("steps", [FEWEST_STEPS, 100, 300, 1_000, 10_000, 100_000])
@pytest.mark.parametrize("series", [1, 4, 400])
@pytest.mark.parametrize(("frequency", "season"), [("5min", 288), ("h", 24), ("D", 7), ("B", 1), ("MS", 12)])
def test_the_parts_fit_into_what_is_there_and_hold_enough_to_decide(steps, series, frequency, season):
    found = sizes(steps, series, frequency, season if 3 * season <= steps else 1)

    parts, windows = found.parts, found.windows
    assert parts.steps <= steps
    assert parts.history > (season if 3 * season <= steps else 1) + windows.horizon
    assert (parts.test - windows.horizon) // windows.stride + 1 >= 10  # gate.min_origins
    if parts.calibration:
        assert series * ((parts.calibration - windows.horizon) // windows.stride + 1) >= 19  # a 95% interval


@pytest.mark.parametrize(("steps", "series"), [(1_000_000, 1), (20_000, 40), (1_000, 1_000)])
def test_what_is_trained_stays_within_a_minute_however_much_there_is(steps, series):
    found = sizes(steps, series, covariates=("price",))

    windows = series * (found.parts.history - found.windows.lookback - found.windows.horizon) / found.windows.stride
    assert windows * found.windows.lookback * found.training.epochs <= 1.2 * 240_000 * 20


def test_with_covariates_a_longer_series_is_trained_on_more_until_that_is_enough():
    history = {
        steps: sizes(steps, covariates=("price",)).parts.history for steps in (300, 3_000, 30_000, 100_000, 200_000)
    }
    assert history[300] < history[3_000] < history[30_000]
    assert history[100_000] == history[200_000]


def test_without_them_all_that_is_known_is_trained_on_by_a_highway_whose_version_is_refitted():
    found = sizes(200_000)

    assert found.parts.steps == 200_000
    assert (found.network.kind, found.training.combine, found.serving) == ("highway", "median", "refit")
    assert (sizes(3_000, covariates=("price",)).network.kind, sizes(3_000, covariates=("price",)).serving) == (
        "plain",
        "judged",
    )


@pytest.mark.parametrize(
    ("season", "usual", "lookback"),
    [(7, 735, 112), (24, 960, 312), (24, 9_600, 336), (12, 108, 36), (1, 500, 16), (7, 30, 14)],
)
def test_the_lookback_is_whole_seasons_and_at_most_a_third_of_a_usual_series(season, usual, lookback):
    assert sizes(10_000, season=season, usual=usual).windows.lookback == lookback


def test_parts_are_counted_from_the_last_rows_of_a_static_panel_whose_series_end_apart():
    assert sizes(1_000, 4, ends_apart=40).parts.align == "last_row"
    assert sizes(1_000, 4, ends_apart=0).parts.align == "as_of"
    assert sizes(1_000, 4, ends_apart=3).parts.align == "as_of"


def test_too_few_rows_are_refused_with_the_number_that_is_needed():
    with pytest.raises(DataRejected, match=r"needs about 60 steps.*the file holds 59 steps"):
        sizes(59)
    with pytest.raises(DataRejected, match=r"a horizon of 100 needs about \d{3} steps"):
        sizes(200, horizon=100)


def test_the_horizon_that_is_said_is_taken():
    found = sizes(5_000, horizon=3)

    assert found.windows.horizon == 3
    assert found.guesses[1].why.startswith("horizon: said on the command line")
