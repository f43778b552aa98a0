from dataclasses import replace

import numpy as np
import pytest

from recurcast.forecasting.portable.highway import Highway, prepare, restored, spread_in_units, transformed

NAN = np.nan
FACTS = Highway(season=2, horizon=3, lookback=4, reach=8, patch=2, noise=0.1)


def prepared(*window, facts=FACTS):
    return prepare(facts, np.array([window], dtype=float))


def test_level_is_the_mean_of_the_last_season_and_spread_the_mean_change_from_season_to_season():
    each = prepared(1, 2, 3, 4, 5, 6, 7, 8)

    assert each.level == 7.5
    # Six changes of 2, and two more of the panel's usual one: a tenth of the mean of 4.5.
    assert each.spread == pytest.approx((6 * 2 + 2 * 0.45) / 8)
    assert each.relative == pytest.approx(each.spread / 4.5)
    np.testing.assert_allclose(each.z * each.spread + each.level, [[5, 6, 7, 8]])


def test_anchors_are_a_season_before_each_target_or_the_newest_value():
    seasonal, last = (prepared(*range(8), facts=replace(FACTS, anchor=anchor)) for anchor in ("seasonal", "last"))

    np.testing.assert_allclose(seasonal.anchor * seasonal.spread + seasonal.level, [[6, 7, 6]])
    np.testing.assert_allclose(last.anchor * last.spread + last.level, [[7, 7, 7]])


@pytest.mark.parametrize(
    ("window", "filled"),
    [
        ((1, 2, 3, 4, NAN, 6, 7, 8), (3, 6, 7, 8)),  # from the season before
        ((1, 2, 3, 4, NAN, 6, NAN, 8), (3, 6, 3, 8)),  # however many seasons before
        ((NAN, NAN, NAN, NAN, NAN, 6, 7, 8), (7, 6, 7, 8)),  # continued backwards by its first season
        ((NAN, NAN, NAN, NAN, NAN, NAN, NAN, 8), (8, 8, 8, 8)),  # the mean of what is known
    ],
)
def test_absent_steps_are_filled_from_their_own_phase(window, filled):
    each = prepared(*window)

    np.testing.assert_allclose(each.z * each.spread + each.level, [filled])
    np.testing.assert_allclose(each.known, [np.isfinite(window[-4:]).reshape(2, 2).mean(axis=1)])


def test_a_window_with_few_pairs_has_the_spread_of_the_panel():
    each = prepared(*[NAN] * 5, 10, 10, 10)

    assert each.spread == pytest.approx((1 * 0 + 2 * 0.1 * 10) / 3)


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_constant_window_is_forecast_and_divides_by_no_zero(value):
    each = prepared(*[value] * 8, facts=replace(FACTS, noise=1e-6))

    assert each.spread > 0
    np.testing.assert_array_equal(each.z, np.zeros((1, 4)))


def test_logarithms_are_undone_and_a_later_value_below_the_smallest_stands_for_it():
    facts = replace(FACTS, log=True, offset=0.5, smallest=0.25, at_least_zero=True)
    y = np.array([[0.0, 1.0, 100.0]])

    np.testing.assert_allclose(restored(facts, transformed(facts, y)), y)
    np.testing.assert_allclose(transformed(facts, np.array([[-7.0]])), np.log([[0.25]]))
    assert restored(facts, np.log(np.array([[0.25]]))) == 0.0


def test_widths_are_in_the_series_units():
    logs = replace(FACTS, log=True, smallest=1e-9)
    window = np.exp(np.arange(8.0))

    raw, in_logs = prepared(*range(8)), prepared(*window, facts=logs)

    np.testing.assert_allclose(spread_in_units(FACTS, raw), raw.spread[:, 0])
    np.testing.assert_allclose(spread_in_units(logs, in_logs), in_logs.spread[:, 0] * np.exp(6.5))


def test_the_same_days_a_year_before_are_further_inputs_less_the_mean_of_the_week_before_them():
    facts = Highway(season=7, horizon=2, lookback=14, reach=100, patch=7, year=91, noise=0.1)
    window = np.arange(100.0)

    each = prepared(*window, facts=facts)

    assert each.z.shape == (1, 14 + 16)
    # The day of the first target lies at step 100 - 91; the week before it begins at 2 and has the mean 5.
    np.testing.assert_allclose((each.z[:, 14:] * each.spread)[0], np.arange(2.0, 18.0) - 5)


def test_of_no_windows_there_is_nothing_in_the_same_shapes():
    each = prepare(FACTS, np.empty((0, 8)))

    assert (each.z.shape, each.known.shape, each.anchor.shape) == ((0, 4), (0, 2), (0, 3))
    assert spread_in_units(FACTS, each).shape == (0,)
