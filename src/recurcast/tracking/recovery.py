"""What a killed process left half done in MLflow: closed, finished or derived again by whoever comes next."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlflow.entities import Run
from mlflow.entities.view_type import ViewType

from recurcast.config import PipelineConfig
from recurcast.tracking.clocks import expect_same_clock
from recurcast.tracking.leases import abandoned_runs, holder_of
from recurcast.tracking.recorded_runs import experiment_id
from recurcast.tracking.registry.champion_history import enter_what_is_owed, project
from recurcast.tracking.registry.registry import version_of_run
from recurcast.tracking.store import Store, store_errors

_GONE = "its process is gone, so that nobody closed it"


@dataclass(frozen=True)
class ClosedRun:
    """A run that was RUNNING though nobody worked on it, and its status: KILLED, or FINISHED where only its end was missing.

    As long as nobody has closed it, RUNNING.
    """

    run_id: str
    pipeline: str
    name: str
    status: str


def find_abandoned(store: Store) -> tuple[ClosedRun, ...]:
    """Return the runs of all pipelines that are RUNNING though nobody works on them; nothing is changed."""
    with store_errors(store.uri):
        return tuple(
            ClosedRun(run.info.run_id, str(experiment.name), str(run.info.run_name), str(run.info.status))
            for experiment in store.client.search_experiments(view_type=ViewType.ACTIVE_ONLY)
            for run in abandoned_runs(store, str(experiment.name))
        )


def recover_all(store: Store, pipelines: Sequence[PipelineConfig]) -> tuple[ClosedRun, ...]:
    """Return the runs that dead processes left RUNNING, now closed: of these pipelines, and of any that is no longer one."""
    expect_same_clock(store.uri)
    closed = [run for pipeline in pipelines for run in recover(store, pipeline)]
    with store_errors(store.uri):
        experiments = store.client.search_experiments(view_type=ViewType.ACTIVE_ONLY)
        known = {pipeline.name for pipeline in pipelines}
        for experiment in experiments:
            if experiment.name not in known:
                abandoned = abandoned_runs(store, str(experiment.name))
                closed += [_closed(store, str(experiment.name), run) for run in abandoned]
    return tuple(closed)


def recover(store: Store, pipeline: PipelineConfig) -> tuple[ClosedRun, ...]:
    """Return the runs of the pipeline that a dead process left RUNNING, now closed.

    A run that had registered its challenger is done all but its last words, and ends FINISHED; any other ends KILLED,
    with the reason as a tag. Verdicts that nobody entered are entered, and the alias stands where the history says.
    """
    expect_same_clock(store.uri)
    name = pipeline.name
    with store_errors(store.uri):
        if experiment_id(store, name) is None:
            return ()
        enter_what_is_owed(store, name)
        project(store, pipeline)
        closed = tuple(_closed(store, name, run) for run in abandoned_runs(store, name))
    if closed:
        from recurcast.tracking.registry.exports import mirror_serving

        mirror_serving(store, name)
    return closed


def _closed(store: Store, name: str, run: Run) -> ClosedRun:
    run_id, tags = run.info.run_id, run.data.tags
    if "as_of" in tags and version_of_run(store, name, run_id) is not None:
        status = "FINISHED"
        store.client.set_tag(run_id, "outcome", "trained")
        if "next_tick" in tags:
            store.client.set_tag(run_id, "track", "pending")
    else:
        status = "KILLED"
        store.client.set_tag(run_id, "failure", f"{_GONE} ({holder_of(tags)})")
    store.client.set_terminated(run_id, status)
    return ClosedRun(run_id, name, str(run.info.run_name), status)
