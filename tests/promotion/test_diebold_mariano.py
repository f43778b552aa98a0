from math import sqrt

import numpy as np
import pytest
from scipy import stats

from recurcast.promotion.diebold_mariano import compare

NOTHING = np.zeros(3)


def test_the_figures_of_three_origins_are_those_computed_by_hand():
    # All cosines of three points: the variance is that of the sample, ((1-3)² + (2-3)² + (6-3)²) / 2 = 7.
    # Its mean's is 7/3, the factor squared (3 + 1 - 2) / 3 = 2/3; two degrees of freedom have a closed form.
    compared = compare(np.array([1.0, 2.0, 6.0]), NOTHING, overlap=1)

    t = 3 / sqrt(7 / 3 / (2 / 3))
    assert (compared.n_origins, compared.difference) == (3, pytest.approx(3.0))
    assert compared.standard_error == pytest.approx(sqrt(3.5))
    assert compared.p_worse == pytest.approx(0.5 - t / (2 * sqrt(2 + t**2)))
    assert compared.p_better == pytest.approx(1 - compared.p_worse)


def test_with_all_cosines_it_is_the_paired_t_test_but_for_the_small_sample_factor():
    own, other = np.random.default_rng(1).normal(size=(2, 3))  # two cosines are all that three points have
    paired = stats.ttest_rel(own, other)

    compared = compare(own, other, overlap=1)

    assert compared.difference / compared.standard_error == pytest.approx(paired.statistic * sqrt(2 / 3))


def test_the_long_run_variance_is_that_of_a_cosine_transform_of_another_library():
    from scipy.fft import dct

    differences = np.random.default_rng(2).normal(size=64).cumsum()
    n, overlap = 64, 10  # 2 floor(64^(1/3)) = 8, 64 // 10 = 6
    coefficients = dct(differences, type=2, norm="ortho")[1:7]
    factor = sqrt((n + 1 - 2 * overlap + overlap * (overlap - 1) / n) / n)

    compared = compare(differences, np.zeros(n), overlap)

    statistic = differences.mean() / sqrt(np.mean(coefficients**2) / n) * factor
    assert compared.difference / compared.standard_error == pytest.approx(statistic)
    assert compared.p_worse == pytest.approx(stats.t.sf(statistic, 6))


def test_a_lower_loss_is_better_and_the_other_side_says_the_same():
    own = np.array([1.0, 1.2, 0.9, 1.1, 1.0, 0.8])
    other = own + np.array([0.3, 0.2, 0.4, 0.3, 0.1, 0.3])

    compared, turned = compare(own, other, overlap=1), compare(other, own, overlap=1)

    assert compared.difference == pytest.approx(-1.6 / 6)
    assert compared.p_better < 0.05 < 0.95 < compared.p_worse
    assert (turned.difference, turned.p_better, turned.p_worse) == pytest.approx(
        (-compared.difference, compared.p_worse, compared.p_better)
    )


def test_equal_losses_are_neither_better_nor_worse():
    losses = np.array([0.3, 0.1, 0.2])

    for overlap, spread in ((1, 0.0), (1, 0.5), (3, 0.0)):
        compared = compare(losses, losses, overlap, spread)
        assert (compared.difference, compared.p_better, compared.p_worse) == (0.0, 1.0, 1.0)


def test_a_constant_difference_leaves_no_doubt():
    own, other = np.full(8, 0.25), np.full(8, 0.5)

    compared = compare(own, other, overlap=2)

    assert (compared.standard_error, compared.p_better, compared.p_worse) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(("n", "overlap"), [(23, 24), (24, 24), (4, 24), (1, 1), (1, 24)])
def test_origins_that_all_share_targets_tell_nothing(n, overlap):
    compared = compare(np.linspace(0, 1, n), np.ones(n), overlap)

    assert compared.difference < 0
    assert (compared.standard_error, compared.p_better, compared.p_worse) == (None, 0.5, 0.5)


def test_two_origins_are_enough_for_a_figure():
    compared = compare(np.array([0.0, 1.0]), np.array([1.0, 1.5]), overlap=1)

    assert compared.difference == pytest.approx(-0.75)
    assert 0 < compared.p_better < 0.5


def test_more_overlap_means_less_certainty():
    own = np.random.default_rng(3).normal(1.0, 0.3, 60)
    certainties = [compare(own, np.full(60, 1.1), overlap).p_better for overlap in (1, 12, 30)]

    assert certainties == sorted(certainties)
    assert certainties[0] < certainties[-1]


def test_the_spread_over_seeds_adds_to_the_variance():
    own, other = np.array([1.0, 2.0, 6.0]), NOTHING

    compared = compare(own, other, overlap=1, spread=2.0)

    assert compared.standard_error == pytest.approx(sqrt(3.5 + 4.0))
    assert compared.p_worse > compare(own, other, overlap=1).p_worse


def test_the_unit_of_the_losses_does_not_matter():
    own, other = np.random.default_rng(4).normal(size=(2, 40)) ** 2

    compared, larger = compare(own, other, 4), compare(own * 1e6, other * 1e6, 4)

    assert larger.p_better == pytest.approx(compared.p_better)


@pytest.mark.parametrize("horizon", [1, 24])
def test_one_in_twenty_is_found_better_where_neither_is(horizon):
    """400 pairs; differences that hang together (0.5 from step to step), averaged over the horizon."""
    rng, found, n = np.random.default_rng(5), 0, 200
    for _ in range(400):
        steps = rng.normal(size=n + horizon + 49)
        for step in range(1, len(steps)):
            steps[step] += 0.5 * steps[step - 1]
        differences = np.convolve(steps[50:], np.full(horizon, 1 / horizon), "valid")
        found += compare(differences, np.zeros(n), horizon).p_better < 0.05

    assert 8 <= found <= 34  # 20 expected; below 8 or above 34 less than once in 400
