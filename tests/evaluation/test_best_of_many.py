"""What the best of many loses: beside every set of tries counted out, and beside what is known of normal numbers."""

from itertools import combinations

import numpy as np
import pytest

from recurcast.evaluation.best_of_many import best_of_many


def counted_out(scores: list[list[float]], number: int) -> tuple[float, float]:
    """Return means over all sets of so many tries and all origins left out, of both scores."""
    promised, kept = [], []
    for tries in combinations(scores, number):
        for left in range(len(scores[0])):
            rests = [(sum(each) - each[left]) / (len(each) - 1) for each in tries]
            best = min(range(number), key=rests.__getitem__)
            promised.append(rests[best])
            kept.append(tries[best][left])
    return sum(promised) / len(promised), sum(kept) / len(kept)


def test_two_tries_by_hand():
    one, two = best_of_many(np.array([[1.0, 3.0], [2.0, 2.0]]))

    assert (one.promised, one.kept, one.lost) == (2, 2, 0)
    # Without the first origin the second try is chosen for its 2, without the last the first for its 1, and has 3 there.
    assert (two.promised, two.kept, two.lost) == (1.5, 2.5, 1.0)


@pytest.mark.parametrize("shape", [(1, 2), (6, 2), (7, 3), (8, 5)])
def test_all_sets_of_tries_counted_out_give_the_same(shape):
    scores = np.random.default_rng(3).normal(size=shape).round(1)  # so that some are equal

    for told in best_of_many(scores):
        assert (told.promised, told.kept) == pytest.approx(counted_out(scores.tolist(), told.tries), abs=1e-12)


def test_among_equals_all_that_was_gained_is_luck_and_among_sure_ones_none_is():
    rng = np.random.default_rng(5)
    noise = np.mean([[(end := best_of_many(rng.normal(size=(10, 2)))[-1]).promised, end.kept] for _ in range(4000)], 0)
    sure = best_of_many(np.repeat([[3.0], [1.0], [2.0]], 3, axis=1))

    assert noise == pytest.approx([-1.53875, 0], abs=0.05)  # the expected least of ten normal numbers
    assert [each.lost for each in sure] == pytest.approx([0, 0, 0])
    assert (sure[0].kept, sure[-1].kept) == pytest.approx((2, 1))


def test_of_many_tries_some_numbers_are_told_the_first_and_the_last_among_them():
    told = best_of_many(np.random.default_rng(1).normal(size=(5000, 3)))

    assert (told[0].tries, told[-1].tries, len(told) <= 200) == (1, 5000, True)
    assert np.diff([each.promised for each in told]).max() < 0


@pytest.mark.parametrize("shape", [(0, 3), (5, 1), (5, 0)])
def test_without_a_second_origin_or_any_try_nothing_is_told(shape):
    assert best_of_many(np.zeros(shape)) == ()
