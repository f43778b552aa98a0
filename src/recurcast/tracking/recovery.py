"""What a killed process left half done in MLflow: closed, finished or derived again by the next run of the pipeline."""

from recurcast.config import PipelineConfig
from recurcast.tracking.alias import project
from recurcast.tracking.championship import enter_what_is_owed, read_history
from recurcast.tracking.leases import abandoned_runs
from recurcast.tracking.registry import version_of_run
from recurcast.tracking.store import Store, store_errors

_GONE = "its process is gone, so that nobody closed it"


def recover(store: Store, pipeline: PipelineConfig) -> tuple[str, ...]:
    """Return the runs of the pipeline that a dead process left RUNNING, now closed.

    A run that had registered its challenger is done all but its last words, and ends FINISHED; any other ends KILLED,
    with the reason as a tag. Verdicts that nobody entered are entered, and the alias stands where the history says.
    """
    name = pipeline.name
    with store_errors(store.uri):
        experiment = store.client.get_experiment_by_name(name)
        if experiment is None:
            return ()
        if read_history(store, name) is not None:
            enter_what_is_owed(store, name)
            project(store, pipeline)
        abandoned = abandoned_runs(store, str(experiment.experiment_id))
        for run in abandoned:
            if "as_of" in run.data.tags and version_of_run(store, name, run.info.run_id) is not None:
                store.client.set_tag(run.info.run_id, "outcome", "trained")
                if "next_tick" in run.data.tags:
                    store.client.set_tag(run.info.run_id, "track", "pending")
                store.client.set_terminated(run.info.run_id, "FINISHED")
            else:
                store.client.set_tag(run.info.run_id, "failure", _GONE)
                store.client.set_terminated(run.info.run_id, "KILLED")
    if abandoned:
        from recurcast.tracking.exports import mirror_serving

        mirror_serving(store, name)
    return tuple(run.info.run_id for run in abandoned)
