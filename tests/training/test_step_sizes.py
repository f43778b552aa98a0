"""The size of the optimizer's steps from epoch to epoch."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from recurcast.config import PipelineConfig
from recurcast.training.compiled import programs
from recurcast.training.fit import Epoch, FittedCell, fit_cell, learning_rate
from recurcast.training.networks import keras
from support.tiny import split_of, tiny_pipeline


def pipeline_of(**training: Any) -> PipelineConfig:
    settings = {"batch_size": 16, "patience": None, "weights": "last", **training}
    return tiny_pipeline(windows={"lookback": 4, "horizon": 2}, training=settings)


def epochs_of(*validation: float) -> list[Epoch]:
    return [Epoch(number, 0.0, loss) for number, loss in enumerate(validation, start=1)]


def fit(pipeline: PipelineConfig) -> FittedCell:
    y = np.random.default_rng(1).normal(10, 2, 90)
    return fit_cell("rnn", pipeline, split_of(list(y), parts=(60, 15, 15), lookback=4, horizon=2))


def test_without_a_schedule_every_epoch_takes_steps_of_the_same_size() -> None:
    settings = pipeline_of(learning_rate=0.8, epochs=4).training
    assert [learning_rate(settings, epochs_of(*[1.0] * done)) for done in range(4)] == [0.8] * 4


def test_the_cosine_begins_with_the_whole_step_and_would_end_at_zero_after_the_last_epoch() -> None:
    settings = pipeline_of(learning_rate=0.8, epochs=4, schedule="cosine").training
    sizes = [learning_rate(settings, epochs_of(*[1.0] * done)) for done in range(5)]
    assert sizes == pytest.approx([0.8, 0.4 + 0.4 * 0.5**0.5, 0.4, 0.4 - 0.4 * 0.5**0.5, 0.0], abs=1e-15)


def test_the_plateau_halves_the_step_after_each_two_epochs_without_a_better_loss() -> None:
    settings = pipeline_of(learning_rate=0.8, epochs=20, schedule="plateau").training
    losses = [5.0, 4.0, 4.0, 4.5, 3.0, 3.5, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0]
    sizes = [learning_rate(settings, epochs_of(*losses[:done])) for done in range(len(losses) + 1)]
    assert sizes == [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.1, 0.1]

    keras_own = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2, min_delta=0)
    keras_own.set_model(SimpleNamespace(optimizer=keras.optimizers.Adam(0.8)))
    keras_own.on_train_begin()
    theirs = [0.8]
    for number, loss in enumerate(losses):
        keras_own.on_epoch_end(number, {"val_loss": loss})
        theirs.append(float(keras_own.model.optimizer.learning_rate.numpy()))
    assert sizes == pytest.approx(theirs)


def test_a_fit_takes_the_steps_of_its_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[float] = []
    train_epoch = programs.Fit.train_epoch

    def noted(under_way: programs.Fit, *arguments: Any) -> float:
        loss = train_epoch(under_way, *arguments)
        sizes.append(float(under_way._optimizer[under_way._program.learning_rate].numpy()))
        return loss

    monkeypatch.setattr(programs.Fit, "train_epoch", noted)
    fitted = fit(pipeline_of(schedule="plateau", learning_rate=1e-30, epochs=5))
    assert len({epoch.validation for epoch in fitted.epochs}) == 1, "steps too small to change a float32"
    assert sizes == pytest.approx([1e-30, 1e-30, 1e-30, 5e-31, 5e-31], rel=1e-6)


def test_a_falling_step_changes_nothing_before_it_falls() -> None:
    steady, falling = (fit(pipeline_of(epochs=2, learning_rate=0.01, schedule=each)) for each in (None, "cosine"))
    assert falling.epochs[0] == steady.epochs[0]
    assert falling.epochs[1] != steady.epochs[1]
