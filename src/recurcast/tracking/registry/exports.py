"""What goes with a version besides its network: the light bundle, the model that takes a history, the local copy."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from recurcast.config import PipelineConfig
from recurcast.errors import RecurcastError, StoreUnavailable
from recurcast.forecasting.portable.bundle import Bundle, folder_of, read
from recurcast.forecasting.portable.network import needs_keras
from recurcast.series.grid import Grid
from recurcast.series.windows import Split
from recurcast.tracking.models.bundles import log_bundle, log_judged, place, stamp
from recurcast.tracking.models.digests import FRAME_MODEL
from recurcast.tracking.models.frames import log_frame_model
from recurcast.tracking.registry.registry import serving_now
from recurcast.tracking.registry.serving import bundle_of_serving
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, store_errors
from recurcast.tracking.trained import Served, TrainedCell
from recurcast.training.export import baseline_bundle, bundle_of

if TYPE_CHECKING:
    from recurcast.evaluation.evaluate import Judgement


@dataclass(frozen=True)
class Exported:
    """A bundle, and the address of the model that takes a history frame."""

    bundle: Bundle
    frame_model: str | None
    """None of a cell that numpy alone doesn't compute."""


def export_challenger(pipeline: PipelineConfig, served: Served, split: Split, judgement: "Judgement") -> Exported:
    """Return what was stored beside the challenger's network, before it becomes a version.

    Where the weights that serve were refitted, the judged ones stand beside them: intervals are theirs, and verdicts to come.
    """
    winner = served.cell
    bundle = bundle_of(pipeline, winner.fitted.network, split, _grid_of(split))
    bundle = _with_intervals(bundle, winner.fitted.cell, judgement)
    log_bundle(winner.run.store, winner.model_id, bundle)
    if served.refitted:
        judged = bundle_of(pipeline, served.judged.fitted.network, split, _grid_of(split))
        judged = _with_intervals(judged, winner.fitted.cell, judgement)
        log_judged(winner.run.store, winner.model_id, judged, served.judged.fitted.network.forecaster)
    return Exported(bundle, None if needs_keras(bundle) else log_frame_model(winner.run, bundle))


def stamp_version(store: Store, version: int, winner: TrainedCell, exported: Exported) -> None:
    """Say in the bundle which version it is of."""
    stamp(store, exported.bundle.pipeline, version, winner.model_id, exported.bundle)


def export_baseline(run: TrackedRun, pipeline: PipelineConfig, split: Split, judgement: "Judgement") -> None:
    """Give the baseline the same forms where it is what serves, its intervals those of this run."""
    store, name = run.store, pipeline.name
    serving = serving_now(store, name)
    if serving.kind != "baseline":
        return
    bundle = replace(
        baseline_bundle(pipeline, _grid_of(split)), scale=pipeline.network.scale, spread_floor=split.spread_floor
    ).stamped(serving.version, None)
    bundle = _with_intervals(bundle, bundle.kind, judgement)
    with store_errors(store.uri):
        version = store.client.get_model_version(name, str(serving.version))
        # The registry's SQL store leaves a version's `model_id` empty.
        log_bundle(store, str(version.source).removeprefix("models:/"), bundle)
        if FRAME_MODEL not in version.tags:
            store.client.set_model_version_tag(name, version.version, FRAME_MODEL, log_frame_model(run, bundle))


def mirror_serving(store: Store, name: str) -> str | None:
    """Make the project's local bundle that of the version which serves now; return why there is none, if so."""
    try:
        serving, mirrored = serving_now(store, name), None
        while mirrored != serving:  # another process may move the alias, and mirror, meanwhile
            with TemporaryDirectory() as folder:
                place(bundle_of_serving(store, name, serving, _mirrored_grid(store, name), Path(folder)), store.root)
            serving, mirrored = serving_now(store, name), serving
    except StoreUnavailable:
        raise
    except RecurcastError as error:  # that a champion moved is no smaller for it
        folder_of(store.root, name).unlink(missing_ok=True)
        return f"there is no light bundle in data/{name} now: {error}"
    return None


def _mirrored_grid(store: Store, name: str) -> Grid | None:
    """The grid of the bundle that stands there: a baseline that never served yet has none of its own."""
    try:
        return read(folder_of(store.root, name)).grid
    except ValueError:
        return None


def _with_intervals(bundle: Bundle, competitor: str, judgement: "Judgement") -> Bundle:
    intervals = judgement.intervals.get(competitor)
    return bundle if intervals is None else replace(bundle, levels=intervals.levels, widths=intervals.widths)


def _grid_of(split: Split) -> Grid:
    assert split.panel.grid is not None, "a panel that was laid out from a frame has its grid"
    return split.panel.grid
