"""The store as these credentials find it: whose experiments and models can be read, and whether they can be changed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import read_mlflow_creds
from mlflow.utils.rest_utils import http_request

from recurcast.masking import masked
from recurcast.tracking.store import store_errors, unless_missing

_TAG = "recurcast.doctor"


@dataclass(frozen=True)
class KnownExperiments:
    """The pipelines' experiments that are there, by name, and where all of them and the store itself keep artifacts."""

    ids: dict[str, str]
    locations: tuple[str, ...]


def credentials() -> tuple[str, str] | None:
    """Return user and password that MLflow's client sends, from the environment or ~/.mlflow/credentials; none without."""
    found = read_mlflow_creds()
    return None if not found.username else (found.username, found.password or "")


def known_experiments(uri: str, pipelines: Sequence[str]) -> KnownExperiments:
    """Return which pipelines have experiments already. StoreUnavailable says that the store can't be read, and why."""
    client = MlflowClient(uri, uri)
    with store_errors(uri):
        client.search_experiments(max_results=1)
        found = {name: client.get_experiment_by_name(name) for name in pipelines}
        there = {name: each for name, each in found.items() if each is not None}
        first = None if there else unless_missing(client.get_experiment, "0")
    own = [each.artifact_location for each in (*there.values(), first) if each is not None]
    return KnownExperiments({name: each.experiment_id for name, each in there.items()}, _one_of_each(own))


def refused_changes(uri: str, experiments: dict[str, str]) -> dict[str, str]:
    """Return what these credentials may not change, and why, such as `experiment 'energy'`.

    A tag is set and removed again at each experiment and registered model; a new experiment is asked for without a name,
    which a server refuses to whoever may make one, too, but later.
    """
    client = MlflowClient(uri, uri)
    refused = {}
    for name, experiment in experiments.items():
        why = _why(lambda e=experiment: _tag_experiment(client, e))  # type: ignore[misc]
        why = why or _why(lambda n=name: _tag_model(client, n))  # type: ignore[misc]
        if why:
            refused[f"'{name}'"] = why
    if not experiments and (why := _why_nothing_new(client)):
        refused["a new experiment"] = why
    return refused


def _one_of_each(locations: Sequence[str]) -> tuple[str, ...]:
    """One of the places beside each other: rights are given to buckets and folders, not to the number of an experiment."""
    return tuple({each.rstrip("/").rpartition("/")[0]: each for each in reversed(locations)}.values())


def _tag_experiment(client: MlflowClient, experiment: str) -> None:
    client.set_experiment_tag(experiment, _TAG, "asked")
    client.delete_experiment_tag(experiment, _TAG)


def _tag_model(client: MlflowClient, name: str) -> None:
    if unless_missing(client.get_registered_model, name) is None:
        return
    client.set_registered_model_tag(name, _TAG, "asked")
    client.delete_registered_model_tag(name, _TAG)


def _why_nothing_new(client: MlflowClient) -> str:
    with suppress(AttributeError):
        credentials = client._tracking_client.store.get_host_creds()
        answer = http_request(credentials, "/api/2.0/mlflow/experiments/create", "POST", json={"name": ""})
        if answer.status_code in (401, 403):
            return f"HTTP {answer.status_code}"
    return ""


def _why(act: Callable[[], Any]) -> str:
    try:
        act()
    except MlflowException as error:
        return " ".join(masked(str(error)).split())[:200]
    return ""
