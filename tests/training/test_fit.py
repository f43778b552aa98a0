from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import CELLS, Cell, PipelineConfig
from recurcast.series.frame import Panel
from recurcast.series.windows import Split, Windows, cut
from recurcast.training.compiled import programs
from recurcast.training.fit import Epoch, FittedCell, fit_cell, fit_seeds
from recurcast.training.inference import forecast
from recurcast.training.networks import build_network, keras, shape_of
from support.cells import Array, level_and_spread
from support.tiny import tiny_pipeline

STEPS, VALIDATION_BEGINS, TEST_BEGINS = 100, 60, 80
PARTS = {"history": 60, "validation": 20, "test": 20}
UNCHANGED = {"learning_rate": 1e-30}
"""Steps too small to change a float32: every epoch sees the initial weights."""
LOSSES = {
    "mse": lambda residual: residual**2,
    "mae": lambda residual: np.abs(residual),
    "huber": lambda residual: (
        np.minimum(np.abs(residual), 1) * (np.abs(residual) - np.minimum(np.abs(residual), 1) / 2)
    ),
}


def pipeline_of(
    lookback: int = 6,
    horizon: int = 1,
    parts: dict[str, int] = PARTS,
    network: dict[str, Any] | None = None,
    **settings: Any,
) -> PipelineConfig:
    return tiny_pipeline(
        parts=parts,
        windows={"lookback": lookback, "horizon": horizon},
        network={"units": 3, **(network or {})},
        training={"epochs": 2, "batch_size": 16, "learning_rate": 0.01, **settings},
    )


def noisy_sine(steps: int = STEPS) -> Array:
    """A series in multiples of 1/1024, so that float32 holds it exactly."""
    noise = np.random.default_rng(3).normal(0, 0.3, steps)
    return np.round((np.sin(np.arange(steps) / 2) + noise) * 1024) / 1024


def split_of(pipeline: PipelineConfig, values: Array, calendar: int = 0) -> Split:
    """The windows of one series `(n_steps,)`, or of a panel `(n_series, n_steps, n_features)`."""
    values = values[None, :, None] if values.ndim == 1 else values
    steps = pd.date_range("2024-01-01", periods=values.shape[1], freq="h", tz="UTC")
    features = np.random.default_rng(5).uniform(-1, 1, (len(steps), calendar))
    return cut(Panel(tuple("ab"[: len(values)]), steps, values, features), pipeline.parts, pipeline.windows)


def fit(cell: Cell, pipeline: PipelineConfig, values: Array | None = None) -> FittedCell:
    return fit_cell(cell, pipeline, split_of(pipeline, noisy_sine() if values is None else values))


def panel_with_a_gap() -> Array:
    """Two series with a covariate; the second lacks a step of y, the first a step of the covariate."""
    values = np.random.default_rng(8).normal(5, 2, (2, STEPS, 2))
    values[1, 30, 0] = values[0, 70, 1] = np.nan
    return values


def loss_in_numpy(fitted: FittedCell, pipeline: PipelineConfig, split: Split, windows: Windows) -> float:
    """The mean over the windows of the loss in the window's scale, from forecasts in the series' units."""
    floor = shape_of(split.train, split.validation_begins).spread_floor
    _, spread = level_and_spread(windows.inputs, pipeline.network.scale, floor)
    residual = (windows.targets - forecast(fitted.network.forecaster, windows)) / spread
    return float(LOSSES[pipeline.training.loss](residual).mean())


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_seed_gives_the_same_bits_with_dropout_too(cell: Cell) -> None:
    pipeline = pipeline_of(network={"dropout": 0.3, "recurrent_dropout": 0.3})
    first, again = fit(cell, pipeline), fit(cell, pipeline)
    assert (again.weights_digest, again.epochs) == (first.weights_digest, first.epochs)
    assert again.epochs[0].train != again.epochs[1].train


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    digests = [fit("rnn", pipeline_of(seed=seed)).weights_digest for seed in (0, 1, 0)]
    assert digests[0] == digests[2] != digests[1]


def test_the_digest_of_the_weights_changes_with_their_last_bit() -> None:
    pipeline = pipeline_of()
    network = build_network("rnn", pipeline.network, shape_of(split_of(pipeline, noisy_sine()).train, 60), 0)
    fitted = FittedCell("rnn", network, (), 0)
    before = fitted.weights_digest
    bias = fitted.network.forecaster.get_layer("output").bias
    original = bias.numpy()
    bias.assign(np.nextafter(original, np.float32(np.inf)))
    assert fitted.weights_digest != before
    bias.assign(original)
    assert fitted.weights_digest == before


