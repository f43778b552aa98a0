"""What follows from a search's record."""

from dataclasses import replace

import pytest

from recurcast.runs.search import Axis, FreshScore, Trial
from recurcast.runs.search_facts import (
    Dimension,
    best_so_far,
    dimensions_of,
    finished,
    improvement_of,
    luck_of,
    outcome_of,
    ranked,
)
from support.searches import searched


def trial(number, *scores, state="finished", cell="gru", **settings):
    return Trial(number, state, cell, settings, scores, seconds=1.0, seed=number)


def record(*trials, winner=None, fresh=(), axes=None):
    return replace(searched(), trials=trials, winner=winner, fresh=fresh, axes=axes or {})


def test_only_trials_that_came_to_the_end_are_ranked_and_the_earlier_of_equals_is_first():
    tried = record(
        trial(0, 3.0, 3.0, 3.0),
        trial(1, 1.0, state="pruned"),
        trial(2, 2.0, 2.0, 2.0),
        trial(3, state="failed"),
        trial(4, 1.0, 2.0, 3.0),
    )

    assert [each.number for each in finished(tried)] == [0, 2, 4]
    assert [each.number for each in ranked(tried)] == [2, 4, 0]
    assert best_so_far(tried) == ((0, 3.0), (2, 2.0))


def test_luck_is_of_the_finished_trials():
    tried = record(trial(0, 1.0, 3.0, 2.0), trial(1, 0.1, state="pruned"), trial(2, 2.0, 2.0, 2.0))

    one, two = luck_of(tried)

    assert one.lost == pytest.approx(0)
    assert (one.tries, two.tries) == (1, 2)
    # Left out in turn: the first and third are 2.5 and 2 against 2 (the second wins, then the first by its number), the
    # second is chosen by 1.5 and scores 3.
    assert (two.promised, two.kept) == pytest.approx(((2 + 1.5 + 2) / 3, (2 + 3 + 2) / 3))


@pytest.mark.parametrize(
    ("winner", "fresh", "outcome", "share"),
    [
        (None, (), "none", None),
        (0, (FreshScore(0, (1.0, 2.0)),), "stands", 0.0),
        (2, (FreshScore(2, (1.0, 0.5)), FreshScore(0, (1.0, 1.0))), "won", 0.25),
        (2, (FreshScore(2, (1.0, 1.0)), FreshScore(0, (1.0, 1.0))), "lost", 0.0),
        (2, (FreshScore(2, (2.0, 1.0)), FreshScore(0, (1.0, 1.0))), "lost", -0.5),
        (2, (FreshScore(2, (2.0, 1.0)),), "lost", None),
    ],
)
def test_a_winner_is_one_that_is_better_where_nobody_had_looked(winner, fresh, outcome, share):
    tried = record(trial(0, 1.0), trial(2, 0.5), winner=winner, fresh=fresh)

    assert outcome_of(tried) == outcome
    assert improvement_of(tried) == share


def test_settings_that_differ_are_dimensions_in_the_order_of_the_space():
    tried = record(
        trial(0, units=32, loss="mae", clip=None, same=1),
        trial(1, units=8, loss="mse", clip=1.0, same=1),
        trial(2, cell="linear", loss="huber", clip=1.0),
        axes={"units": Axis(8, 32, log=True), "loss": Axis(choices=("huber", "mse", "mae"))},
    )

    assert dimensions_of(tried) == (
        Dimension("cell", ("gru", "linear"), False),
        Dimension("units", (8, 32), True, True),
        Dimension("loss", ("huber", "mse", "mae"), False),
        Dimension("clip", (1.0, None), False),
    )
