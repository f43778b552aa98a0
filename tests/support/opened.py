"""Runs in MLflow that somebody opened and did not close."""

from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from recurcast.tracking.leases import lease_tags
from recurcast.tracking.store import connect


def client_of(root: Path) -> MlflowClient:
    """Return a client of a project's own store, its registry included: by itself that is whichever was set last."""
    uri = f"sqlite:///{root / 'mlflow.db'}"
    return MlflowClient(uri, uri)


GONE = {"lease.holder": "4194303@1@nowhere", "lease.host": "elsewhere", "lease.heartbeat": "2024-06-01T00:00:00Z"}
"""The tags of a run whose holder has missed three beats."""


def open_run(root: Path, as_of: str = "2024-06-01T00:00:00Z", pipeline: str = "tiny", **tags: Any) -> str:
    """Return the id of a run of the pipeline that this process holds, but for the tags given."""
    client = connect(root).client
    experiment = client.get_experiment_by_name(pipeline)
    experiment_id = experiment.experiment_id if experiment else client.create_experiment(pipeline)
    base = {"pipeline": pipeline, "as_of": as_of, "trigger": "schedule", "adhoc": "false"}
    return str(client.create_run(experiment_id, start_time=1, tags=base | lease_tags() | tags).info.run_id)


def status_of(root: Path, run_id: str) -> str:
    """Return MLflow's status of a run."""
    return str(connect(root).client.get_run(run_id).info.status)
