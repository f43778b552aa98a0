"""What a killed process left half done in MLflow: closed, finished or derived again by the next run of the pipeline."""

from mlflow.exceptions import MlflowException

from recurcast.intervals import parse_instant
from recurcast.promotion import CHAMPION
from recurcast.tracking.leases import abandoned_runs
from recurcast.tracking.registry import newest_promotion, version_of_run
from recurcast.tracking.store import Store, store_errors

_GONE = "its process is gone, so that nobody closed it"


def recover(store: Store, name: str) -> tuple[str, ...]:
    """Return the runs of the pipeline that a dead process left RUNNING, now closed.

    A run that had registered its challenger is done all but its last words, and ends FINISHED; any other ends KILLED,
    with the reason as a tag. The alias then stands where the history says.
    """
    with store_errors(store.uri):
        experiment = store.client.get_experiment_by_name(name)
        if experiment is None:
            return ()
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
            realign_alias(store, name)
    return tuple(run.info.run_id for run in abandoned)


def realign_alias(store: Store, name: str) -> None:
    """Move the alias to the newest final promotion, where it stands at an older one: the process that gave it died."""
    newest = newest_promotion(store, name)
    if newest is None:
        return
    try:
        standing = store.client.get_model_version_by_alias(name, CHAMPION)
        stands_for = parse_instant(standing.tags["as_of"])
    except MlflowException:
        stands_for = None
    if stands_for is None or stands_for < parse_instant(newest.tags["as_of"]):
        store.client.set_registered_model_alias(name, CHAMPION, str(newest.version))
