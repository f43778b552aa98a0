"""What a trial draws: a cell, then the settings that it reads, as the pipeline's block takes them."""

from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from recurcast.config import Cell, PipelineConfig
from recurcast.config.search import Range
from recurcast.config.search_space import axes_of, drawn_cells, standing, steps_of
from recurcast.runs.search import Value
from recurcast.tracking.studies.sampling import BySampler, distribution_of, nearest_in

_SIGNIFICANT = 4
"""Digits of a number that is drawn: people read it, and no result hangs on a fifth."""


def draw(trial: optuna.Trial, pipeline: PipelineConfig, stands: Cell | None = None) -> tuple[Cell, dict[str, Value]]:
    """Return the cell and the settings of a trial; of one that is a cell as it stands, those that stand."""
    cell = str(stands or _suggest(trial, "cell", CategoricalDistribution(drawn_cells(pipeline))))
    settings: dict[str, Value] = {}
    for field, axis in axes_of(pipeline, cell).items():
        value = _suggest(trial, field, distribution_of(field, axis))
        rounded = float(f"{value:.{_SIGNIFICANT}g}") if isinstance(value, float) else value
        settings[field] = steps_of(pipeline, field, axis, rounded, cell)
    return cell, standing(pipeline, cell) if stands else settings


def as_it_stands(pipeline: PipelineConfig, cell: Cell) -> dict[str, Any]:
    """Return what Optuna is told of the configuration as it stands: the point next to it, for the space may not hold it."""
    drawn: dict[str, Any] = {"cell": cell} if cell in drawn_cells(pipeline) else {}
    stated = standing(pipeline, cell)
    for field, axis in axes_of(pipeline, cell).items():
        distribution, value = distribution_of(field, axis), stated[field]
        if isinstance(distribution, CategoricalDistribution):
            if value in distribution.choices:
                drawn[field] = value
            continue
        if isinstance(axis, Range) and axis.unit == "seasons" and isinstance(value, int | float):
            value = value / pipeline.season
        near = nearest_in(distribution, value)
        if near is not None:
            drawn[field] = near
    return drawn


def _suggest(trial: optuna.Trial, field: str, distribution: Any) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(field, distribution.choices)
    low, high, log = distribution.low, distribution.high, distribution.log
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(field, low, high, step=distribution.step, log=log)
    assert isinstance(distribution, FloatDistribution), "all that `distribution_of` makes"
    return trial.suggest_float(field, low, high, step=distribution.step, log=log)


def some_of(pipeline: PipelineConfig, count: int) -> list[tuple[Cell, dict[str, Value]]]:
    """Return settings drawn at random, to see whether any can be."""
    study = optuna.create_study(sampler=BySampler("random", pipeline.search.seed))
    return [draw(study.ask(), pipeline) for _ in range(count)]
