"""What serves a pipeline, as a light bundle. A baseline that never served at the end of a run has none; its tags do."""

from datetime import datetime
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.errors import RecurcastError
from recurcast.evaluation.champion import JUDGED
from recurcast.forecasting.forecast import Predict, predict_with
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.forecasting.portable.network import needs_keras
from recurcast.series.grid import Grid
from recurcast.tracking.models.bundles import REFIT, SERVING, load
from recurcast.tracking.models.files import copy_files
from recurcast.tracking.registry.registry import ServingVersion, serving_version
from recurcast.tracking.store import Store, store_errors


def serving_bundle(store: Store, pipeline: PipelineConfig, as_of: datetime, grid: Grid, folder: Path) -> Bundle:
    """Return the bundle of what served at `as_of`, copied into `folder`, which the caller removes.

    Raises ConfigurationError where nothing is registered yet, RecurcastError where the champion's bundle is missing or
    damaged.
    """
    return bundle_of_serving(store, pipeline.name, serving_version(store, pipeline.name, as_of), grid, folder)


def judged_bundle(store: Store, bundle: Bundle, folder: Path) -> Bundle | None:
    """Return the bundle of the weights that the verdict on a version is on, where others serve and numpy computes them."""
    if bundle.version is None or needs_keras(bundle):
        return None
    with store_errors(store.uri):
        if store.client.get_model_version(bundle.pipeline, str(bundle.version)).tags.get(SERVING) != REFIT:
            return None
    return load(store, bundle.pipeline, bundle.version, folder / JUDGED, judged=True)


def bundle_of_serving(store: Store, name: str, serving: ServingVersion, grid: Grid | None, folder: Path) -> Bundle:
    """Return the bundle of a version that serves, copied into `folder`, which the caller removes.

    Raises RecurcastError where it is missing or damaged, unless it is a baseline and its grid is known.
    """
    try:
        return load(store, name, serving.version, folder)
    except RecurcastError:
        if serving.kind == "network" or grid is None:
            raise
        return _baseline(store, name, serving, grid)  # which needs no more than its tags


def predict_as_served(store: Store, bundle: Bundle, folder: Path) -> Predict:
    """Return what forecasts as a version does: its bundle, in numpy alone, or its network where numpy has no such cell.

    The network's files are copied into `folder`. Raises ChampionUnusable where they are missing or damaged.
    """
    if not needs_keras(bundle):
        return predict_with(bundle)
    from recurcast.training.inference import predict_with as predict_with_network
    from recurcast.training.networks import load_network

    assert bundle.version is not None, "what the registry serves has a version"
    own = folder / "network"
    own.mkdir()
    copied = copy_files(store, bundle.pipeline, bundle.version, own)
    return predict_with_network(load_network(copied / "data" / "model.keras"))


def _baseline(store: Store, name: str, serving: ServingVersion, grid: Grid) -> Bundle:
    with store_errors(store.uri):
        tags = store.client.get_model_version(name, str(serving.version)).tags
    return Bundle(
        pipeline=name,
        kind=serving.name,
        frequency=grid.frequency,
        timezone=grid.timezone,
        phase=grid.phase.as_unit("ns").value,
        anchor=None if grid.anchor is None else grid.anchor.isoformat(),
        lookback=int(tags["lookback"]),
        horizon=int(tags["horizon"]),
        days=() if grid.sessions is None else (grid.sessions,),
        season=int(tags["season"]),
        gaps="gaps" in tags,
        version=serving.version,
    )
