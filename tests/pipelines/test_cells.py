"""Three cells in a thread each."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from threading import Barrier, Event, current_thread
from typing import Any

import numpy as np
import pytest

from recurcast.config import USUAL, Cell, PipelineConfig
from recurcast.pipelines.cells import train_at_once
from recurcast.runs.train import Progress, Silence
from recurcast.series.windows import Split
from recurcast.training import fit as training
from recurcast.training.compiled import choice as compilation
from recurcast.training.compiled import programs
from recurcast.training.compiled.cells import COMPILED
from recurcast.training.fit import FittedCell, fit_cell
from support.tiny import split_of, tiny_pipeline

SECONDS = 60
"""Far more than anything here takes; a thread that waits so long is a failure."""


@pytest.fixture
def _traced_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "trace_programs", lambda *_: None)


def at_once(train: Callable[[Cell, Progress], Any], progress: Progress | None = None) -> tuple[Any, ...]:
    """What a stand-in for training returns of each cell."""
    return train_at_once(
        tiny_pipeline(),
        split_of([0.0] * 90, parts=(60, 15, 15), lookback=4),
        lambda _, cell, tell: train(cell, tell),
        progress or Silence(),
    )


@pytest.mark.usefixtures("_traced_already")
def test_the_cells_train_at_the_same_time_and_come_back_in_their_own_order() -> None:
    together, rnn_is_done = Barrier(len(USUAL)), Event()

    def train(cell: Cell, _: Progress) -> Cell:
        together.wait(SECONDS)
        if cell == "rnn":
            rnn_is_done.set()
        assert rnn_is_done.wait(SECONDS)
        return cell

    assert at_once(train) == tuple(USUAL)


@pytest.mark.usefixtures("_traced_already")
@pytest.mark.parametrize("failing", USUAL)
@pytest.mark.parametrize(
    "hears", [lambda tell, cell: tell.epoch(cell, 1, 10**9, 0.5, 0.5), lambda tell, _: tell.waits("")]
)
def test_where_one_cell_fails_the_others_stop_with_what_they_hear_next_and_its_error_is_raised(
    hears: Callable[[Progress, Cell], None], failing: Cell
) -> None:
    together, stopped = Barrier(len(USUAL)), set()

    def train(cell: Cell, tell: Progress) -> None:
        together.wait(SECONDS)
        if cell == failing:
            raise ValueError(f"{cell} has failed")
        try:
            while True:
                hears(tell, cell)
        except BaseException:
            stopped.add(cell)
            raise

    with pytest.raises(ValueError, match=f"{failing} has failed"):
        at_once(train)
    assert stopped == set(USUAL) - {failing}


@pytest.mark.usefixtures("_traced_already")
def test_who_no_longer_waits_stops_all_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C reaches the thread that waits."""
    together, stopped = Barrier(len(USUAL) + 1), set()

    def interrupted(*_: Any, **__: Any) -> None:
        together.wait(SECONDS)
        raise KeyboardInterrupt

    def train(cell: Cell, tell: Progress) -> None:
        together.wait(SECONDS)
        try:
            while True:
                tell.epoch(cell, 1, 10**9, 0.5, 0.5)
        finally:
            stopped.add(cell)

    monkeypatch.setattr("recurcast.pipelines.cells.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        at_once(train)
    assert stopped == set(USUAL)


@pytest.mark.usefixtures("_traced_already")
def test_each_cell_finds_the_context_of_the_thread_that_waits_and_changes_only_its_own() -> None:
    flow: ContextVar[str] = ContextVar("flow", default="no flow")
    token = flow.set("a flow")

    def train(cell: Cell, _: Progress) -> tuple[str, str]:
        found = flow.get()
        flow.set(cell)
        return found, current_thread().name.partition("_")[0]

    assert at_once(train) == (("a flow", "train"),) * len(USUAL)
    assert flow.get() == "a flow"
    flow.reset(token)


@pytest.mark.usefixtures("_traced_already")
def test_flows_that_were_written_before_others_fitted_are_told_what_they_know_of() -> None:
    class Older:
        def stage(self, name: str) -> None: ...

        def epoch(self, *told: Any) -> None: ...

    at_once(lambda _, tell: tell.waits("fits wait"), Older())  # type: ignore[arg-type]


@pytest.mark.usefixtures("_traced_already")
def test_every_epoch_of_every_cell_is_told() -> None:
    class Heard(Silence):
        def __init__(self) -> None:
            self.epochs: list[tuple[Any, ...]] = []

        def epoch(self, *told: Any) -> None:
            self.epochs.append(told)

    def train(cell: Cell, tell: Progress) -> None:
        for number in (1, 2):
            tell.epoch(cell, number, 2, 0.5, 0.25)

    heard = Heard()
    at_once(train, heard)
    for cell in USUAL:
        assert [told for told in heard.epochs if told[0] == cell] == [(cell, n, 2, 0.5, 0.25) for n in (1, 2)]


@pytest.mark.parametrize("program", ["graph", "halves"])
def test_cells_trained_at_once_have_bit_for_bit_the_weights_of_each_trained_alone(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "_STEPS_THAT_PAY", 10**9 if program == "graph" else 0)
    monkeypatch.setattr(compilation, "_PRODUCT_THAT_PAYS", 1)
    pipeline: PipelineConfig = tiny_pipeline(
        windows={"lookback": 4, "horizon": 2},
        network={"units": 3, "dropout": 0.2 if program == "graph" else 0.0},
        training={"epochs": 6, "batch_size": 16, "learning_rate": 0.02, "patience": None},
    )
    y = np.random.default_rng(1).normal(10, 2, 90)
    split = split_of(list(y), parts=(60, 15, 15), lookback=4, horizon=2)
    monkeypatch.setattr(programs, "_program", lru_cache(programs._PROGRAMS_KEPT)(programs._program.__wrapped__))

    def train(split: Split, cell: Cell, _: Progress) -> FittedCell:
        return fit_cell(cell, pipeline, split)

    together: Any = train_at_once(pipeline, split, train, Silence())  # type: ignore[arg-type]
    alone = [fit_cell(cell, pipeline, split) for cell in USUAL]

    assert [(each.cell, each.program) for each in together] == [
        (cell, program if cell in COMPILED else "graph") for cell in USUAL
    ]
    assert [(each.weights_digest, each.epochs) for each in together] == [
        (each.weights_digest, each.epochs) for each in alone
    ]
