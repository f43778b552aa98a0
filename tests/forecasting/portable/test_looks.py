"""The shares of attention that numpy tells, beside those that stand in keras and in docs/cells.md."""

from typing import Any

import numpy as np
import pytest

from recurcast.forecasting.portable.looks import shares_of_tokens, steps_of_tokens
from recurcast.series.grid import Grid
from recurcast.training.export import bundle_of
from recurcast.training.highway import lesson
from recurcast.training.highway.cells import fit_highway_seeds
from support import exported as networks
from support.cells import Array, attention_scores, run_layer, steps
from support.exported import Exported, exported
from support.ragged import ragged_pipeline, shared_split

PARTS = {"history": 110, "validation": 10, "test": 10}


def features_of(made: Exported) -> Array:
    return (made.window[:, :, :1] - made.level[:, :, None]) / made.spread[:, :, None]


def weights_of(made: Exported) -> dict[str, Array]:
    return {name: values.astype(np.float64) for name, values in made.bundle.weights.items()}


@pytest.mark.parametrize("how", ["additive", "dot"])
def test_a_states_share_is_the_one_that_its_score_gives(how: str) -> None:
    made = exported("attention", attention=how)
    weights = weights_of(made)
    states = run_layer(
        "gru", features_of(made), [weights[f"layer_0.{n}"] for n in ("kernel", "recurrent", "bias")], "tanh"
    )
    expected = steps.softmax(attention_scores(made.pipeline.network, states, weights))
    np.testing.assert_allclose(shares_of_tokens(made.bundle, made.window), expected, rtol=1e-4, atol=1e-6)
    assert steps_of_tokens(made.bundle) == (1,) * 6


def test_of_a_transformer_it_is_the_newest_token_that_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "LOOKBACK", 70)
    monkeypatch.setattr(networks, "STEPS", 130)
    made = exported("transformer", parts=PARTS)
    weights = weights_of(made)
    x = steps.tokens_of(features_of(made), 3) @ weights["embedding.kernel"] + weights["embedding.bias"]
    z = steps.norm(x, weights["block_0.norm.gamma"], weights["block_0.norm.beta"])
    query, key, _ = (z @ weights["block_0.attention.kernel"][:, part, 0] for part in range(3))
    looked = steps.softmax(query @ key.swapaxes(1, 2) / np.sqrt(3))
    expected = looked[:, -1]
    np.testing.assert_allclose(shares_of_tokens(made.bundle, made.window), expected, rtol=1e-4, atol=1e-6)
    assert steps_of_tokens(made.bundle) == (1, *(3,) * 23)


def test_on_a_highway_patches_are_looked_at_and_seeds_give_their_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "_FEWEST_STEPS", 20)
    monkeypatch.setattr(lesson, "_MOST_STEPS", 20)
    split, pipeline = shared_split(), ragged_pipeline()

    def shares(network: Any) -> Array:
        bundle = bundle_of(pipeline, network, split, Grid("h", "UTC"))
        assert sum(steps_of_tokens(bundle)) == network.highway.patches * network.highway.patch
        return shares_of_tokens(bundle, split.test.inputs)

    median, *alone = (shares(each.network) for each in fit_highway_seeds("transformer", pipeline, split))
    np.testing.assert_allclose(median.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(median, np.mean(alone, axis=0), rtol=1e-3, atol=1e-5)
