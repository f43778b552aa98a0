from math import sqrt

import numpy as np
import pytest

from recurcast.promotion.diebold_mariano import compare
from recurcast.promotion.few_horizons import spread_both_ways

N_SERIES, HORIZON, ORIGINS = 20, 12, 25


def test_the_figures_of_two_series_at_two_origins_are_those_computed_by_hand():
    # Over origins: one cosine, (1/√2, -1/√2), whose square is 2; of the mean of two origins it is half: 1.
    # Between series: means 1 and 3, variance 2, of the mean of two 1. Satterthwaite: (1 + 1)² / (1²/1 + 1²/1) = 2.
    spread = spread_both_ways(np.array([-1.0, 1.0]), np.array([1.0, 3.0]), overlap=1)

    assert spread.variances == pytest.approx([2.0, 2.0, 2.0])
    assert spread.degrees == pytest.approx([2.0, 2.0, 2.0])
    assert spread.weights == pytest.approx([0.9, 0.05, 0.05])

    compared = compare(np.array([[0.0, 2.0], [2.0, 4.0]]), np.zeros((2, 2)), overlap=1)

    t = 2 / sqrt(2)  # two degrees of freedom have a closed form
    assert (compared.n_series, compared.n_origins, compared.difference) == (2, 2, 2.0)
    assert compared.standard_error == pytest.approx(sqrt(2))
    assert compared.p_worse == pytest.approx(0.5 - t / (2 * sqrt(2 + t**2)))
    assert compared.p_better == pytest.approx(1 - compared.p_worse)


def test_shocks_to_targets_that_origins_share_make_more_of_the_same_coefficients():
    # Overlap 2: the first origin is the mean of targets 1 and 2, the second of 2 and 3. Of shocks of variance 2 each
    # (so that an origin has 1) their mean has (1/4)² 2 + (1/2)² 2 + (1/4)² 2 = 3/4, the cosine (1/√8)² 2 + (1/√8)² 2 = 1/2.
    # What is seen, 2, is then 4 times that much: the mean has 3. Half of each: 5/8 of 2 / (3/4).
    spread = spread_both_ways(np.array([-1.0, 1.0]), np.array([1.0, 1.0]), overlap=2)

    assert spread.variances == pytest.approx([1.0, 5 / 3, 3.0])
    assert spread.degrees == pytest.approx([1.0, 1.0, 1.0])  # of one cosine alone


def test_deviations_that_change_slowly_speak_for_shocks_to_targets():
    place = np.arange(60)
    slow, restless = np.cos(np.pi * (place + 0.5) / 60), np.cos(8 * np.pi * (place + 0.5) / 60)

    weights = [spread_both_ways(each, np.array([0.0, 1.0]), overlap=30).weights[-1] for each in (slow, restless)]

    assert weights[0] > 0.3
    assert weights[1] < 0.001


def test_a_difference_that_is_the_same_at_every_origin_is_told_from_the_series_alone():
    differences = np.repeat(np.array([[-1.0], [-2.0], [-6.0]]), 10, axis=1)

    compared = compare(differences, np.zeros_like(differences), overlap=10)

    t = -3 / sqrt(7 / 3)  # the paired t test of three series, two degrees of freedom
    assert compared.standard_error == pytest.approx(sqrt(7 / 3))
    assert compared.p_better == pytest.approx(0.5 + t / (2 * sqrt(2 + t**2)))


def test_the_same_for_every_series_and_origin_leaves_no_doubt():
    compared = compare(np.full((3, 10), 0.25), np.full((3, 10), 0.5), overlap=10)

    assert (compared.standard_error, compared.p_better, compared.p_worse) == (0.0, 0.0, 1.0)


def test_equal_losses_of_a_panel_are_neither_better_nor_worse():
    losses = np.random.default_rng(1).normal(size=(4, 10))

    assert [compare(losses, losses, overlap=10).p_better, compare(losses, losses, overlap=10).p_worse] == [1.0, 1.0]


