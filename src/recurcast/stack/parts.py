"""How each part of the stack is started: its command, its environment, where it listens.

    part      command                  keeps
    mlflow    our mlflow_server        nothing: it is a page over the project's mlflow.db and mlruns
    prefect   our prefect_server       .recurcast/prefect, which may be deleted at any time: MLflow is the memory
    worker    prefect worker start     nothing

Runs write to MLflow's database themselves, by hand and on the worker alike: a page that is gone costs no run.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from recurcast.environment import with_voice
from recurcast.errors import ConfigurationError
from recurcast.stack.hosts import LOOPBACK, is_everywhere, is_loopback, names_of
from recurcast.stack.record import FOLDER

PREFECT_SERVER = "recurcast.stack.prefect_server"
"""The module that is Prefect's command line for a server on SQLite."""
MLFLOW_SERVER = "recurcast.tracking.mlflow_server"
"""The module that is MLflow's command line for a server of one process."""
MLFLOW_PORT, PREFECT_PORT = 5000, 4200
_HOME = "PREFECT_HOME"
_ORIGINS, _HOSTS = "PREFECT_SERVER_CORS_ALLOWED_ORIGINS", "MLFLOW_SERVER_ALLOWED_HOSTS"
_QUIET = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True)
class Launch:
    """A part that can be started; `environment` is what it needs beside the caller's own."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    address: str


def mlflow_server(root: Path, store: str, host: str, port: int) -> Launch:
    """Return the launch of MLflow's server over the store, in one process."""
    options = ["--default-artifact-root", (root.resolve() / "mlruns").as_uri()]
    options += ["--no-serve-artifacts", "--host", host, "--port", str(port), "--workers", "1"]
    # Everybody on the machine can read a command, and the store's address may hold a password.
    environment = _environment(root) | {"MLFLOW_BACKEND_STORE_URI": store}
    if not environment.get(_HOSTS):
        environment[_HOSTS] = "*" if is_everywhere(host) else _mlflow_hosts(host)
    return Launch("mlflow", _python(MLFLOW_SERVER, "server", *options), environment, address(host, port))


def prefect_server(root: Path, host: str, port: int) -> Launch:
    """Return the launch of Prefect's server; its page calls whoever served it."""
    listens = {"PREFECT_SERVER_API_HOST": host, "PREFECT_SERVER_API_PORT": str(port)}
    where = address(host, port)
    if not os.environ.get(_ORIGINS):
        listens[_ORIGINS] = ",".join(f"http://{name}:{port}" for name in names_of(host))
    return Launch("prefect", _python(PREFECT_SERVER, "server", "start"), _environment(root) | listens, where)


def worker(root: Path, work_pool: str, name: str, api: str, known_as: str) -> Launch:
    """Return the launch of a worker on a work pool; the server shows it as `known_as`."""
    command = _python("prefect", "worker", "start", "--pool", work_pool, "--type", "process", "--name", known_as)
    return Launch(name, command, _environment(root) | {"PREFECT_API_URL": api}, work_pool)


def address(host: str, port: int) -> str:
    """Return the address under which this machine itself reaches a server that listens on the host and port."""
    reached = LOOPBACK if is_everywhere(host) else host
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def port_of(where: str) -> int | None:
    """Return the port of an address."""
    return urlsplit(where).port


def expect_guarded(host: str, *, mlflow: bool, prefect: bool, insecure: bool) -> None:
    """Raise ConfigurationError where others could reach a part that asks nobody who they are."""
    if is_loopback(host) or insecure:
        return
    open_parts = []
    if prefect and not os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        open_parts.append("Prefect's server (set PREFECT_SERVER_API_AUTH_STRING to 'user:password')")
    if mlflow:
        open_parts.append("MLflow's page (name a server of its own, with authentication, by MLFLOW_TRACKING_URI)")
    if open_parts:
        raise ConfigurationError(
            f"what others can reach asks who they are; received --host {host}, and without authentication are: "
            f"{'; '.join(open_parts)}. Who can reach them can run code here. Leave out --host, or add --insecure where "
            "everybody on the network may."
        )


def _mlflow_hosts(host: str) -> str:
    """The names that MLflow's page answers to, at any port of a tunnel's; its own list has `10.*`, and so 10.evil.example."""
    names = [name.replace("[", "[[]", 1) for name in names_of(host)]  # in a pattern a bracket stands for itself so
    return ",".join([*names_of(host), *(f"{name}:*" for name in names)])


def _environment(root: Path) -> dict[str, str]:
    """What every part needs; what the user has set stays."""
    home = root.resolve() / FOLDER / "prefect"
    wanted = _QUIET | {_HOME: str(home), "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui")}
    password = os.environ.get("PREFECT_SERVER_API_AUTH_STRING")
    if password:
        wanted["PREFECT_API_AUTH_STRING"] = password
    return {**with_voice(), **{key: os.environ.get(key, value) for key, value in wanted.items()}}


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
