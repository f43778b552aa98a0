"""Which past steps are looked at: shares of tokens, counted back from the origin."""

import numpy as np
import pytest

from recurcast.evaluation.looks import looks


def test_tokens_are_counted_back_from_the_origin_and_told_by_their_mean_and_spread():
    shares = np.array([[0.1, 0.3, 0.6], [0.3, 0.3, 0.4]])
    found = looks(shares, (1, 2, 2))

    assert [(each.newest, each.oldest, each.told) for each in found.each] == [
        *((1, 2, "1 to 2"), (3, 4, "3 to 4"), (5, 5, "5"))
    ]
    assert [each.share for each in found.each] == pytest.approx([0.5, 0.3, 0.2])
    assert (found.each[0].low, found.each[0].high) == pytest.approx((0.42, 0.58))
    assert (found.windows, found.even) == (2, 1 / 3)
    assert [each.newest for each in found.most] == [1, 3, 5]
