"""Which deployments stand on the server as they were sent, from what the file still says: those need not be sent again.

    what would be sent   block, its file, pull steps, versions  -- digest --.
                                                                             >-- both as they were after the last deploy?
    what stands there    all that a deployment is, but pauses   -- digest --'

The digests are kept with the user's other caches: without them all is sent, as ever. So is what can't be told from the file,
such as a template that Prefect fills from a block, and a deployment that somebody has changed on the server.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recurcast import config
from recurcast.config.project_file import ProjectFile
from recurcast.environment import cache_folder
from recurcast.scheduling.deployments.automations import with_heartbeats
from recurcast.scheduling.deployments.deployed import Standing

if TYPE_CHECKING:
    from prefect.client.schemas.responses import DeploymentResponse

_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_MAKERS = ("recurcast", "prefect", "pydantic")
_MOST_KEPT = 2_000
"""Deployments, of all servers that the project was deployed to."""
_OF_THE_MOMENT = {"updated", "last_polled", "status", "paused", "updated_by", "schedules"}


def wanted_digest(project: ProjectFile, standing: Standing, root: Path) -> str | None:
    """Return a digest of all that a deploy would send of the deployment, pauses aside; none where that can't be told."""
    around = {key: value for key, value in project.document.items() if key not in ("deployments", "definitions")}
    block = with_heartbeats(standing.wanted.block)
    if any(each.get(steps) for each in (around, block) for steps in ("build", "push")):
        return None
    said = json.dumps([around, block], default=str)
    values = {}
    for template in _TEMPLATE.findall(said):
        name = template.strip()
        if not _VARIABLE.fullmatch(name):
            return None
        values[name] = str(root) if name == "$PWD" else os.environ.get(name[1:])
    try:
        flow = (root / standing.wanted.entrypoint.rpartition(":")[0]).read_bytes()
    except OSError:
        return None
    return _digest(said, sorted(values.items()), str(root), _digest(flow.hex()), _of_makers())


def standing_digest(deployment: "DeploymentResponse", slugs: set[str] | None = None) -> str:
    """Return a digest of all that the deployment is on the server, pauses aside, of its schedules those with the slugs."""
    schedules = [
        [each.slug, each.schedule.model_dump(mode="json"), each.parameters, each.max_scheduled_runs]
        for each in deployment.schedules
        if slugs is None or each.slug in slugs
    ]
    return _digest(
        deployment.model_dump(mode="json", exclude=_OF_THE_MOMENT), sorted(json.dumps(each) for each in schedules)
    )


def is_unchanged(standing: Standing, wanted: str | None, sent: Mapping[str, list[str]]) -> bool:
    """Return whether the deployment stands as it was sent, and the file asks for no other one, nor pauses more of it."""
    there = standing.deployed
    if there is None or wanted is None or sent.get(str(there.id)) != [wanted, standing_digest(there)]:
        return False
    off = {each["slug"] for each in standing.wanted_schedules if each.get("active") is False}
    running = {each.slug for each in there.schedules if each.active}
    return not off & running and (there.paused or not standing.wanted.block.get("paused"))


def read_sent(root: Path) -> dict[str, list[str]]:
    """Return both digests of each deployment by its id, as they were after the project's last deploy."""
    with suppress(OSError, ValueError):
        kept = json.loads(_file(root).read_text())
        if isinstance(kept, dict):
            return kept
    return {}


def keep_sent(root: Path, sent: Mapping[str, list[str]]) -> None:
    """Keep these digests too, whole or not at all; a folder that can't be written costs the next deploy its time."""
    file, kept = _file(root), read_sent(root)
    newest = dict(list({**kept, **sent}.items())[-_MOST_KEPT:])
    if newest == kept:
        return
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(newest))
        os.replace(partial, file)


def _file(root: Path) -> Path:
    return cache_folder() / "deployed" / f"{_digest(str(root.resolve()))}.json"


@cache
def _of_makers() -> str:
    """What makes the form of a flow's parameters besides the flow's own file."""
    return _digest([version(name) for name in _MAKERS], list(_sources()))


def _sources() -> Iterator[str]:
    for file in sorted(Path(config.__file__).parent.rglob("*.py")):
        yield file.name
        yield file.read_text(encoding="utf-8")


def _digest(*parts: Any) -> str:
    return blake2b(json.dumps(parts, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()
