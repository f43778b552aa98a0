import os
import subprocess
import sys
from functools import lru_cache
from threading import Thread
from typing import Any

import numpy as np
import pytest

from recurcast.config import Cell, PipelineConfig
from recurcast.series.windows import Split
from recurcast.training.compiled import programs
from recurcast.training.fit import Epoch, FittedCell, fit_cell
from recurcast.training.networks import build_network, keras, shape_of
from support.tiny import split_of, tiny_pipeline

DROPOUT = {"units": 3, "dropout": 0.2, "recurrent_dropout": 0.2}


@pytest.fixture(autouse=True)
def _no_program_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_program", lru_cache(programs._PROGRAMS_KEPT)(programs._program.__wrapped__))


def pipeline_of(network: dict[str, Any] | None = None, **training: Any) -> PipelineConfig:
    settings = {"epochs": 4, "batch_size": 16, "learning_rate": 0.05, "patience": 1, **training}
    return tiny_pipeline(network=network or {"units": 3}, windows={"lookback": 4, "horizon": 2}, training=settings)


def windows_of(seed: int, history: int = 60, size: float = 1.0) -> Split:
    y = size * np.random.default_rng(seed).normal(10, 2, history + 30)
    return split_of(list(y), parts=(history, 15, 15), lookback=4, horizon=2)


def outcome(fitted: FittedCell) -> tuple[str, tuple[Epoch, ...], int]:
    return fitted.weights_digest, fitted.epochs, fitted.kept


def alone(cell: Cell, pipeline: PipelineConfig, split: Split) -> tuple[str, tuple[Epoch, ...], int]:
    """What a fit gives that no other came before."""
    programs._program.cache_clear()
    return outcome(fit_cell(cell, pipeline, split))


def test_the_next_interval_traces_nothing_whatever_its_data_and_gives_the_bits_it_gives_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipeline, changed = pipeline_of(DROPOUT), pipeline_of(DROPOUT, seed=7, learning_rate=0.01, epochs=3, patience=None)
    later = windows_of(seed=2, history=75, size=100.0)
    expected = alone("lstm", changed, later)

    programs._program.cache_clear()
    first = fit_cell("lstm", pipeline, windows_of(seed=1))

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a graph was traced")

    monkeypatch.setattr(programs, "window_losses", refuse)
    assert outcome(fit_cell("lstm", changed, later)) == expected
    assert outcome(fit_cell("lstm", pipeline, windows_of(seed=1))) == outcome(first)
    with pytest.raises(AssertionError, match="traced"):
        fit_cell("lstm", pipeline_of({"units": 4}), later)


def test_interleaved_cells_and_pipelines_give_the_bits_that_each_gives_alone() -> None:
    narrow, wide = pipeline_of(DROPOUT), pipeline_of({"units": 5}, loss="mae", weights="last")
    one, other = windows_of(seed=1), windows_of(seed=2, size=30.0)
    jobs: list[tuple[Cell, PipelineConfig, Split]] = [
        ("rnn", narrow, one),
        ("lstm", wide, other),
        ("rnn", narrow, other),
    ]
    expected = [alone(*job) for job in jobs]
    assert len({digest for digest, _, _ in expected}) == len(jobs)

    programs._program.cache_clear()
    assert [outcome(fit_cell(*job)) for job in jobs + jobs[::-1]] == expected + expected[::-1]
    assert programs._program.cache_info().currsize == 2


def test_a_fit_that_was_stopped_leaves_nothing_behind() -> None:
    pipeline, split = pipeline_of(DROPOUT), windows_of(seed=1)
    expected = alone("gru", pipeline, split)

    def stop(_: Epoch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_cell("gru", pipeline, windows_of(seed=2), stop)
    assert outcome(fit_cell("gru", pipeline, split)) == expected


def test_two_threads_that_fit_the_same_recipe_at_once_share_nothing_but_the_program() -> None:
    pipeline, splits = pipeline_of(DROPOUT, patience=None), [windows_of(seed) for seed in (1, 2)]
    expected = [alone("rnn", pipeline, split) for split in splits]
    fitted: dict[int, FittedCell] = {}

    def fit(number: int) -> None:
        fitted[number] = fit_cell("rnn", pipeline, splits[number])

    threads = [Thread(target=fit, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome(fitted[number]) for number in range(2)] == expected


def test_a_fitted_network_keeps_its_weights_when_the_next_is_fitted() -> None:
    pipeline = pipeline_of(DROPOUT)
    first = fit_cell("lstm", pipeline, windows_of(seed=1))
    before = first.weights_digest
    second = fit_cell("lstm", pipeline, windows_of(seed=2))
    assert first.weights_digest == before != second.weights_digest


def test_only_so_many_programs_are_kept() -> None:
    split = windows_of(seed=1)
    shape = shape_of(split.train, split.validation_begins)
    for units in range(1, programs._PROGRAMS_KEPT + 2):
        pipeline = pipeline_of({"units": units})
        network = build_network("rnn", pipeline.network, shape, seed=0)
        programs.fitting([network], pipeline.network, pipeline.training, shape, split, "graph")
    assert programs._program.cache_info().currsize == programs._PROGRAMS_KEPT


def test_the_optimizer_that_every_fit_starts_from_is_a_new_adam() -> None:
    pipeline, split = pipeline_of(), windows_of(seed=1)
    fit_cell("rnn", pipeline, split)
    seen: list[list[np.ndarray[Any, Any]]] = []
    trained = programs.Fit.train_epoch

    def look(fit: Any, *arguments: Any) -> float:
        seen.append([variable.numpy() for variable in fit._optimizer])
        return trained(fit, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs.Fit, "train_epoch", look)
        network = fit_cell("rnn", pipeline, split).network
    adam = keras.optimizers.Adam()  # the size of its steps is set before each epoch
    adam.build(network.core.weights)
    for value, expected in zip(seen[0], adam.variables, strict=True):
        np.testing.assert_array_equal(value, expected.numpy())


def test_a_fit_in_another_process_gives_the_same_bits_as_a_late_one_in_this() -> None:
    script = (
        "from test_programs import *\n"
        "print(fit_cell('gru', pipeline_of(DROPOUT), windows_of(seed=1)).weights_digest, end='')"
    )
    folders = os.pathsep.join(path for path in sys.path if path)
    there = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), folders])},
        capture_output=True,
        text=True,
        check=True,
    )
    fit_cell("gru", pipeline_of(DROPOUT), windows_of(seed=2))
    assert there.stdout == fit_cell("gru", pipeline_of(DROPOUT), windows_of(seed=1)).weights_digest
