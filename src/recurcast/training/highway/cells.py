"""A cell on a ridge highway, fitted with each of the pipeline's seeds, and fitted anew on every row that is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.config import Cell, PipelineConfig
from recurcast.environment import processors, share_operations
from recurcast.forecasting.portable.highway import Highway, prepare, restored
from recurcast.series.windows import Split, Windows
from recurcast.training.fit import Epoch, FittedCell, best_first
from recurcast.training.highway.choices import Chosen, criterion
from recurcast.training.highway.fit import Course, fit_highway
from recurcast.training.highway.forecasts import Shared, forecasts_of
from recurcast.training.highway.network import HighwayCore, highway_core, highway_forecaster
from recurcast.training.highway.plan import Plan, plan_of, refit_plan
from recurcast.training.networks import Network
from recurcast.training.together import together

SHARES = (0.0, 0.5, 1.0)
_THREADS = 2
"""XLA's products wait for each other on one thread, whoever calls them: three cells at once then fill one core."""
_AS_GOOD = 0.01
"""Difference of the criterion that is none: the whole correction is taken then."""


@dataclass(frozen=True)
class HighwayCores:
    """The fitted layers of each seed whose median forecasts, and what was chosen for the panel."""

    chosen: Chosen
    parts: tuple[HighwayCore, ...]
    shared: Shared = field(default_factory=Shared)

    @property
    def names(self) -> list[str]:
        """Return what the weights are called outside of keras, such as `0.layer_0.kernel`."""
        return [f"{number}.{name}" for number, part in enumerate(self.parts) for name in part.names]

    def get_weights(self) -> list[NDArray[np.float32]]:
        """Return a copy of the weights."""
        return [weights for part in self.parts for weights in part.get_weights()]

    def forecast(self, windows: Windows) -> NDArray[np.float64]:
        """Return what the keras model of these layers forecasts, shape `(n_windows, horizon)`, sooner."""
        return forecasts_of(self.parts, self.chosen.facts, self.shared, windows)


def fit_highway_seeds(
    cell: Cell, pipeline: PipelineConfig, split: Split, on_epoch: Callable[[Epoch], None] = lambda _: None
) -> tuple[FittedCell, ...]:
    """Return what competes of a cell first: the median of its seeds' forecasts, or the best; then each seed alone."""
    plan = plan_of(pipeline, split)
    first = pipeline.training.seed
    seeds = range(first, first + pipeline.training.seeds)
    fits = fit_each(cell, pipeline, plan, seeds, on_epoch)
    return assembled_seeds(cell, pipeline, plan, dict(zip(seeds, fits, strict=True)))


def assembled_seeds(
    cell: Cell, pipeline: PipelineConfig, plan: Plan, fits: Mapping[int, Course]
) -> tuple[FittedCell, ...]:
    """Return what competes of a cell whose seeds were fitted, and each seed alone."""
    held_out = {seed: _held_out(plan, fit.core) for seed, fit in fits.items()}

    def fitted(seeds: Sequence[int], first: int) -> FittedCell:
        share = _best_share(plan, [held_out[seed] for seed in seeds])
        facts = replace(plan.facts, share=share)
        return _cell(cell, pipeline, plan, facts, [fits[seed] for seed in seeds], first)

    alone = [fitted([seed], seed) for seed in fits]
    if len(fits) == 1:
        return tuple(alone)
    if pipeline.training.combine == "median":
        return (fitted(list(fits), pipeline.training.seed), *alone)
    return best_first(alone)


def refit_highway(
    judged: FittedCell, pipeline: PipelineConfig, split: Split, on_epoch: Callable[[Epoch], None] = lambda _: None
) -> FittedCell:
    """Return the same recipe fitted on every row that is known, all seeds of the judged cell anew."""
    cores = judged.network.core
    plan = refit_plan(pipeline, split, cores.chosen.facts.share)
    first = judged.seed
    fits = fit_each(judged.cell, pipeline, plan, range(first, first + len(cores.parts)), on_epoch)
    return _cell(judged.cell, pipeline, plan, plan.facts, fits, first)


def threads_of_highways() -> int:
    """Return how many threads share an operation while highways are fitted."""
    return max(_THREADS, processors())


def fit_each(
    cell: Cell, pipeline: PipelineConfig, plan: Plan, seeds: Sequence[int], on_epoch: Callable[[Epoch], None]
) -> tuple[Course, ...]:
    """Return each seed fitted, all at the same time; their epochs are counted on as they come."""
    share_operations(threads_of_highways())
    heard = count(1)
    fits = [fit_highway(cell, pipeline.network, plan, seed) for seed in seeds]
    return together(fits, lambda epoch: on_epoch(replace(epoch, number=next(heard))), processors())


def _cell(
    cell: Cell, pipeline: PipelineConfig, plan: Plan, facts: Highway, fits: Sequence[Course], seed: int
) -> FittedCell:
    renumbered = [_renumbered(cell, pipeline, facts, fit.core, part) for part, fit in enumerate(fits)]
    cores = HighwayCores(replace(plan.chosen, facts=facts), tuple(fit.core for fit in fits), plan.shared)
    network = Network(cell, highway_forecaster(cell, facts, renumbered), None, cores, facts)
    epochs = tuple(
        Epoch(at[0].number, float(np.mean([own.train for own in at])), float(np.mean([own.validation for own in at])))
        for at in zip(*(fit.epochs for fit in fits), strict=False)
    )
    return FittedCell(cell, network, epochs, len(epochs), seed, "compiled")


def _renumbered(cell: Cell, pipeline: PipelineConfig, facts: Highway, core: HighwayCore, part: int) -> HighwayCore:
    """The same weights in layers whose names say which part of the median they are."""
    own = highway_core(cell, pipeline.network, facts, 0, part)
    own.set_weights(core.get_weights())
    return own


def _held_out(plan: Plan, core: HighwayCore) -> tuple[Any, Any]:
    """What highway and recurrence add on the validation windows: a seed alone and the median both ask for it."""
    held_out = plan.held_out
    beside = () if held_out.drivers is None else held_out.drivers.at(np.arange(len(held_out)))
    return core(plan.facts, held_out.z, held_out.known, held_out.static, beside)


def _best_share(plan: Plan, outputs: Sequence[tuple[Any, Any]]) -> float:
    """The share of the correction that scores best on the validation windows; ties go to the whole one."""
    facts, shown = plan.facts, plan.shown
    each, targets = prepare(facts, shown.windows), shown.targets

    def score(share: float) -> float:
        middle = np.median([np.asarray(base + share * correction) for base, correction in outputs], axis=0)
        forecasts = restored(facts, each.level + each.spread * (each.anchor + middle))
        return criterion(targets, forecasts, plan.scales)

    scores = {share: score(share) for share in SHARES}
    finite = [value for value in scores.values() if np.isfinite(value)]
    if not finite or not scores[1.0] > min(finite) + _AS_GOOD:
        return 1.0
    return min(SHARES, key=lambda share: scores[share] if np.isfinite(scores[share]) else np.inf)
