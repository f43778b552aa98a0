"""MLflow's logged models: made in the experiment of their run, where its page compares them."""

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

from mlflow.utils.mlflow_tags import MLFLOW_MODEL_VERSIONS

from recurcast import forecasting
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store

LOADERS = Path(forecasting.__file__).parent
"""Where the files lie that load a model elsewhere; each is copied into the models that it loads."""


def new_model(run: TrackedRun, name: str) -> str:
    """Return the id of a new logged model of a run; without one, MLflow makes its own in the default experiment."""
    client = run.store.client
    params = dict(client.get_run(run.run_id).data.params)
    made = client.create_logged_model(run.experiment_id, name, source_run_id=run.run_id, params=params)
    return str(made.model_id)


def link_version(store: Store, model_id: str, name: str, version: int) -> None:
    """Let MLflow's page lead from a logged model, and from the run that logged it, to its registered version."""
    store.client.set_logged_model_tags(
        model_id, {MLFLOW_MODEL_VERSIONS: json.dumps([{"name": name, "version": version}])}
    )


@cache
def pinned(*packages: str) -> tuple[str, ...]:
    """Return the packages as requirements, each of the version that is installed."""
    return tuple(f"{package}=={version(package)}" for package in packages)
