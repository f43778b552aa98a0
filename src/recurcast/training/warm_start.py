"""Warm starts: whether a cell begins with the champion's weights, and why not where it does not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recurcast.config import Cell, PipelineConfig
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.series.windows import Split

if TYPE_CHECKING:
    from recurcast.training.fit import Weights


@dataclass(frozen=True)
class CellStart:
    """What a cell begins with: the weights of a version, or those drawn from its seed and why."""

    version: int | None = None
    weights: "Weights | None" = None
    why_cold: str = ""

    @property
    def told(self) -> str:
        """Return `version 3`, or `initial weights: ...` with the reason."""
        return f"initial weights: {self.why_cold}" if self.weights is None else f"version {self.version}"


def start_from(champion: Bundle, cell: Cell, pipeline: PipelineConfig, split: Split) -> CellStart:
    """Return the champion's weights for a cell of the pipeline, or none where they are of another network.

    Weights of the same shapes are of another network too where their inputs or outputs mean something else.
    """
    who = f"version {champion.version}"
    if champion.kind != cell:
        return CellStart(why_cold=f"{who} is a {champion.kind}")
    for fact, here in _facts(pipeline, split).items():
        there = getattr(champion, fact)
        if there != here:
            return CellStart(why_cold=f"{who} has {fact} {_told(there)}, this pipeline {_told(here)}")
    return _of_same_shapes(champion, cell, pipeline, split)


def _facts(pipeline: PipelineConfig, split: Split) -> dict[str, object]:
    """What a bundle says of its network's inputs and outputs, as it is here."""
    settings, grid = pipeline.network, split.panel.grid
    assert grid is not None, "a panel that was laid out from a frame has its grid"
    return {
        "frequency": grid.frequency,
        "lookback": pipeline.windows.lookback,
        "horizon": pipeline.windows.horizon,
        "covariates": split.panel.covariates,
        "calendar": settings.calendar,
        "scale": settings.scale,
        "layers": settings.layers,
        "activation": settings.activation,
    }


def _of_same_shapes(champion: Bundle, cell: Cell, pipeline: PipelineConfig, split: Split) -> CellStart:
    from recurcast.training.networks import build_network, shape_for

    shape = shape_for(split)
    core = build_network(cell, pipeline.network, shape, seed=0).core
    for name, own in zip(core.names, core.get_weights(), strict=True):
        there = champion.weights.get(name)
        if there is None or there.shape != own.shape:
            stated = f"no {name}" if there is None else f"{name} of shape {there.shape}"
            return CellStart(why_cold=f"version {champion.version} has {stated}, this pipeline {own.shape}")
    return CellStart(champion.version, tuple(champion.weights[name] for name in core.names))


def _told(fact: object) -> str:
    return (", ".join(fact) or "none") if isinstance(fact, tuple) else str(fact)