@pytest.mark.parametrize("dropped", ["dropout", "recurrent_dropout"])
def test_dropout_draws_anew_in_each_epoch_of_training_and_rests_in_validation(dropped: str) -> None:
    pipeline = pipeline_of(network={dropped: 0.5}, **UNCHANGED)
    split = split_of(pipeline, noisy_sine())
    fitted = fit_cell("rnn", pipeline, split)
    one, two = fitted.epochs
    assert one.validation == two.validation
    assert one.validation == pytest.approx(loss_in_numpy(fitted, pipeline, split, split.validation), rel=1e-5)
    at_rest = loss_in_numpy(fitted, pipeline, split, split.train)
    assert min(abs(one.train - at_rest), abs(two.train - at_rest), abs(one.train - two.train)) > 1e-3


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_the_losses_are_means_over_the_windows_in_their_own_scale(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_VALIDATION_BATCH", 7)
    pipeline = pipeline_of(horizon=2, loss=loss, epochs=1, **UNCHANGED)
    split = split_of(pipeline, panel_with_a_gap(), calendar=2)
    fitted = fit_cell("gru", pipeline, split)
    assert (len(split.train), len(split.validation)) == (2 * 53 - 8, 2 * 19 - 6)
    assert fitted.epochs[0].train == pytest.approx(loss_in_numpy(fitted, pipeline, split, split.train), rel=1e-5)
    assert fitted.epochs[0].validation == pytest.approx(
        loss_in_numpy(fitted, pipeline, split, split.validation), rel=1e-5
    )


@pytest.mark.parametrize("clip_norm", [None, 0.2])
def test_each_epoch_takes_every_window_once_and_the_steps_that_keras_takes_on_the_same_batches(
    clip_norm: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = pipeline_of(network={"scale": "none"}, weights="last", epochs=3, clip_norm=clip_norm)
    split = split_of(pipeline, noisy_sine())
    orders = []
    batches_of = programs.batches_of

    def recorded(starts: Array, size: int) -> tuple[Any, Any]:
        if size == pipeline.training.batch_size:
            orders.append(starts)
        return batches_of(starts, size)

    monkeypatch.setattr(programs, "batches_of", recorded)
    fitted = fit_cell("rnn", pipeline, split)
    assert len(split.train) == 54, "three batches of 16 and a last one of 6"
    assert [sorted(order) for order in orders] == [sorted(split.train.starts)] * 3
    assert orders[0].tolist() != orders[1].tolist() != orders[2].tolist()

    shape = shape_of(split.train, split.validation_begins)
    core = build_network("rnn", pipeline.network, shape, pipeline.training.seed).core
    reference = keras.Sequential([keras.Input((6, 1)), *core.body.layers, core.dense])
    adam = keras.optimizers.Adam(pipeline.training.learning_rate, global_clipnorm=clip_norm)
    reference.compile(adam, loss="mse", jit_compile=False)
    losses = []
    for order in orders:
        chosen = np.searchsorted(split.train.starts, order)
        inputs, targets = split.train.inputs[chosen], split.train.targets[chosen]
        losses += reference.fit(inputs, targets, batch_size=16, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose([epoch.train for epoch in fitted.epochs], losses, rtol=1e-5)
    for fitted_weights, expected in zip(fitted.network.core.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(fitted_weights, expected, rtol=1e-4, atol=1e-6)


def test_a_batch_larger_than_the_train_part_is_one_batch_of_all_windows() -> None:
    n_windows = len(split_of(pipeline_of(), noisy_sine()).train)
    exact, larger = (fit("rnn", pipeline_of(batch_size=size)) for size in (n_windows, 10 * n_windows))
    assert exact.weights_digest == larger.weights_digest
    assert exact.epochs == larger.epochs


def overfitting(**settings: Any) -> tuple[PipelineConfig, Split]:
    """Train windows of a sine, validation windows of mostly noise: the validation loss falls at first, then rises."""
    rng = np.random.default_rng(0)
    y = np.sin(np.arange(150) / 2) + 0.3 * rng.normal(size=150)
    y[90:] = np.sin(np.arange(90, 150) / 2) + rng.normal(size=60)
    parts = {"history": 90, "validation": 24, "test": 36}
    pipeline = pipeline_of(horizon=2, parts=parts, network={"units": 6}, **{"epochs": 12, "patience": 4, **settings})
    return pipeline, split_of(pipeline, y)


@cache
def stopped_early() -> FittedCell:
    return fit_cell("rnn", *overfitting())


def test_training_stops_when_patience_is_used_up_and_keeps_the_best_weights() -> None:
    fitted = stopped_early()
    validation = [epoch.validation for epoch in fitted.epochs]
    best = int(np.argmin(validation)) + 1
    assert 1 < best < len(validation) < 12
    assert len(validation) - best == 4
    assert (fitted.kept, fitted.validation_loss, fitted.diverged) == (best, min(validation), False)
    pipeline, split = overfitting()
    assert loss_in_numpy(fitted, pipeline, split, split.validation) == pytest.approx(min(validation), rel=1e-5)


def test_last_keeps_the_weights_of_the_last_epoch() -> None:
    pipeline, split = overfitting(weights="last")
    fitted = fit_cell("rnn", pipeline, split)
    assert fitted.epochs == stopped_early().epochs
    assert fitted.kept == len(fitted.epochs)
    assert fitted.validation_loss == fitted.epochs[-1].validation > stopped_early().validation_loss
    assert loss_in_numpy(fitted, pipeline, split, split.validation) == pytest.approx(fitted.validation_loss, rel=1e-5)


def test_without_patience_every_epoch_is_trained_and_told_in_order() -> None:
    told: list[Epoch] = []
    fitted = fit_cell("rnn", *overfitting(patience=None), told.append)
    assert [epoch.number for epoch in fitted.epochs] == list(range(1, 13))
    assert tuple(told) == fitted.epochs
    assert fitted.weights_digest == stopped_early().weights_digest


@pytest.mark.parametrize("kept", ["best", "last"])
def test_a_fit_that_diverges_stops_and_keeps_the_finite_weights_from_before(kept: str) -> None:
    parts = {"history": 79, "validation": 1, "test": 20}
    fitted = fit("rnn", pipeline_of(parts=parts, learning_rate=2e18, batch_size=100, epochs=9, weights=kept))
    assert fitted.diverged
    assert [np.isfinite(epoch.train) for epoch in fitted.epochs] == [True, False]
    assert fitted.kept == 1
    assert fitted.validation_loss == fitted.epochs[0].validation < np.inf
    assert all(np.isfinite(weights).all() for weights in fitted.network.forecaster.get_weights())


def test_a_fit_that_diverges_at_once_keeps_the_initial_weights() -> None:
    pipeline = pipeline_of(learning_rate=1e30)
    fitted = fit("rnn", pipeline)
    split = split_of(pipeline, noisy_sine())
    initial = build_network("rnn", pipeline.network, shape_of(split.train, VALIDATION_BEGINS), 0).forecaster
    assert (fitted.diverged, fitted.kept, len(fitted.epochs)) == (True, 0, 1)
    assert np.isnan(fitted.validation_loss)
    for weights, expected in zip(fitted.network.forecaster.get_weights(), initial.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


def test_weights_that_were_not_kept_lend_the_fit_no_validation_loss() -> None:
    y = noisy_sine()
    y[:VALIDATION_BEGINS] *= 1e20
    fitted = fit("rnn", pipeline_of(network={"scale": "none"}, batch_size=100, lookback=2), y)
    assert np.isinf(fitted.epochs[0].train)
    assert fitted.kept == 0
    assert np.isnan(fitted.validation_loss)


def test_nothing_at_or_after_the_border_of_the_test_part_changes_a_fit() -> None:
    pipeline = pipeline_of(horizon=2, epochs=4, patience=1)
    values = np.random.default_rng(8).normal(5, 2, (2, STEPS, 2))
    changed = values.copy()
    changed[:, TEST_BEGINS:] = 1e4 - 50 * changed[:, TEST_BEGINS:]
    one, other = (fit_cell("rnn", pipeline, split_of(pipeline, v)) for v in (values, changed))
    assert (one.weights_digest, one.epochs, one.kept) == (other.weights_digest, other.epochs, other.kept)


def test_the_validation_part_stops_a_fit_but_moves_no_weight() -> None:
    pipeline = pipeline_of(patience=None, weights="last")
    values = np.random.default_rng(8).normal(5, 2, (2, STEPS, 2))
    changed = values.copy()
    changed[:, VALIDATION_BEGINS:] = 1e4 - 50 * changed[:, VALIDATION_BEGINS:]
    one, other = (fit_cell("rnn", pipeline, split_of(pipeline, v)) for v in (values, changed))
    assert one.weights_digest == other.weights_digest
    assert [epoch.train for epoch in one.epochs] == [epoch.train for epoch in other.epochs]
    assert [epoch.validation for epoch in one.epochs] != [epoch.validation for epoch in other.epochs]


def test_fitting_never_lays_out_the_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(windows: Windows) -> Array:
        raise AssertionError(f"all windows of the {windows.part} part were copied")

    for laid_out in ("inputs", "targets", "calendar"):
        monkeypatch.setattr(Windows, laid_out, property(refuse))
    pipeline = pipeline_of(horizon=2, epochs=1)
    fitted = fit_cell("rnn", pipeline, split_of(pipeline, panel_with_a_gap(), calendar=2))
    assert np.isfinite(fitted.validation_loss)


@pytest.mark.parametrize("cell", CELLS)
def test_a_noiseless_sine_is_learned_to_within_a_tenth_of_its_spread(cell: Cell) -> None:
    pipeline = pipeline_of(network={"units": 6}, epochs=25, learning_rate=0.02, patience=None)
    fitted = fit(cell, pipeline, np.sin(np.arange(STEPS) / 2))
    assert fitted.epochs[0].validation > 0.5
    assert fitted.validation_loss < 0.01


def test_over_three_seeds_the_losses_lie_where_those_of_keras_fit_lie() -> None:
    settings: dict[str, Any] = {
        "lookback": 10,
        "parts": {"history": 160, "validation": 40, "test": 1},
        "network": {"units": 8, "activation": "relu", "scale": "none"},
        **{"epochs": 5, "patience": None, "weights": "last"},
    }
    split = split_of(pipeline_of(**settings), noisy_sine(201))
    ours = [fit_cell("rnn", pipeline_of(seed=seed, **settings), split).validation_loss for seed in range(3)]

    layers = [keras.layers.SimpleRNN(8, activation="relu"), keras.layers.Dense(1)]
    plain = keras.Sequential([keras.Input((10, 1)), *layers])
    plain.compile(keras.optimizers.Adam(0.01), loss="mse", jit_compile=False)
    plain.optimizer.build(plain.trainable_variables)
    fresh = [variable.numpy() for variable in plain.optimizer.variables]
    theirs = []
    for seed in range(100, 103):
        keras.utils.set_random_seed(seed)
        plain.set_weights(keras.models.clone_model(plain).get_weights())
        for variable, value in zip(plain.optimizer.variables, fresh, strict=True):
            variable.assign(value)
        plain.fit(split.train.inputs, split.train.targets, batch_size=16, epochs=5, verbose=0)
        residual = plain(split.validation.inputs).numpy() - split.validation.targets
        theirs.append(float((residual**2).mean()))
    assert max(min(ours), min(theirs)) <= min(max(ours), max(theirs)), (ours, theirs)
    assert max(ours) < split.validation.targets.var(), "better than the mean of what is forecast"


def test_several_seeds_give_the_networks_that_each_gives_alone_the_best_on_validation_windows_first() -> None:
    pipeline = pipeline_of(seed=4, seeds=3)
    split = split_of(pipeline, noisy_sine())
    heard: list[Epoch] = []
    fitted = fit_seeds("gru", pipeline, split, heard.append)
    alone = {seed: fit_cell("gru", pipeline, split, seed=seed) for seed in (4, 5, 6)}

    assert {each.seed: each.weights_digest for each in fitted} == {
        seed: each.weights_digest for seed, each in alone.items()
    }
    losses = [each.validation_loss for each in fitted]
    assert losses == sorted(losses)
    assert [epoch.number for epoch in heard] == [1, 2, 3, 4, 5, 6]


def test_every_seed_begins_with_the_weights_it_is_given_and_goes_its_own_way_from_there() -> None:
    split = split_of(pipeline_of(), noisy_sine())
    start = tuple(fit("lstm", pipeline_of(seed=9)).network.core.get_weights())
    resting, moving = (
        fit_seeds("lstm", pipeline_of(seeds=2, **changed), split, start=start) for changed in (UNCHANGED, {})
    )

    for each in resting:
        assert all(map(np.array_equal, each.network.core.get_weights(), start))
    assert moving[0].weights_digest != moving[1].weights_digest
