"""Fits as compiled programs: they give what the graphs give, and are made once."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import Cell, PipelineConfig
from recurcast.series.frame import Panel
from recurcast.series.windows import Split, cut
from recurcast.training import fit
from recurcast.training.compiled import batches as execution
from recurcast.training.compiled import choice as compilation
from recurcast.training.compiled import programs
from recurcast.training.compiled import recipe as recipes
from recurcast.training.fit import FittedCell, fit_cell, fit_seeds, trace_programs
from recurcast.training.networks import shape_of
from support.tiny import tiny_pipeline


@pytest.fixture(autouse=True)
def _small_chunks_and_no_program_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "_MOST_BATCHES", 3)
    monkeypatch.setattr(programs, "_program", lru_cache(programs._PROGRAMS_KEPT)(programs._program.__wrapped__))


def compile_to(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "_STEPS_THAT_PAY", 0)
    monkeypatch.setattr(compilation, "_PRODUCT_THAT_PAYS", 1 if program == "halves" else 10**9)


both_compiled = pytest.mark.parametrize("program", ["compiled", "halves"])


def pipeline_of(network: dict[str, Any] | None = None, **training: Any) -> PipelineConfig:
    settings = {"epochs": 3, "batch_size": 16, "learning_rate": 0.02, "patience": None, "weights": "last", **training}
    return tiny_pipeline(
        network={"units": 3, **(network or {})}, windows={"lookback": 4, "horizon": 2}, training=settings
    )


def windows_of(seed: int, covariates: int = 0, calendar: int = 0, history: int = 40, size: float = 1.0) -> Split:
    """Two series; the first lacks a step in the train part, so that its last batch is a partial one."""
    rng = np.random.default_rng(seed)
    values = size * rng.normal(10, 2, (2, history + 30, 1 + covariates))
    values[0, 20, 0] = np.nan
    steps = pd.date_range("2024-01-01", periods=history + 30, freq="h", tz="UTC")
    panel = Panel(("a", "b"), steps, values, rng.uniform(-1, 1, (len(steps), calendar)))
    parts = pipeline_of().parts.model_copy(update={"history": history, "validation": 15, "test": 15})
    return cut(panel, parts, pipeline_of().windows)


def outcome(fitted: FittedCell) -> tuple[Any, ...]:
    return fitted.program, fitted.weights_digest, fitted.epochs, fitted.kept


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("a program was traced")


def as_graph_and_compiled(
    monkeypatch: pytest.MonkeyPatch, cell: Cell, pipeline: PipelineConfig, split: Split, program: str = "compiled"
) -> tuple[FittedCell, FittedCell]:
    graph = fit_cell(cell, pipeline, split)
    compile_to(program, monkeypatch)
    compiled = fit_cell(cell, pipeline, split)
    assert (graph.program, compiled.program) == ("graph", program)
    return graph, compiled


CASES: list[tuple[str, Cell, dict[str, Any], dict[str, Any], dict[str, int]]] = [
    ("compiled", "rnn", {"layers": 2, "calendar": ["weekday"]}, {"clip_norm": 0.1, "loss": "mae"}, {"calendar": 2}),
    ("compiled", "lstm", {}, {"loss": "huber", "schedule": "cosine"}, {"covariates": 1}),
    ("compiled", "gru", {"calendar": ["weekday"]}, {}, {"covariates": 2, "calendar": 2}),
    ("compiled", "gru", {"reset_after": False, "activation": "relu"}, {}, {}),
    ("compiled", "attention", {"calendar": ["weekday"]}, {}, {"covariates": 1, "calendar": 2}),
    ("compiled", "transformer", {"units": 4, "heads": 2, "calendar": ["weekday"]}, {"clip_norm": 0.1}, {"calendar": 2}),
    ("halves", "attention", {"attention": "dot"}, {"loss": "mae"}, {"covariates": 1}),
    ("halves", "rnn", {"layers": 2}, {"clip_norm": 0.1}, {"covariates": 1}),
    ("halves", "lstm", {"calendar": ["weekday"]}, {"loss": "mae"}, {"calendar": 2}),
]
"""Every cell and every option compiled; of halves, whose programs find gradients by the same code, what they put together: a
clipped norm of both, more layers than one, and what stands beside the recurrence. Each takes five seconds to compile.
"""


@pytest.mark.parametrize(("program", "cell", "network", "training", "features"), CASES)
def test_compiled_or_not_a_fit_gives_the_same_losses_and_weights(
    program: str,
    cell: Cell,
    network: dict[str, Any],
    training: dict[str, Any],
    features: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    split = windows_of(1, **features)
    assert len(split.train) == 64, "two chunks, of three batches and of one"
    split = replace(split, train=split.train.slice(0, 55))  # of the last batch the second half is all padding
    graph, compiled = as_graph_and_compiled(monkeypatch, cell, pipeline_of(network, **training), split, program)
    for there, here in zip(graph.epochs, compiled.epochs, strict=True):
        assert (here.train, here.validation) == pytest.approx((there.train, there.validation), rel=1e-4)
    for weights, expected in zip(compiled.network.core.get_weights(), graph.network.core.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, rtol=1e-3, atol=1e-4)


def test_dropout_draws_other_masks_compiled_anew_in_each_epoch_and_rests_in_validation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """XLA's random numbers are not those of TensorFlow's own operations; the weights stay as they were drawn."""
    pipeline = pipeline_of({"dropout": 0.3, "recurrent_dropout": 0.3}, learning_rate=1e-30)
    split = windows_of(1)
    graph, compiled = as_graph_and_compiled(monkeypatch, "rnn", pipeline, split)
    assert [each.validation for each in compiled.epochs] == pytest.approx([graph.epochs[0].validation] * 3, rel=1e-5)
    assert len({each.train for each in (*graph.epochs, *compiled.epochs)}) == 6
    assert outcome(fit_cell("rnn", pipeline, split)) == outcome(compiled)


@both_compiled
def test_the_next_interval_compiles_nothing_and_every_fit_gives_the_bits_it_gives_alone(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_to(program, monkeypatch)
    pipeline, changed = pipeline_of(), pipeline_of(seed=7, learning_rate=0.01, epochs=2)
    later = windows_of(2, history=47, size=100.0)
    alone = outcome(fit_cell("rnn", changed, later))

    programs._program.cache_clear()
    first = outcome(fit_cell("rnn", pipeline, windows_of(1)))
    monkeypatch.setattr(programs, "window_losses", refuse)
    assert outcome(fit_cell("rnn", changed, later)) == alone
    assert outcome(fit_cell("rnn", pipeline, windows_of(1))) == first
    assert first[0] == alone[0] == program
    monkeypatch.setattr(fit, "processors", lambda: 4)
    family = {each.seed: outcome(each) for each in fit_seeds("rnn", pipeline_of(seeds=3), windows_of(1))}
    assert family == {seed: outcome(fit_cell("rnn", pipeline, windows_of(1), seed=seed)) for seed in family}
    assert len({str(each) for each in family.values()}) == 3
    assert first in family.values()
    with pytest.raises(AssertionError, match="traced"):
        fit_cell("rnn", pipeline_of({"units": 4}), later)


def test_a_fit_that_diverges_stops_and_keeps_the_finite_weights_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    split = windows_of(1)
    split = replace(split, validation=split.validation.slice(0, 1))
    pipeline = pipeline_of(learning_rate=2e18, batch_size=len(split.train), epochs=9)
    for fitted in as_graph_and_compiled(monkeypatch, "rnn", pipeline, split):
        *before, last = fitted.epochs
        assert fitted.diverged
        assert not np.isfinite([last.train, last.validation]).all()
        assert fitted.kept == len(before) > 0
        assert fitted.validation_loss == before[-1].validation < np.inf
        assert all(np.isfinite(weights).all() for weights in fitted.network.core.get_weights())


@pytest.mark.parametrize(
    ("program", "values", "most", "laid_out"),
    [
        ("compiled", 3 * 16 * 6, 64, (3, 16, 6)),  # batches of 16 windows of 6 values
        ("compiled", 3 * 16 * 6 - 1, 64, (2, 16, 6)),
        ("compiled", 3 * 16 * 6, 2, (2, 16, 6)),
        ("compiled", 1, 64, (1, 16, 6)),
        ("halves", 10**6, 64, (16, 6)),
    ],
)
def test_no_more_windows_are_laid_out_at_once_than_a_chunk_holds_however_long_the_series(
    program: str, values: int, most: int, laid_out: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_to(program, monkeypatch)
    monkeypatch.setattr(recipes, "_CHUNK_VALUES", values)
    monkeypatch.setattr(recipes, "_MOST_BATCHES", most)
    shapes = []
    gathered = recipes.gathered_windows

    def noted(recipe: Any, series: Any, starts: Any) -> Any:
        windows = gathered(recipe, series, starts)
        shapes.append(tuple(windows[0].shape))
        return windows

    monkeypatch.setattr(execution, "gathered_windows", noted)
    trace_programs(("rnn",), pipeline_of(), windows_of(1, history=400))
    assert set(shapes) == {laid_out}


def test_wide_windows_make_shorter_chunks() -> None:
    pipeline, split = pipeline_of({"calendar": ["weekday"]}), windows_of(1, covariates=3, calendar=2)
    shape = shape_of(split.train, split.validation_begins)
    recipe = recipes.recipe_of("rnn", pipeline.network, pipeline.training, shape, len(split.train), "compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipes, "_CHUNK_VALUES", 2 * 16 * 6 * (1 + 3 + 2))
        assert recipe.chunk == 2
        patch.setattr(recipes, "_CHUNK_VALUES", 2 * 16 * 6 * (1 + 3 + 2) - 1)
        assert recipe.chunk == 1