def test_neither_the_order_of_the_series_nor_the_unit_nor_the_side_matters():
    rng = np.random.default_rng(2)
    own, other = rng.normal(size=(2, 6, 30)) ** 2

    compared = compare(own, other, overlap=12)
    turned = compare(1e6 * other[::-1], 1e6 * own[::-1], overlap=12)

    assert (turned.p_worse, turned.p_better) == pytest.approx((compared.p_better, compared.p_worse))
    assert turned.difference == pytest.approx(-1e6 * compared.difference)


def test_of_series_with_other_origins_each_counts_alike_and_one_without_any_not_at_all():
    own = np.full((4, 20), np.nan)
    own[0], own[1, :5], own[2, 10:] = 1.0, 4.0, 7.0  # the fourth has none

    compared = compare(own, np.zeros((4, 20)), overlap=10)

    assert (compared.n_series, compared.n_origins, compared.difference) == (3, 20, 4.0)
    # Each series is constant: there is nothing over origins, though other series stand at each of them.
    assert compared.standard_error == pytest.approx(sqrt(9 / 3))


def test_one_series_and_many_horizons_are_told_from_time_alone_as_ever():
    rng = np.random.default_rng(3)
    panel = rng.normal(size=(5, 60))

    assert compare(panel, np.zeros((5, 60)), 12).p_better == pytest.approx(
        compare(panel.mean(axis=0), np.zeros(60), 12).p_better
    )
    assert compare(panel[:1], np.zeros((1, 60)), 24) == compare(panel[0], np.zeros(60), 24)
    assert compare(panel, np.zeros((5, 60)), 13).p_better != pytest.approx(
        compare(panel.mean(axis=0), np.zeros(60), 13).p_better, abs=1e-3
    )


def shocked(rng, common, *, to_targets):
    """Differences of equal ones, standard deviation 0.3; `common` of their variance is of shocks to all series."""

    def shocks(n):
        if not to_targets:
            return rng.normal(size=(n, ORIGINS))
        sums = np.cumsum(rng.normal(size=(n, ORIGINS + HORIZON)), axis=1)
        return (sums[:, HORIZON:] - sums[:, :-HORIZON]) / sqrt(HORIZON)

    return 0.3 * (sqrt(common) * shocks(1) + sqrt(1 - common) * shocks(N_SERIES))


@pytest.mark.parametrize(
    ("common", "to_targets", "most"),
    [
        pytest.param(0.0, False, 0.07, id="each series on its own"),
        pytest.param(0.0, True, 0.07, id="each on its own, targets shared"),
        pytest.param(0.3, False, 0.07, id="common shocks to origins"),
        pytest.param(0.3, True, 0.15, id="common shocks to targets, the worst case"),
    ],
)
def test_over_two_horizons_few_equal_ones_are_found_better_and_most_that_are(common, to_targets, most):
    rng = np.random.default_rng(4)
    draws = [shocked(rng, common, to_targets=to_targets) for _ in range(300)]
    nothing = np.zeros((N_SERIES, ORIGINS))
    found = np.mean([compare(each, nothing, HORIZON).p_better <= 0.05 for each in draws])
    better = np.mean([compare(each - 0.2, nothing, HORIZON).p_better <= 0.05 for each in draws])

    assert found <= most
    assert better >= (0.6 if common and to_targets else 0.9)


def test_as_if_the_series_were_independent_common_shocks_would_pass_for_an_edge():
    """What the series alone would say: the reason why origins count as well."""
    rng, found = np.random.default_rng(5), 0
    for _ in range(200):
        means = shocked(rng, 0.3, to_targets=True).mean(axis=1)
        found += abs(means.mean()) > 2.09 * means.std(ddof=1) / sqrt(N_SERIES)

    assert found > 60  # 10 expected of a test at 5% on either side
