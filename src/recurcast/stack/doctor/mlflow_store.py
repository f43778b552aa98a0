"""MLflow: whether its store is reached, of a version that fits, guarded, and ours to write; and where artifacts go."""

import os
from collections.abc import Generator, Iterator
from importlib.metadata import version
from pathlib import Path

from recurcast.errors import StoreUnavailable
from recurcast.stack.doctor.artifact_places import artifact_checks
from recurcast.stack.doctor.checks import Check, Place, failed, ok
from recurcast.stack.doctor.clocks import clock_of_answer
from recurcast.stack.doctor.databases import database_checks
from recurcast.stack.doctor.requests import ask, user_named_in
from recurcast.stack.doctor.strangers import Door, stranger_check
from recurcast.stack.doctor.versions import server_version
from recurcast.tracking.examining.database import entered, refused_tables, schema_of
from recurcast.tracking.examining.store import KnownExperiments, credentials, known_experiments, refused_changes

_HTTP = ("http://", "https://")
_DOORS = (
    Door("runs and models", "/api/2.0/mlflow/experiments/search", {"max_results": 1}),
    Door("the registry", "/api/2.0/mlflow/registered-models/search"),
    Door("artifacts", "/api/2.0/mlflow-artifacts/artifacts?path="),
    Door("writing", "/api/2.0/mlflow/experiments/create", {"name": ""}),
)
_HOW_TO_GUARD = "Start it with its basic-auth app (docs/deploy.md), or let only this machine reach it."
_LOG = "See the server's log."
_CREDENTIALS = "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to those of an account that writes."


def mlflow_checks(place: Place) -> Iterator[Check]:
    """Yield how MLflow's store stands."""
    if place.tracking_uri.startswith(_HTTP):
        yield from _server(place)
    else:
        yield from _database(place)


def _server(place: Place) -> Iterator[Check]:
    answer = ask(place.tracking_uri, "/health")
    if not answer.good:
        said = f"HTTP {answer.status}" if answer.status else answer.text
        yield failed("mlflow", f"{place.tracking_uri}: {said}", "Start the server, or correct MLFLOW_TRACKING_URI.")
        return
    yield ok("mlflow", f"{place.tracking_uri} answers in {answer.seconds * 1000:.0f} ms")
    told = ask(place.tracking_uri, "/version", user=user_named_in(place.tracking_uri) or credentials())
    yield server_version("mlflow version", told, version("mlflow"))
    if clock := clock_of_answer("mlflow clock", answer):
        yield clock
    yield stranger_check("mlflow password", place.tracking_uri, _DOORS, _HOW_TO_GUARD)
    known = yield from _read(place)
    if known is None:
        return
    refused = refused_changes(place.tracking_uri, known.ids)
    for what, why in refused.items():
        yield failed("mlflow writing", f"{what} can't be changed: {why}", _CREDENTIALS if "403" in why else _LOG)
    if not refused:
        yield ok(
            "mlflow writing",
            f"{len(known.ids)} of the pipelines' experiments may be changed"
            if known.ids
            else "a pipeline's experiment may be made",
        )
    yield from artifact_checks(place, known)


def _read(place: Place) -> Generator[Check, None, KnownExperiments | None]:
    try:
        known = known_experiments(place.tracking_uri, [each.name for each in place.pipelines])
    except StoreUnavailable as error:
        yield failed("mlflow reading", str(error), "")
    except Exception as error:  # an HTTP error of the server's own words
        said = " ".join(str(error).split())[:200]
        yield failed("mlflow reading", said, _CREDENTIALS if "40" in said else _LOG)
    else:
        yield ok("mlflow reading", f"{len(known.ids)} of {len(place.pipelines)} pipelines have run")
        return known
    return None


def _database(place: Place) -> Iterator[Check]:
    if place.embedded and not Path(place.tracking_uri.removeprefix("sqlite:///")).exists():
        yield ok("mlflow", f"no server is set up, which is fine: the first run makes mlflow.db in {place.root}")
        if not os.access(place.root, os.W_OK):
            yield failed("mlflow writing", f"{place.root} can't be written", "Check the folder's permissions.")
        return
    try:
        with entered(place.tracking_uri) as engine:
            yield ok("mlflow", f"{place.tracking_uri}{' (the own one)' if place.embedded else ''}, no server between")
            schema = schema_of(engine)
            if schema.found is None:
                yield ok("mlflow tables", "none yet: the first run makes them")
                return
            if schema.found != schema.wanted:
                yield failed(
                    "mlflow tables",
                    f"of revision {schema.found}; MLflow {version('mlflow')} here wants {schema.wanted}",
                    "Back the database up, then: mlflow db upgrade ADDRESS; or install the MLflow that made it.",
                )
                return
            yield ok("mlflow tables", f"as MLflow {version('mlflow')} here makes them")
            refused = refused_tables(engine)
            for table, why in refused.items():
                yield failed(
                    "mlflow writing", f"table {table}: {why}", "Give this user the right, or the file to this account."
                )
            if not refused:
                yield ok("mlflow writing", "every table that a run writes to")
            yield from database_checks("mlflow", engine, place.zones)
    except StoreUnavailable as error:
        yield failed("mlflow", str(error), "")
        return
    known = yield from _read(place)
    if known is not None:
        yield from artifact_checks(place, known)
