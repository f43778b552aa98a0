"""What the pages show: a pipeline, the ticks of a backfill over it, and the tick of a run by hand after them."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support.stack import project_in
from support.tiny import TINY

ROOT = Path(__file__).parents[2]
_POOL = "recurcast"


@dataclass(frozen=True)
class Shown:
    """A pipeline; `start` and `end` are what its form is given, in UTC, `promoted` the tick of its first champion."""

    pipeline: dict[str, Any]
    schedule: dict[str, Any]
    start: str
    end: str
    ticks: tuple[str, ...]
    promoted: str
    by_hand: str

    @property
    def name(self) -> str:
        return str(self.pipeline["name"])

    def project_in(self, root: Path) -> Path:
        """Return the folder of a project with the pipeline's deployments and that of backfills."""
        project_in(root)
        if self.pipeline["source"]["kind"] == "file":
            shutil.copytree(ROOT / "data" / "samples", root / "data" / "samples")
        named = {"name": self.name, "schedules": [self.schedule], "parameters": {"pipeline": self.pipeline}}
        deployments = [
            named | {"entrypoint": "flows/train.py:train", "work_pool": {"name": _POOL}},
            named | {"entrypoint": "flows/forecast.py:forecast", "work_pool": _queue("forecast")},
            {"name": "backfill", "entrypoint": "flows/backfill.py:backfill", "work_pool": _queue("backfill")},
        ]
        pull = [{"prefect.deployments.steps.set_working_directory": {"directory": str(root)}}]
        (root / "prefect.yaml").write_text(yaml.safe_dump({"pull": pull, "deployments": deployments}))
        return root


def _queue(name: str) -> dict[str, str]:
    return {"name": _POOL, "work_queue_name": name}


def tiny() -> Shown:
    """Return what is trained in seconds."""
    return Shown(
        TINY | {"description": "A wave of twelve hours, with noise.", "charts": "shared"},
        {"cron": "0 * 29 2 *", "timezone": "UTC", "slug": "hourly"},  # nothing fires while the tests look
        start="2024-02-29T00:00",
        end="2024-02-29T02:00",
        ticks=("2024-02-29T00:00:00Z", "2024-02-29T01:00:00Z"),
        promoted="2024-02-29T00:00:00Z",
        by_hand="2024-02-29T02:00:00Z",
    )


def energy() -> Shown:
    """Return what is worth a picture: the repository's own pipeline, in minutes."""
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    block = next(each for each in deployments if each["name"] == "energy")
    return Shown(
        block["parameters"]["pipeline"],
        block["schedules"][0],
        start="2000-08-24T00:00",
        end="2000-08-27T00:00",
        ticks=("2000-08-24T23:00:00Z", "2000-08-25T23:00:00Z", "2000-08-26T23:00:00Z"),
        promoted="2000-08-26T23:00:00Z",
        by_hand="2000-08-27T23:00:00Z",
    )
