"""The set-up of a running server: work pools with queues, automations for dead runs, the deployments of `prefect.yaml`.

Prefect itself does the deploying (`prefect deploy --all`), of what has changed since the last one. Left alone it would resume
what a person paused; so it gets a copy of the file in which that stands as paused, and there is no moment at which it is not.
In the copy the runs also send heartbeats.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from recurcast.config.project import BrokenDeployment, read_deployments
from recurcast.config.project_file import ProjectFile, read_project_file
from recurcast.config.schedule import read_schedules
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.scheduling.deployments.automations import crash_detection, ensure_automations, with_heartbeats
from recurcast.scheduling.deployments.deployed import (
    Standing,
    deployments_by_name,
    remove_departed,
    standing_of,
)
from recurcast.scheduling.deployments.unchanged import (
    is_unchanged,
    keep_sent,
    read_sent,
    standing_digest,
    wanted_digest,
)
from recurcast.scheduling.deployments.work_pools import ensure_work_pool, work_pool_of, work_pool_types
from recurcast.scheduling.server import api_url, connected
from recurcast.scheduling.ticks import check_schedules

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

_PREFECT = "recurcast.scheduling.deployments.prefect_deploy"
"""The module that is Prefect's command line for many deployments of a few flows."""
_LONGEST_DEPLOY = 300  # seconds


@dataclass(frozen=True)
class DeployedPipeline:
    """A deployment as it now stands on the server; `inactive` and `removed` name schedules by their slugs."""

    name: str
    full_name: str
    deployment_id: str
    work_pool: str
    paused: bool
    inactive: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Deployed:
    """What a deploy left on the server, in the file's order, and the full names of what left the server."""

    deployments: tuple[DeployedPipeline, ...]
    removed: tuple[str, ...]


def deploy(root: Path) -> Deployed:
    """Return the deployments of the project in `root`, now on the server, and those that are no longer.

    Work pools, queues and automations that are missing are created; existing ones are left as they are. A paused
    deployment and an inactive schedule stay so. Schedules and deployments that the file no longer has are removed.

    A ConfigurationError says what in the file is wrong; StoreUnavailable, that no server answers: nothing was changed
    then. A RecurcastError gives the last words of a failed `prefect deploy`.
    """
    project = read_project_file(root)
    check_project(project, root)
    with connected() as client:
        before = deployments_by_name(client)
        standings = [standing_of(root, wanted, before) for wanted in project.deployments]
        for work_pool, kind in sorted(work_pool_types(project.deployments).items()):
            ensure_work_pool(client, work_pool, kind)
        ensure_automations(client, crash_detection())
        wanted = {each.full_name: wanted_digest(project, each, root) for each in standings}
        kept = read_sent(root)
        changed = [each for each in standings if not is_unchanged(each, wanted[each.full_name], kept)]
        if changed:
            with _copy_to_deploy(project, changed) as copy:
                _prefect_deploy(root, copy)
        after = deployments_by_name(client) if changed else before
        settled = tuple(_settled(client, standing, after.get(standing.full_name)) for standing in standings)
        _keep(root, standings, wanted, after)
        removed = remove_departed(client, after, {each.full_name for each in settled})
        return Deployed(settled, removed)


def _keep(
    root: Path,
    standings: list[Standing],
    wanted: dict[str, str | None],
    after: "Mapping[str, DeploymentResponse]",
) -> None:
    """Keep what was sent, and what stands for it now, for the next deploy."""
    sent = {}
    for each in standings:
        digest, there = wanted[each.full_name], after.get(each.full_name)
        if digest is not None and there is not None:
            sent[str(there.id)] = [digest, standing_digest(there, each.wanted_slugs)]
    keep_sent(root, sent)


def check_project(project: ProjectFile, root: Path) -> None:
    """Raise ConfigurationError where something of the project can't be deployed; no server is asked."""
    broken = [d.problem for d in read_deployments(root) if isinstance(d, BrokenDeployment)]
    if broken:
        raise ConfigurationError("\n".join(broken))
    trained = {each.name: each.parameters for each in project.deployments if each.trains}
    for wanted in project.deployments:
        if wanted.forecasts and trained.get(wanted.name) != wanted.parameters:
            raise ConfigurationError(
                f"deployment '{wanted.name}' in {project.path}: what forecasts is what was trained, so both deployments of a "
                "pipeline have the same parameters; received others, or no training deployment of that name. "
                f"Write it as '{{<<: *{wanted.name}, entrypoint: {wanted.entrypoint}, ...}}', with that one's anchor."
            )
        try:
            check_schedules(read_schedules(wanted.block))
        except ConfigurationError as error:
            raise ConfigurationError(f"deployment '{wanted.name}' in {project.path}: {error}") from error
        if not (root / wanted.entrypoint.rpartition(":")[0]).is_file():
            raise ConfigurationError(
                f"deployment '{wanted.name}' in {project.path}: its entrypoint names a file of the project; "
                f"received '{wanted.entrypoint}', and there is no such file in '{root}'."
            )
    work_pool_types(project.deployments)


@contextmanager
def _copy_to_deploy(project: ProjectFile, standings: list[Standing]) -> Iterator[Path]:
    document = {**project.document, "deployments": [with_heartbeats(standing.with_pauses()) for standing in standings]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / project.path.name
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
        yield path


def _prefect_deploy(root: Path, copy: Path) -> None:
    command = [sys.executable, "-m", _PREFECT, "--no-prompt", "deploy", "--all", "--prefect-file", str(copy)]
    # A pull step may say {{ $PWD }}: that is the project, wherever the command was called.
    environment = {**os.environ, "PREFECT_API_URL": api_url(), "PWD": str(root), "NO_COLOR": "1", "COLUMNS": "500"}
    try:
        finished = subprocess.run(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            encoding="utf-8", errors="replace", timeout=_LONGEST_DEPLOY, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise RecurcastError(f"'prefect deploy --all' did not end within {_LONGEST_DEPLOY} seconds.") from error
    if finished.returncode:
        words = [line.strip() for line in (finished.stderr.strip() or finished.stdout).splitlines()]
        raise RecurcastError(
            f"'prefect deploy --all' failed in '{root}': {words[-1] if words else 'it says nothing'} "
            "Run it there to see all it says."
        )


def _settled(
    client: "SyncPrefectClient", standing: Standing, deployed: "DeploymentResponse | None"
) -> DeployedPipeline:
    """Return the deployment as it now stands, rid of what Prefect keeps: schedules that left the file."""
    deployment = deployed or client.read_deployment_by_name(standing.full_name)
    slugs = standing.wanted_slugs
    for schedule in deployment.schedules:
        if schedule.slug not in slugs:
            client.delete_deployment_schedule(deployment.id, schedule.id)
    inactive = [str(each.slug) for each in deployment.schedules if each.slug in slugs and not each.active]
    return DeployedPipeline(
        name=standing.wanted.name,
        full_name=standing.full_name,
        deployment_id=str(deployment.id),
        work_pool=work_pool_of(standing.wanted),
        paused=deployment.paused,
        inactive=tuple(sorted(inactive)),
        removed=standing.departed(),
    )
