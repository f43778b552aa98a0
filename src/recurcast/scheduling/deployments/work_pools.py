"""The work pools that deployments name, and the queues that runs wait in.

    queue               priority   at once      of two queues the one with the smaller number goes first
    default                    1         1      live ticks, in the order of their slots
    forecast                 500                forecasts: each waits for the training of its own tick, and so for no other's
    backfill                1000         1      backfills, one after another
    search                  1500         1      searches, one after another
    backfill-intervals      2000               intervals that a backfill submits; it bounds their number itself

A team's own queues take the first free number, and so go before any backfill. What is there stays as it is.

A work pool that is not there is made, of the type that `prefect.yaml` gives beside its name: `process`, or one whose runs are
containers or jobs elsewhere (`docker`, `kubernetes`, ...), with the fields that Prefect itself has for that type.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recurcast.config.project_file import DeploymentBlock
from recurcast.errors import ConfigurationError, nearest

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

LIVE_QUEUE = "default"
FORECAST_QUEUE = "forecast"
BACKFILL_QUEUE = "backfill"
SEARCH_QUEUE = "search"
INTERVALS_QUEUE = "backfill-intervals"
QUEUES = frozenset({LIVE_QUEUE, FORECAST_QUEUE, BACKFILL_QUEUE, SEARCH_QUEUE, INTERVALS_QUEUE})
PROCESS = "process"


def work_pool_of(wanted: DeploymentBlock) -> str:
    """Return the name of the deployment's work pool. A ConfigurationError says that it names none."""
    work_pool = wanted.block.get("work_pool")
    name = work_pool.get("name") if isinstance(work_pool, Mapping) else None
    if not isinstance(name, str):
        raise ConfigurationError(
            f"deployment '{wanted.name}': a deployment names its work pool; received none. "
            f"Add 'work_pool: {{name: recurcast}}'."
        )
    return name


def work_pool_types(deployments: Iterable[DeploymentBlock]) -> dict[str, str | None]:
    """Return the work pools that deployments name, each with the type that one of them asks for, or none.

    A ConfigurationError says that one names no work pool, that a type is none, or that two ask for different ones.
    """
    asked: dict[str, str | None] = {}
    for wanted in deployments:
        name, kind = work_pool_of(wanted), wanted.block["work_pool"].get("type")
        if kind is not None and (not isinstance(kind, str) or not kind.strip()):
            raise ConfigurationError(
                f"deployment '{wanted.name}': a work pool's type is a word such as process, docker or kubernetes; "
                f"received {kind!r}. Correct it, or leave it out for process."
            )
        if kind and asked.get(name) not in (None, kind):
            raise ConfigurationError(
                f"a work pool has one type; deployments ask for '{name}' as {asked[name]} and as {kind} "
                f"('{wanted.name}'). Name two work pools."
            )
        asked[name] = kind or asked.get(name)
    return asked


def ensure_work_pool(client: "SyncPrefectClient", name: str, kind: str | None = None) -> None:
    """Create the work pool (of type process, if none is asked for) and its queues where they are missing.

    A ConfigurationError says that one of this name is of another type, or that Prefect knows no such type.
    """
    from prefect.exceptions import ObjectNotFound

    try:
        found = client.read_work_pool(name).type
    except ObjectNotFound:
        _create_work_pool(client, name, kind or PROCESS)
    else:
        if kind not in (None, found):
            raise ConfigurationError(
                f"prefect.yaml asks for work pool '{name}' of type {kind}; the server has one of type {found}. Name another "
                f"work pool, or remove that one (prefect work-pool delete {name}) and deploy again."
            )
    known = {queue.name for queue in client.read_work_queues(name)}
    if FORECAST_QUEUE not in known:
        _create_queue(client, name, FORECAST_QUEUE, "Forecasts, behind live ticks.", priority=500, at_once=None)
    if BACKFILL_QUEUE not in known:
        _create_queue(client, name, BACKFILL_QUEUE, "Backfills, one after another.", priority=1000, at_once=1)
    if SEARCH_QUEUE not in known:
        _create_queue(client, name, SEARCH_QUEUE, "Searches, one after another.", priority=1500, at_once=1)
    if INTERVALS_QUEUE not in known:
        _create_queue(client, name, INTERVALS_QUEUE, "Intervals that backfills submit.", priority=2000, at_once=None)


def _create_work_pool(client: "SyncPrefectClient", name: str, kind: str) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists

    template = _job_template(kind)
    try:
        client.create_work_pool(WorkPoolCreate(name=name, type=kind, base_job_template=template))
    except ObjectAlreadyExists:  # someone else's deploy was faster
        return
    live = client.read_work_queue_by_name(LIVE_QUEUE, work_pool_name=name)
    client.update_work_queue(live.id, concurrency_limit=1, description="Live ticks, in the order of their slots.")


def _job_template(kind: str) -> dict[str, Any]:
    """What a job of this type is made of: as its worker says where it is installed here, else as Prefect's own list has it.

    Prefect would ask its page on the internet for a newer list first.
    """
    import prefect.server.api
    from prefect.workers.base import BaseWorker

    worker = BaseWorker.get_worker_class_from_type(kind)
    if worker is not None:
        return dict(worker.get_default_base_job_template())
    views = Path(prefect.server.api.__path__[0]) / "collections_data" / "views"
    listed = json.loads((views / "aggregate-worker-metadata.json").read_text(encoding="utf-8"))
    known = {each["type"]: each for collection in listed.values() for each in collection.values()}
    if kind not in known:
        raise ConfigurationError(
            f"a work pool's type is one that Prefect knows; received '{kind}'. {nearest(kind, sorted(known))} For another one "
            "install its package here."
        )
    return dict(known[kind]["default_base_job_configuration"])


def _create_queue(
    client: "SyncPrefectClient", work_pool: str, name: str, description: str, *, priority: int, at_once: int | None
) -> None:
    from prefect.exceptions import ObjectAlreadyExists

    try:
        client.create_work_queue(
            name, description, work_pool_name=work_pool, priority=priority, concurrency_limit=at_once
        )
    except ObjectAlreadyExists:  # someone else's deploy was faster
        return
