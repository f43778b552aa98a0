"""The local stack of a project in a temporary folder, driven as a person would: by the command line, in its own processes."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import chdir, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from recurcast.stack import processes
from recurcast.stack.record import FOLDER, PREFECT, Part, read_record
from recurcast.stack.servers import talking_to
from support.prefect_server import free_port
from support.projects import Ended, recurcast

FLOWS = Path(__file__).parents[2] / "flows"

WAVE: dict[str, Any] = {
    "name": "wave",
    "description": "A wave a day.",
    "source": {
        "kind": "generated",
        "anchor": "2024-01-01T00:00:00Z",
        "seasons": [{"period": 24, "amplitude": 1.0}],
        "noise": 0.1,
    },
    "frequency": "h",
    "season": 24,
    "parts": {"history": 200, "validation": 50, "test": 50},
    "windows": {"lookback": 8, "horizon": 1},
    "network": {"units": 4},
    "training": {"epochs": 2},
    "charts": "none",
}

_SOON = datetime.now(UTC) + timedelta(days=30)
IN_A_MONTH = f"0 0 {min(_SOON.day, 28)} {_SOON.month} *"
"""No run begins by itself while a test looks, and the scheduler makes it all the same."""


@dataclass(frozen=True)
class Stack:
    """A project whose stack is started and stopped by commands; `environment` is theirs beside the usual."""

    root: Path
    environment: dict[str, str]

    def command(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Call `recurcast` in the project's folder."""
        return subprocess.run(self.line(*arguments), **self.around(**more), capture_output=True, text=True)

    def line(self, *arguments: str) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "recurcast", *arguments]

    def around(self, **more: str) -> dict[str, Any]:
        """Return what a process of the project's is started with."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "MLFLOW_"))}
        return {"cwd": self.root, "env": kept | self.environment | more, "stdin": subprocess.DEVNULL}

    def up(self, *arguments: str, **more: str) -> dict[str, Any]:
        """Bring the stack up and return what it says of itself."""
        done = self.command("up", "--detach", "--json", *self.ports(), *arguments, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    @staticmethod
    def ports() -> list[str]:
        """Return options that name free ports: other tests start stacks at the same time."""
        return ["--mlflow-port", str(free_port()), "--prefect-port", str(free_port())]

    def up_here(self) -> dict[str, Any]:
        """Bring the stack up from this process and return what it says of itself."""
        done = self.here("up", "--detach", "--json", *self.ports())
        assert done.exit_code == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    def down_here(self) -> dict[str, Any]:
        """Take the stack down from this process and return what it says."""
        done = self.here("down", "--json")
        assert done.exit_code == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    def here(self, *arguments: str) -> Ended:
        """Call `recurcast` in the project's folder, but in this process, which has imported all that it needs."""
        server = self.environment.get("PREFECT_API_URL", "").removesuffix("/api")
        if not server and PREFECT in self.parts:
            server = self.parts[PREFECT].address
        with (
            chdir(self.root),
            mock.patch.dict(os.environ, self.around()["env"], clear=True),
            talking_to(server) if server else nullcontext(),
        ):
            return recurcast(*arguments)

    def status(self, *arguments: str) -> dict[str, Any]:
        """Return what the status says, whatever its exit code."""
        return dict(json.loads(self.here("status", "--json", *arguments).stdout))

    @property
    def prefect_home(self) -> Path:
        """Return where the stack's Prefect server keeps its database."""
        return self.root / FOLDER / "prefect"

    @property
    def parts(self) -> dict[str, Part]:
        """Return the recorded parts."""
        return read_record(self.root).parts

    @property
    def living(self) -> list[str]:
        """Return the command lines of all processes of the stack."""
        return [" ".join(each.cmdline()[:6]) for each in processes.left_over(self.root)]

    def clear(self) -> None:
        """Leave nothing behind, whatever has happened; nobody is asked to end, as a worker takes a quarter of a minute for it."""
        processes.kill(processes.left_over(self.root))


def project_in(root: Path, *pipelines: dict[str, Any], cron: str = IN_A_MONTH) -> Path:
    """Return the folder of a project with these pipelines and the repository's own flows."""
    shutil.copytree(FLOWS, root / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    write_deployments(root, *pipelines, cron=cron)
    return root


def write_deployments(root: Path, *pipelines: dict[str, Any], cron: str = IN_A_MONTH) -> None:
    """Write prefect.yaml with a training deployment of each pipeline."""
    pull = [{"prefect.deployments.steps.set_working_directory": {"directory": str(root)}}]
    deployments = [
        {
            "name": pipeline["name"],
            "entrypoint": "flows/train.py:train",
            "work_pool": {"name": "recurcast"},
            "schedules": [{"cron": cron, "timezone": "UTC", "slug": "once"}],
            "parameters": {"pipeline": pipeline},
        }
        for pipeline in pipelines
    ]
    (root / "prefect.yaml").write_text(yaml.safe_dump({"pull": pull, "deployments": deployments}))
