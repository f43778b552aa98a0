"""What is fitted for each kind of network: recurrent layers alone, or with a ridge highway."""

from collections.abc import Callable, Iterable

from recurcast.config import Cell, PipelineConfig
from recurcast.series.windows import Split
from recurcast.training import fit
from recurcast.training.fit import Epoch, FittedCell, Weights
from recurcast.training.highway.cells import fit_highway_seeds, refit_highway, threads_of_highways
from recurcast.training.highway.plan import PIECES, plan_of


def epochs_of(pipeline: PipelineConfig) -> int:
    """Return how many losses a fit with one seed tells at most."""
    return PIECES if pipeline.network.kind == "highway" else pipeline.training.epochs


def threads_of(cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> int:
    """Return how many threads share an operation while a pipeline's cells are fitted: the last bits hang on it."""
    if pipeline.network.kind == "highway":
        return threads_of_highways()
    return fit.threads_of(cells, pipeline, split)


def make_ready(cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
    """Do what the cells share before each is fitted in a thread of its own."""
    if pipeline.network.kind == "highway":
        plan_of(pipeline, split)
    else:
        fit.trace_programs(cells, pipeline, split)


def refit(
    judged: FittedCell, pipeline: PipelineConfig, split: Split, on_epoch: Callable[[Epoch], None] = lambda _: None
) -> FittedCell:
    """Return the recipe of a judged cell fitted anew on every row of the split's panel.

    Plain networks are fitted for as many epochs as gave the judged weights.
    """
    if pipeline.network.kind == "highway":
        return refit_highway(judged, pipeline, split, on_epoch)
    whole = split.to_refit(pipeline.windows)
    return fit.fit_cell(judged.cell, pipeline, whole, on_epoch, judged.seed, epochs=max(judged.kept, 1))


def fit_seeds(
    cell: Cell,
    pipeline: PipelineConfig,
    split: Split,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    start: Weights | None = None,
) -> tuple[FittedCell, ...]:
    """Return one cell fitted with each of the pipeline's seeds: first what competes, then the others."""
    if pipeline.network.kind == "highway":
        return fit_highway_seeds(cell, pipeline, split, on_epoch)
    return fit.fit_seeds(cell, pipeline, split, on_epoch, start)
