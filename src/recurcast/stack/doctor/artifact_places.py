"""Where artifacts go: put, list, get and delete, each tried with a file of some bytes."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from recurcast.errors import StoreUnavailable
from recurcast.stack.doctor.checks import Check, Place, failed, ok, warning
from recurcast.stack.doctor.requests import of_this_machine
from recurcast.tracking.examining.artifacts import Right, try_artifacts
from recurcast.tracking.examining.store import KnownExperiments

_HTTP = ("http://", "https://")
_RIGHTS = {"put": "s3:PutObject", "list": "s3:ListBucket", "get": "s3:GetObject", "delete": "s3:DeleteObject"}


def artifact_checks(place: Place, known: KnownExperiments) -> Iterator[Check]:
    """Yield which rights there are at each of the places where the pipelines' artifacts go."""
    for location in known.locations:
        if place.embedded and _missing_folder(location):
            continue  # the first run makes it
        if _elsewhere(place, location):
            yield failed(
                "artifacts",
                f"{location} is a folder of whichever machine writes; the server is another one",
                "Start MLflow's server with --artifacts-destination, so that it keeps them itself (docs/deploy.md).",
            )
            continue
        try:
            tried = try_artifacts(location, place.tracking_uri)
        except StoreUnavailable as error:
            yield failed("artifacts", str(error), "")
            continue
        refused = tried.refused
        if not known.ids and any("403" in each.refused for each in refused):
            refused = tuple(each for each in refused if "403" not in each.refused)  # such as that there is no bucket
            if not refused:
                yield ok("artifacts", f"{location} is not ours; whether a pipeline's is, can be tried once one has run")
                continue
        for right in refused:
            yield failed(
                "artifacts", f"{location}: {right.name} is refused: {right.refused}", _right_needed(right, location)
            )
        if tried.left:
            yield warning("artifacts", f"{tried.left} could not be removed", "Remove it by hand.")
        if not tried.refused:
            yield ok("artifacts", f"{location}: {', '.join(each.name for each in tried.rights)}")


def _right_needed(right: Right, location: str) -> str:
    if location.startswith("s3:"):
        return f"Give the account whose credentials write there the right {_RIGHTS[right.name]}."
    if not location.startswith("mlflow-artifacts:"):
        return "Give this account the right to read, write and delete there."
    if "403" in right.refused:
        return "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to those of an account that writes."
    return f"The server could not: its log says why; of S3 it needs the bucket, and the right {_RIGHTS[right.name]}."


def _missing_folder(location: str) -> bool:
    return location.startswith("file:") and not Path(urlsplit(location).path).exists()


def _elsewhere(place: Place, location: str) -> bool:
    local = location.startswith(("file:", "/"))
    return local and place.tracking_uri.startswith(_HTTP) and not of_this_machine(place.tracking_uri)
