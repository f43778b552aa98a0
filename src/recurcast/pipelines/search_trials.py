"""A trial on an origin: what the pipeline with its settings would have trained then, and how that did on the scored windows."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np

from recurcast.config import Cell, PipelineConfig
from recurcast.config.search_space import tried
from recurcast.errors import ExecutorUnavailable, RecurcastError, StoreUnavailable
from recurcast.evaluation.competitors import fitted_network
from recurcast.evaluation.metrics import evaluate
from recurcast.executors.seam import HERE, Executor
from recurcast.pipelines.search_origins import Origin
from recurcast.pipelines.windows import windows_of
from recurcast.runs.search import Value
from recurcast.training.fit import FittedCell

_ours = Lock()
"""Trials whose cells others fit are worked on in threads; this process scores one at a time."""
_NO_MEMORY = ("MemoryError", "ResourceExhaustedError")


class TrialFailed(Exception):
    """A trial came to nothing; the search goes on."""


@dataclass(frozen=True)
class Scored:
    """What a trial came to at one origin."""

    score: float
    fitted: FittedCell


def settled(pipeline: PipelineConfig, cell: Cell, settings: Mapping[str, Value], seed: int) -> PipelineConfig:
    """Return the pipeline of a trial. Raises TrialFailed where its settings contradict each other, or what stands."""
    try:
        return tried(pipeline, settings, seed, cell)
    except ValueError as error:
        raise TrialFailed(first_words(error)) from error


def score_on(origin: Origin, pipeline: PipelineConfig, cell: Cell, metric: str, executor: Executor = HERE) -> Scored:
    """Return the score of a cell that is trained on what was known at an origin; less is better.

    Raises TrialFailed where it can't be trained so, diverges, or finds too little memory; StoreUnavailable and
    ExecutorUnavailable as they come.
    """
    try:
        with _ours:
            split = windows_of(pipeline, origin.frame)
        fitted, *_ = executor.fit_seeds(cell, pipeline, split)
        if fitted.diverged:
            raise TrialFailed(f"diverged: a loss of epoch {fitted.epochs[-1].number} is not a finite number")
        with _ours:
            competitor = fitted_network(cell, fitted.network)
            found = evaluate([competitor], split.test, split, pipeline.season, pipeline.gate.baseline)
            score = found.score(cell, metric)
    except (TrialFailed, StoreUnavailable, ExecutorUnavailable):
        raise
    except Exception as error:  # whatever a setting breaks is that setting's fault
        gc.collect()
        if type(error).__name__ in _NO_MEMORY:
            raise TrialFailed("ran out of memory") from error
        said = str(error) if isinstance(error, RecurcastError) else f"{type(error).__name__}: {first_words(error)}"
        raise TrialFailed(said) from error
    if not np.isfinite(score):
        raise TrialFailed("diverged: its forecasts are not finite numbers")
    return Scored(score, fitted)


def first_words(error: Exception) -> str:
    """Return the rule that was broken, in a line: of pydantic's errors the first one."""
    errors = getattr(error, "errors", None)
    if callable(errors):
        first = errors(include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"])
        said = str(first["msg"]).removeprefix("Value error, ")
        return f"{place}: {said}" if place else said
    return next(iter(str(error).splitlines()), type(error).__name__)
