"""What a fitted network, or a baseline, is as a light bundle: its weights as arrays, its windows as facts."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.series.grid import Grid
from recurcast.series.windows import Split

if TYPE_CHECKING:
    from recurcast.training.networks import Network


def bundle_of(
    pipeline: PipelineConfig,
    network: "Network",
    split: Split,
    grid: Grid,
    levels: tuple[float, ...] = (),
    widths: NDArray[np.float64] | None = None,
) -> Bundle:
    """Return the bundle of a network that was fitted on the split, whose steps lie on the grid.

    `widths` are those of its intervals in the window's scale, shape `(n_levels, horizon)`.
    """
    settings, source = pipeline.network, pipeline.source
    return Bundle(
        pipeline=pipeline.name,
        kind=network.cell,
        **_windows_of(pipeline, grid),
        highway=network.highway,
        season=pipeline.season,
        covariates=source.covariates,
        calendar=settings.calendar,
        days=split.panel.days,
        ahead=source.ahead,
        attributes=source.attributes,
        scale=settings.scale,
        spread_floor=split.spread_floor,
        layers=settings.layers,
        activation=settings.activation,
        reset_after=settings.reset_after,
        levels=levels if widths is not None else (),
        widths=widths,
        weights=_weights_of(network),
    )


def baseline_bundle(pipeline: PipelineConfig, grid: Grid) -> Bundle:
    """Return what serves where nothing ever passed: the gate's own baseline.

    It reads y alone, neither covariates nor calendar, and where a season is longer than the lookback, a whole season.
    """
    windows = _windows_of(pipeline, grid) | {"lookback": pipeline.baseline_lookback}
    return Bundle(
        pipeline=pipeline.name,
        kind=pipeline.serving_baseline,
        **windows,
        days=() if grid.sessions is None else (grid.sessions,),
        season=pipeline.season,
        gaps=pipeline.masked,
    )


def _windows_of(pipeline: PipelineConfig, grid: Grid) -> dict[str, Any]:
    return {
        "frequency": grid.frequency,
        "timezone": grid.timezone,
        "phase": grid.phase.as_unit("ns").value,
        "anchor": None if grid.anchor is None else grid.anchor.isoformat(),
        "lookback": pipeline.seen.lookback,
        "horizon": pipeline.windows.horizon,
        "missing_values": pipeline.checks.missing_values,
    }


def _weights_of(network: "Network") -> dict[str, NDArray[Any]]:
    core = network.core
    covariates = {} if network.normalization is None else _normalization_of(network.normalization)
    return {**dict(zip(core.names, core.get_weights(), strict=True)), **covariates}


def _normalization_of(normalization: Any) -> dict[str, NDArray[Any]]:
    mean, variance = (np.asarray(values, np.float64).ravel() for values in (normalization.mean, normalization.variance))
    # keras' epsilon keeps a spread of zero from dividing.
    return {"covariates.mean": mean, "covariates.scale": np.maximum(np.sqrt(variance), 1e-7)}
