"""What a fit gives back, without keras: the weights of each seed and how it got there; and cells made of them again.

fit_members   (cell, pipeline, seeds, split, start) -> weights and epochs of each seed        wherever there is room
assembled     weights and epochs of all seeds -> the cell as `fit_seeds` gives it             where it is judged
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recurcast import environment
from recurcast.config import Cell, PipelineConfig
from recurcast.series.windows import Split
from recurcast.training import fit
from recurcast.training.compiled.choice import Program
from recurcast.training.fit import Epoch, FittedCell, Weights
from recurcast.training.highway.cells import assembled_seeds, fit_each
from recurcast.training.highway.fit import Course
from recurcast.training.highway.network import highway_core
from recurcast.training.highway.plan import plan_of
from recurcast.training.networks import build_network, shape_for


@dataclass(frozen=True)
class Member:
    """One seed of a cell: the weights that were kept, and how its losses fell."""

    seed: int
    weights: Weights
    epochs: tuple[Epoch, ...]
    kept: int
    program: Program
    processor: str
    threads: str


def fit_members(
    cell: Cell,
    pipeline: PipelineConfig,
    seeds: Sequence[int],
    split: Split,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    start: Weights | None = None,
) -> tuple[Member, ...]:
    """Return some of a cell's seeds, fitted as `fit_seeds` fits all of them; seeds follow one another."""
    if pipeline.network.kind == "highway":
        courses = fit_each(cell, pipeline, plan_of(pipeline, split), seeds, on_epoch)
        return tuple(
            _member(seed, own.core.get_weights(), own.epochs, len(own.epochs), "compiled")
            for seed, own in zip(seeds, courses, strict=True)
        )
    training = pipeline.training.model_copy(update={"seed": seeds[0], "seeds": len(seeds)})
    own = pipeline.model_copy(update={"training": training})
    fitted = fit.fit_seeds(cell, own, split, on_epoch, start)
    found = [
        _member(each.seed, each.network.core.get_weights(), each.epochs, each.kept, each.program) for each in fitted
    ]
    return tuple(sorted(found, key=lambda each: each.seed))


def assembled(cell: Cell, pipeline: PipelineConfig, split: Split, members: Sequence[Member]) -> tuple[FittedCell, ...]:
    """Return a cell made of all its seeds: first what competes, then the others, to the bit as `fit_seeds` has them."""
    by_seed = sorted(members, key=lambda each: each.seed)
    if pipeline.network.kind == "highway":
        plan = plan_of(pipeline, split)
        fits = {}
        for each in by_seed:
            core = highway_core(cell, pipeline.network, plan.facts, each.seed)
            core.set_weights(list(each.weights))
            fits[each.seed] = Course(core, each.epochs)
        return tuple(_fitted_there(each, by_seed[0]) for each in assembled_seeds(cell, pipeline, plan, fits))
    shape = shape_for(split)
    found = []
    for each in by_seed:
        network = build_network(cell, pipeline.network, shape, each.seed)
        network.core.set_weights(list(each.weights))
        whole = FittedCell(cell, network, each.epochs, each.kept, each.seed, each.program)
        found.append(_fitted_there(whole, each))
    return fit.best_first(found)


def _member(seed: int, weights: Sequence[np.ndarray], epochs: tuple[Epoch, ...], kept: int, program: Program) -> Member:
    return Member(seed, tuple(weights), epochs, kept, program, environment.processor(), environment.threads())


def _fitted_there(fitted: FittedCell, member: Member) -> FittedCell:
    return replace(fitted, processor=member.processor, threads=member.threads)
