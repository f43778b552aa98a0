"""What a store has of a pipeline's runs: found by condition, page by page, and their files read."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from mlflow.entities import Run

from recurcast.tracking.store import Store, store_errors

BY_NAME = "attributes.run_name DESC"
"""The newest as_of first: it is the run's name, and ordering by a tag is slow."""
BY_START = "attributes.start_time DESC"
_PAGE = 1000


def experiment_id(store: Store, name: str) -> str | None:
    """Return the id of a pipeline's experiment, or none where it never ran; a store is asked once for each that is there."""
    if name not in store.experiments and (found := store.client.get_experiment_by_name(name)) is not None:
        store.experiments[name] = str(found.experiment_id)
    return store.experiments.get(name)


def runs_where(
    store: Store, name: str, condition: str, order: str = BY_START, *, most: int | None = None, at_once: int = _PAGE
) -> Iterator[Run]:
    """Yield the pipeline's runs that meet the condition, in that order, `most` at the most; `at_once` is asked for a page."""
    with store_errors(store.uri):
        experiment = experiment_id(store, name)
        token, left = None, most
        while experiment is not None and left != 0:
            size = at_once if left is None else min(left, at_once)
            page = store.client.search_runs(
                [experiment], condition, max_results=size, order_by=[order], page_token=token
            )
            yield from page
            token, left = page.token, None if left is None else left - len(page)
            if not token:
                return


def artifact(store: Store, run_id: str, path: str) -> bytes:
    """Return a file of a run; MLflow's own errors say that there is none."""
    with tempfile.TemporaryDirectory() as folder:
        return Path(store.client.download_artifacts(run_id, path, folder)).read_bytes()


def has_artifact(store: Store, run_id: str, path: str) -> bool:
    """Return whether the run has a file there."""
    folder = str(Path(path).parent)
    there = store.client.list_artifacts(run_id, None if folder == "." else folder)
    return any(each.path == path for each in there)
