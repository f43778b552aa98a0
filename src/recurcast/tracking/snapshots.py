"""Snapshots: the frame of a run as Parquet, once per digest.

The first run on a digest holds the file; every run on it says so in its tag `snapshot`, the id of the run that does.
Runs of different as_ofs can have the same rows, so what the digest does not tell of a frame stands with each run.
"""

from dataclasses import replace
from datetime import datetime

from mlflow.entities import Run

from recurcast.config import PipelineConfig
from recurcast.config.calendar import days_in
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.instants import format_instant
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame, without_values
from recurcast.series.parquet import from_parquet, setting_of, to_parquet
from recurcast.tracking.recorded_runs import artifact, has_artifact, runs_where
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, store_errors

FOLDER = "snapshot"
_SETTING = f"{FOLDER}/frame.json"
_MOST_RUNS = 1000


def snapshot_file(digest: str) -> str:
    """Return where among its holder's artifacts the snapshot of a digest stands."""
    return f"{FOLDER}/{digest}.parquet"


def keep_snapshot(run: TrackedRun, pipeline: PipelineConfig, frame: SeriesFrame, digest: str) -> None:
    """Keep the run's frame: refer to the run of the pipeline that holds these rows, or hold them from now on."""
    with store_errors(run.store.uri):
        holder = _first_with_file(run.store, _holders(run.store, pipeline.name, digest), digest)
    if holder is None:
        run.file(to_parquet(frame), snapshot_file(digest))
    else:
        run.text(setting_of(frame), _SETTING)
    run.tag(snapshot=holder or run.run_id)


def load_snapshot(store: Store, pipeline: PipelineConfig, as_of: datetime) -> SeriesFrame:
    """Return the frame of the newest finished run of the interval that has a snapshot; of experiments only if need be.

    Raises ConfigurationError where there is none, or where the pipeline now wants another frame, and RecurcastError
    where the file is not what was kept.
    """
    with store_errors(store.uri):
        for run in _finished(store, pipeline.name, as_of):
            digest = run.data.tags["data"]
            own = run.data.tags["snapshot"] == run.info.run_id
            holders = [run.info.run_id] if own else _holders(store, pipeline.name, digest)
            holder = _first_with_file(store, holders, digest)
            if holder is not None:
                frame = _read(store, holder, digest, None if own else run.info.run_id)
                _check_fit(frame, pipeline, as_of)
                rows = without_values(frame.rows, frame.beside, pipeline.checks.missing_values)
                ahead = None if frame.ahead is None else frame.ahead.without_values(pipeline.checks.missing_values)
                return replace(frame, rows=rows, ahead=ahead)
    raise ConfigurationError(
        f"--from-snapshot takes the frame that a finished run of the interval has kept; '{pipeline.name}' has none as "
        f"of {format_instant(as_of)}. Run it without --from-snapshot; a run keeps its frame where `snapshot` is `always`."
    )


def _finished(store: Store, name: str, as_of: datetime) -> list[Run]:
    interval = f"attributes.status = 'FINISHED' and tags.as_of = '{format_instant(as_of)}'"
    found = runs_where(store, name, f"{interval} and tags.snapshot LIKE '%' and tags.data LIKE '%'")
    return sorted(found, key=lambda run: run.data.tags.get("adhoc") == "true")


def _holders(store: Store, name: str, digest: str) -> list[str]:
    found = runs_where(store, name, f"tags.data = '{digest}' and tags.snapshot LIKE '%'", most=_MOST_RUNS)
    return [run.info.run_id for run in found if run.data.tags["snapshot"] == run.info.run_id]


def _first_with_file(store: Store, holders: list[str], digest: str) -> str | None:
    """Which run really has the file: what was interrupted while it pruned leaves a tag without one."""
    return next((run_id for run_id in holders if has_artifact(store, run_id, snapshot_file(digest))), None)


def _read(store: Store, holder: str, digest: str, setting_in: str | None) -> SeriesFrame:
    content = artifact(store, holder, snapshot_file(digest))
    setting = None if setting_in is None else artifact(store, setting_in, _SETTING).decode()
    try:
        frame = from_parquet(content, setting)
        found = data_digest(frame)
    except (ValueError, KeyError, OSError) as error:
        raise _damaged(holder, digest, f"it can't be read: {next(iter(str(error).splitlines()), '')}") from error
    if found != digest:
        raise _damaged(holder, digest, f"its rows have the digest {found}")
    return frame


def _damaged(holder: str, digest: str, what: str) -> RecurcastError:
    return RecurcastError(
        f"a snapshot is read as it was kept; {snapshot_file(digest)} of MLflow's run {holder} is damaged: {what}. "
        f"Run without --from-snapshot, or put the file back."
    )


def _check_fit(frame: SeriesFrame, pipeline: PipelineConfig, as_of: datetime) -> None:
    source = pipeline.source
    for what, kept, wanted in (
        ("steps", len(frame.steps), pipeline.parts.steps),
        ("frequency", frame.grid.frequency, pipeline.frequency or frame.grid.frequency),
        ("time zone", frame.grid.timezone, source.timezone),
        (
            "days of",
            ", ".join(own.name for own in frame.days) or "none",
            ", ".join(days_in(pipeline.network.calendar, pipeline.frequency)) or "none",
        ),
        ("covariates", ", ".join(frame.covariates) or "none", ", ".join(source.covariates) or "none"),
        ("static columns", ", ".join(frame.attributes) or "none", ", ".join(source.attributes) or "none"),
        (
            "known ahead",
            ", ".join(() if frame.ahead is None else frame.ahead.names) or "none",
            ", ".join(source.ahead) or "none",
        ),
    ):
        if kept != wanted:
            raise ConfigurationError(
                f"a snapshot fits the pipeline; that of '{pipeline.name}' as of {format_instant(as_of)} has {what} {kept}, "
                f"the pipeline now {wanted}. Run it without --from-snapshot, or set the field back."
            )
