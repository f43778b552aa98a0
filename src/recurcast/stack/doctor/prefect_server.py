"""Prefect: whether its server is reached, fits, is guarded; whether what is deployed is served, is the file's, and appears."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from recurcast.config.project_file import read_project_file
from recurcast.errors import RecurcastError
from recurcast.scheduling.deployments.deployed import full_name_of
from recurcast.scheduling.deployments.differences import differences
from recurcast.scheduling.deployments.work_pools import QUEUES
from recurcast.scheduling.server import connected
from recurcast.stack.doctor.checks import Check, Place, failed, ok, warning
from recurcast.stack.doctor.clocks import clock_of_answer
from recurcast.stack.doctor.requests import ask, user_named_in
from recurcast.stack.doctor.strangers import Door, stranger_check
from recurcast.stack.doctor.versions import server_version
from recurcast.stack.pools import read_pool
from recurcast.stack.scheduled import read_scheduled

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_PATIENCE = 4.0  # seconds
_DOORS = (
    Door("flow runs", "/flow_runs/count", {}),
    Door("deployments", "/deployments/filter", {"limit": 1}),
    Door("blocks with secrets", "/block_documents/filter", {"limit": 1, "include_secrets": True}),
    Door("logs", "/logs/filter", {"limit": 1}),
    Door("writing", "/flows/", {}),
)
_HOW_TO_GUARD = (
    "Set PREFECT_SERVER_API_AUTH_STRING=user:password on the server, and PREFECT_API_AUTH_STRING wherever it is asked."
)
_DEPLOY = "recurcast deploy"


def prefect_checks(place: Place) -> Iterator[Check]:
    """Yield how Prefect's server stands, and what of the project is on it."""
    if place.api is None:
        yield ok(
            "prefect",
            "no server is set up, which is fine for runs by hand",
            "For schedules: recurcast up, or name a team's server by PREFECT_API_URL.",
        )
        return
    answer = ask(place.api, "/health")
    if not answer.good:
        said = f"HTTP {answer.status}" if answer.status else answer.text
        yield failed(
            "prefect", f"{place.api}: {said}", "Start the server, or correct PREFECT_API_URL, which ends in /api."
        )
        return
    yield ok("prefect", f"{place.api} answers in {answer.seconds * 1000:.0f} ms")
    if clock := clock_of_answer("prefect clock", answer):
        yield clock
    yield stranger_check("prefect password", place.api, _DOORS, _HOW_TO_GUARD)
    told = ask(place.api, "/admin/version", user=_user(place.api))
    if told.refused:
        yield failed(
            "prefect reading", "the server wants another password", "Set PREFECT_API_AUTH_STRING to the server's own."
        )
        return
    yield server_version("prefect version", told, version("prefect"))
    try:
        with connected(_PATIENCE) as client:
            yield from _pools(client, place)
            yield from _deployments(client, place)
    except RecurcastError as error:
        yield failed("prefect reading", str(error), "")


def _user(api: str) -> tuple[str, str] | None:
    from prefect.settings import get_current_settings

    stated = get_current_settings().api.auth_string
    if stated is None:
        return user_named_in(api)
    user, _, password = stated.get_secret_value().partition(":")
    return user, password


def _pools(client: "SyncPrefectClient", place: Place) -> Iterator[Check]:
    from prefect.exceptions import ObjectNotFound

    for name, wanted in sorted((place.work_pools or {}).items()):
        try:
            pool = client.read_work_pool(name)
        except ObjectNotFound:
            yield failed("work pool", f"'{name}' is not on the server", f"Make it: {_DEPLOY}")
            continue
        if wanted and pool.type != wanted:
            advice = f"Name another work pool, or remove this one (prefect work-pool delete {name}) and deploy again."
            yield failed("work pool", f"'{name}' is of type {pool.type}; prefect.yaml asks for {wanted}", advice)
        missing = sorted(QUEUES - {queue.name for queue in client.read_work_queues(name)})
        if missing:
            yield failed("work pool", f"'{name}' has no queue {', '.join(missing)}", f"Make them: {_DEPLOY}")
        served = read_pool(client, name)
        if not served.served:
            start = f"prefect worker start --pool {name} --type {pool.type}"
            advice = f"Resume it: prefect work-pool resume {name}" if pool.is_paused else f"Start a worker: {start}"
            yield failed("worker", f"nobody serves work pool '{name}': {served.note}", advice)
        elif not missing:
            yield ok("work pool", f"'{name}', type {pool.type}, {len(QUEUES)} queues; {served.note}")


def _deployments(client: "SyncPrefectClient", place: Place) -> Iterator[Check]:
    wanted = [full_name_of(place.root, block) for block in read_project_file(place.root).deployments]
    found = differences(client, place.root)
    for each in found:
        absent = each.field == "deployment" and each.deployed == "none"
        yield (failed if absent else warning)(
            "deployments",
            f"{each.deployment}: {each.field}: file {each.in_file}, deployed {each.deployed}",
            each.remedy,
        )
    if not found:
        yield ok("deployments", f"{len(wanted)} on the server, as prefect.yaml has them")
    scheduled = read_scheduled(client, wanted)
    if scheduled.missing:
        yield failed(
            "schedules",
            f"no run appears for {', '.join(scheduled.missing)}",
            "Give the scheduler a minute; then look into the server's log: one with SQLAlchemy 2.1 makes none at all.",
        )
    elif scheduled.next is not None:
        yield ok(
            "schedules",
            f"{len(scheduled.coming)} deployments have a next run, the first is {scheduled.next.deployment}",
        )
    if scheduled.paused:
        yield warning("schedules", f"paused: {', '.join(scheduled.paused)}", "Resume: prefect deployment resume NAME.")
