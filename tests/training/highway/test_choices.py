from dataclasses import replace

import numpy as np
import pytest

from recurcast.forecasting.portable.highway import Highway
from recurcast.training.highway.choices import choose, criterion, facts_of, patch_of, scales_of

SIZES = Highway(season=4, horizon=3, lookback=8, reach=24, patch=1)


@pytest.mark.parametrize(
    ("season", "lookback", "patch"), [(7, 112, 7), (24, 312, 24), (12, 36, 4), (12, 24, 3), (1, 16, 1), (7, 50, 1)]
)
def test_a_patch_divides_season_and_lookback_and_leaves_eight(season, lookback, patch):
    assert patch_of(season, lookback) == patch


def walks(seed=0):
    return 100 + np.cumsum(np.random.default_rng(seed).normal(size=(8, 80)), axis=1)


def cycles(seed=0):
    return np.tile([10.0, 14, 11, 7], (8, 20)) + np.random.default_rng(seed).normal(size=(8, 80)) * 0.1


def seasonal_walks(seed=0):
    steps = np.random.default_rng(seed).normal(size=(8, 20, 4))
    return 100 + np.cumsum(steps, axis=1).reshape(8, 80)


def test_random_walks_are_anchored_at_their_newest_value():
    assert choose(walks(), 80, SIZES).facts.anchor == "last"


def test_series_that_grow_by_shares_are_seen_in_logarithms_and_those_below_zero_never():
    growth = np.exp((seasonal_walks() - 100) / 3)

    assert choose(growth, 80, SIZES).facts.log
    assert not choose(growth - growth.max(), 80, SIZES).facts.log


def test_what_is_chosen_hangs_on_nothing_from_the_end_on():
    y = cycles()
    later = y.copy()
    later[:, 60:] = -1e6

    assert choose(y, 60, SIZES) == choose(later, 60, SIZES)


def test_series_too_short_for_a_block_take_the_first_of_each_choice():
    chosen = choose(cycles()[:, :6], 6, SIZES)

    assert (chosen.facts.log, chosen.facts.anchor, chosen.penalty) == (False, "seasonal", 0.1)


def test_zeros_set_an_offset_of_a_tenth_of_the_mean_and_no_forecast_lies_below_them():
    y = cycles()
    y[0, 3] = 0.0

    facts = facts_of(y, 80, replace(SIZES, log=True))

    assert facts.offset == facts.smallest == pytest.approx(y.mean() / 10)
    assert facts.at_least_zero
    assert not facts_of(y - 5, 80, SIZES).at_least_zero


def test_the_criterion_counts_known_targets_alone():
    targets, forecasts = np.array([[10.0, np.nan], [20.0, 20.0]]), np.array([[11.0, 1e9], [20.0, 24.0]])

    # MASE (1/2 + 2/4) / 2, the mean share 1/21 and (0 + 4/44) / 2
    expected = 0.5 * (np.log(0.5) + np.log((1 / 21 + 2 / 44) / 2))
    assert criterion(targets, forecasts, np.array([2.0, 4.0])) == pytest.approx(expected)


def test_a_scale_is_the_mean_change_over_a_season_and_none_where_no_two_values_are_one_apart():
    y = np.array([[1.0, 2, 4, 8], [1, np.nan, np.nan, 3]])

    np.testing.assert_array_equal(scales_of(y, 2), [4.5, np.nan])


def test_the_same_days_a_year_before_are_seen_where_they_help():
    random = np.random.default_rng(0)
    yearly = 50 + np.cumsum(random.normal(size=(3, 91)), axis=1)
    sizes = replace(SIZES, season=7, lookback=14, reach=98, patch=1, year=91)

    def chosen(y):
        return choose(y, y.shape[1], sizes).facts.year

    assert chosen(np.tile(yearly, 5) + random.normal(size=(3, 455)) * 0.1) == 91
    assert chosen(50 + np.cumsum(random.normal(size=(3, 455)), axis=1)) == 0
