"""A real MLflow server over a real PostgreSQL, both in temporary folders and gone afterwards."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.prefect_server import free_port, wait_until

_FOLDERS = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")


def lacking() -> str | None:
    """Return what such a server needs and is not there, or none."""
    if _program("initdb") is None:
        return "PostgreSQL is not installed"
    if importlib.util.find_spec("psycopg2") is None:
        return "psycopg2 is not installed"
    return None


@contextmanager
def mlflow_server() -> Iterator[str]:
    """Give the address of a server whose store is a new database."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name, postgresql(Path(name)) as database:
        folder, port = Path(name), free_port()
        command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", database, "--workers", "2"]
        command += ["--host", "127.0.0.1", "--port", str(port), "--artifacts-destination", str(folder / "artifacts")]
        quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        log = folder / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                command,
                env=os.environ | quiet,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            uri = f"http://127.0.0.1:{port}"
            wait_until(lambda: _healthy(server, f"{uri}/health", log), 120, "the MLflow server answers")
            yield uri
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait(timeout=15)


@contextmanager
def postgresql(folder: Path, password: str | None = None) -> Iterator[str]:
    """Give the address of a new database that listens on a socket in the folder only, and asks for a password if any."""
    user = "postgres" if os.getuid() == 0 else None  # PostgreSQL refuses to run as root
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    (folder / "password").write_text(password or "unused")
    asked = ["-A", "scram-sha-256" if password else "trust", "--pwfile", str(folder / "password")]
    _run(user, "initdb", "-D", str(data), "-U", "recurcast", *asked, "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    _run(user, "pg_ctl", "-D", str(data), "-l", str(data / "log"), "-o", options, "-w", "start")
    try:
        yield f"postgresql://recurcast{f':{password}' if password else ''}@/postgres?host={folder}"
    finally:
        _run(user, "pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def _run(user: str | None, program: str, *arguments: str) -> None:
    found = _program(program)
    assert found is not None
    # pg_ctl's server keeps what it inherits: a pipe would never end.
    done = subprocess.run(
        [found, *arguments],
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
    )
    assert done.returncode == 0, (program, done.stderr)


def _program(name: str) -> str | None:
    """A program of PostgreSQL's, of which distributions put only some on the path."""
    inside = [str(each) for root in _FOLDERS for each in sorted(Path(root).glob("**/bin"), reverse=True)]
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(inside))


def _healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    assert server.poll() is None, log.read_text()
    with suppress(OSError), urllib.request.urlopen(url, timeout=1):
        return True
    return False
