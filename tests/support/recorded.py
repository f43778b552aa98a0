"""Runs and versions as a trained interval leaves them in MLflow, without training."""

from datetime import datetime
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.runs.train import Request
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame
from recurcast.series.sources import obtain
from recurcast.tracking.registry.baselines import baseline_version
from recurcast.tracking.registry.champion_history import begun_history, enter, owing, writer_tags
from recurcast.tracking.runs import TrackedRun, child_run, parent_run
from recurcast.tracking.snapshots import keep_snapshot
from recurcast.tracking.store import Store


def kept_run(
    store: Store, pipeline: PipelineConfig, as_of: datetime, *, frame: SeriesFrame | None = None, adhoc: bool = False
) -> TrackedRun:
    """Record a finished run that has kept its frame, that of the source by default."""
    frame = obtain(pipeline, as_of, store.root) if frame is None else frame
    digest = data_digest(frame)
    with parent_run(store, Request(pipeline, as_of, store.root, promote=not adhoc)) as run:
        run.tag(data=digest, outcome="trained")
        keep_snapshot(run, pipeline, frame, digest)
    return run


def version_of(
    run: TrackedRun, pipeline: PipelineConfig, as_of: datetime, decision: str, *, provisional: bool = False
) -> int:
    """Register a network of a hundred bytes as the run's version, its verdict entered; the alias stays."""
    client = run.store.client
    with child_run(run, pipeline, as_of, "gru") as child:
        logged = client.create_logged_model(run.experiment_id, "gru", source_run_id=child.run_id)
        folder = run.store.root / "network" / "data"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.keras").write_bytes(bytes(100))
        client.log_model_artifacts(logged.model_id, str(folder.parent))
        client.finalize_logged_model(logged.model_id, "READY")
    begun_history(run.store, pipeline)
    tags = {
        "as_of": format_instant(as_of),
        "cell": "gru",
        "decision": decision,
        "provisional": str(provisional).lower(),
        "run": run.run_id,
        **owing(run.run_id, 0),
    }
    source = f"models:/{logged.model_id}"
    made = client.create_model_version(pipeline.name, source, run_id=child.run_id, tags=tags, model_id=logged.model_id)
    enter(run.store, pipeline.name, made)
    return int(made.version)


def serving_version_of(
    run: TrackedRun, pipeline: PipelineConfig, as_of: datetime, decision: str, data: str = ""
) -> int:
    """Register what forecasts as a baseline does under the tags of a network: it can be loaded in a moment."""
    client = run.store.client
    begun_history(run.store, pipeline)
    baseline = client.get_model_version(pipeline.name, str(baseline_version(run.store, pipeline)))
    tags = {
        "as_of": format_instant(as_of),
        "cell": "gru",
        "decision": decision,
        "reason": f"gru was judged {decision}",
        "data": data or f"rows of {as_of}",
        "run": run.run_id,
        **owing(run.run_id, 0),
        **writer_tags(),
    }
    made = client.create_model_version(pipeline.name, baseline.source, run_id=run.run_id, tags=tags)
    enter(run.store, pipeline.name, made)
    return int(made.version)


def files_below(root: Path, ending: str) -> set[Path]:
    """Return the files of MLflow's on disk whose name ends so."""
    return {path for path in (root / "mlruns").rglob(f"*{ending}") if path.is_file()}
