"""The servers of a team, as docs/deploy.md starts them: PostgreSQL, S3, MLflow and Prefect, both with passwords."""

import base64
import json
import os
import shlex
import tempfile
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, chdir, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.error import HTTPError

import prefect.main  # noqa: F401  # its logging closes what absl writes to, unless that is the stderr of the moment: not within a command
from sqlalchemy import create_engine, text

from recurcast.stack.parts import PREFECT_SERVER
from recurcast.stack.servers import talking_to
from support import mlflow_server, s3
from support.documents import REPOSITORY, blocks
from support.prefect_server import environment, free_port, running, wait_until
from support.projects import Ended, recurcast

ADMIN, READER, WRITER = ("admin", "Adm1n-of-the-team"), ("reader", "Read-0nly-pass"), ("writer", "Writ3-it-down")
PREFECT = ("team", "Pr3fect-of-all")
BUCKET = "models"
S3_ROOT = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "s3cret-testing", "AWS_DEFAULT_REGION": "us-east-1"}
"""Who may do everything in the bucket."""


DEPLOY = REPOSITORY / "deploy"
PAGE = REPOSITORY / "docs" / "deploy.md"


def documented(command: str) -> list[str]:
    """Return the words of a command of docs/deploy.md that begins so."""
    lines = [line for block in blocks("sh", pages=(PAGE,)) for line in block.text.splitlines()]
    return shlex.split(next(line for line in lines if line.startswith(command)))


def lacking() -> str | None:
    """Return what a team's servers need and is not here, or none."""
    return mlflow_server.lacking() or s3.lacking()


@dataclass(frozen=True)
class Team:
    """Addresses without passwords; `databases` have theirs."""

    mlflow: str
    prefect: str
    s3: str
    databases: dict[str, str]

    def environment(
        self, user: tuple[str, str] | None = WRITER, prefect: tuple[str, str] | None = PREFECT
    ) -> dict[str, str]:
        """Return what the environment of a worker, or of a person, says."""
        said = {"MLFLOW_TRACKING_URI": self.mlflow, "PREFECT_API_URL": self.prefect}
        if user:
            said |= {"MLFLOW_TRACKING_USERNAME": user[0], "MLFLOW_TRACKING_PASSWORD": user[1]}
        if prefect:
            said["PREFECT_API_AUTH_STRING"] = ":".join(prefect)
        return said

    def at(self, user: tuple[str, str], method: str, path: str, **body: Any) -> int:
        """Return the status of a request to MLflow's API as one of its users."""
        return ask(f"{self.mlflow}/api/2.0/mlflow/{path}", body or None, user, method)[0]

    def doctor(self, root: Path, **changed: str | None) -> tuple[int, dict[str, dict[str, str]]]:
        """Return the exit code of `recurcast doctor` called in a project, and its checks by name, the worst of each."""
        ended = self.here(root, "doctor", "--json", **changed)
        checks = json.loads(ended.stdout)["checks"]
        order = ["ok", "warning", "failed"]
        return ended.exit_code, {each["name"]: each for each in sorted(checks, key=lambda c: order.index(c["state"]))}

    def here(self, root: Path, *arguments: str, **changed: str | None) -> Ended:
        """Call `recurcast` in a project, in this process, with the environment of a worker; none in `changed` unsets."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
        said = {k: v for k, v in (kept | self.environment() | S3_ROOT | changed).items() if v is not None}
        api = said["PREFECT_API_URL"].removesuffix("/api")
        with chdir(root), mock.patch.dict(os.environ, said, clear=True), talking_to(api):
            return recurcast(*arguments)


@contextmanager
def team(workers: int = 1) -> Iterator[Team]:
    """Give a team's servers, all of them new and empty; MLflow's accounts are made."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="team-")))
        folder.chmod(0o755)
        (folder / "pg").mkdir()
        owner = held.enter_context(mlflow_server.postgresql(folder / "pg", "Own3r-of-tables"))
        databases = _databases(owner)
        bucket, _ = held.enter_context(s3.s3())
        _make_bucket(bucket)
        with ThreadPoolExecutor() as starting:  # both make their tables first
            both = [
                starting.submit(held.enter_context, served)
                for served in (_mlflow(folder, databases, bucket, workers), _prefect(folder, databases))
            ]
            mlflow, prefect = (each.result() for each in both)
        for user in (READER, WRITER):
            status, _ = ask(
                f"{mlflow}/api/2.0/mlflow/users/create", dict(zip(("username", "password"), user, strict=True)), ADMIN
            )
            assert status == 200
        yield Team(mlflow, prefect, bucket, databases)


def ask(url: str, body: Any = None, user: tuple[str, str] | None = None, method: str | None = None) -> tuple[int, Any]:
    """Return status and content of an answer; without `user` it is asked as by a stranger."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), method=method)
    request.add_header("Content-Type", "application/json")
    if user:
        request.add_header("Authorization", "Basic " + base64.b64encode(":".join(user).encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, said = answer.status, answer.read()
    except HTTPError as error:
        status, said = error.code, error.read()
    try:
        return status, json.loads(said)
    except ValueError:
        return status, said


def _databases(owner: str) -> dict[str, str]:
    engine = create_engine(owner, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("mlflow", "prefect"):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return {name: owner.replace("/postgres?", f"/{name}?") for name in ("mlflow", "prefect")}


def _make_bucket(address: str) -> None:
    import boto3

    client = boto3.client("s3", endpoint_url=address, **_keys(S3_ROOT))
    client.create_bucket(Bucket=BUCKET)
    client.close()


@contextmanager
def _mlflow(folder: Path, databases: dict[str, str], bucket: str, workers: int) -> Iterator[str]:
    port = free_port()
    accounts = folder / "accounts.ini"
    own = f"database_uri = sqlite:///{folder / 'accounts.db'}"
    accounts.write_text((DEPLOY / "accounts.ini").read_text().replace("database_uri = sqlite:///accounts.db", own))
    said = {
        "MLFLOW_BACKEND_STORE_URI": databases["mlflow"],
        "MLFLOW_AUTH_CONFIG_PATH": str(accounts),
        "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN[1],
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "of-the-tests-alone",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_S3_ENDPOINT_URL": bucket,
    }
    others = {"0.0.0.0": "127.0.0.1", "5000": str(port), "2": str(workers)}
    command = [others.get(word, word) for word in documented("mlflow server")[1:]]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    with running(command, kept | S3_ROOT | said, folder / "mlflow.log", gently=False, module="mlflow") as process:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: _healthy(process, f"{address}/health", folder / "mlflow.log"), 240, "MLflow answers")
        yield address


@contextmanager
def _prefect(folder: Path, databases: dict[str, str]) -> Iterator[str]:
    port = free_port()
    home = folder / "prefect"
    home.mkdir()
    said = {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": databases["prefect"].replace("postgresql:", "postgresql+asyncpg:"),
        "PREFECT_SERVER_API_AUTH_STRING": ":".join(PREFECT),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        # While it makes its tables on a machine that tests keep busy, one statement may wait longer than the usual ten seconds.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "120",
        "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "60",
    }
    log = home / "server.log"
    with running(["server", "start"], environment(home) | said, log, gently=False, module=PREFECT_SERVER) as process:
        address = f"http://127.0.0.1:{port}/api"
        wait_until(lambda: _healthy(process, f"{address}/health", log), 240, "Prefect answers")
        yield address


def _healthy(process: Any, url: str, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    with suppress(OSError), urllib.request.urlopen(url, timeout=1):
        return True
    return False


@contextmanager
def only_allowed(team: Team, *actions: str) -> Iterator[dict[str, str]]:
    """Give the credentials of a new account that may do only this, such as s3:PutObject, while its S3 asks for rights."""
    import boto3
    from mlflow.store.artifact.s3_artifact_repo import _cached_get_s3_client

    iam = boto3.client("iam", endpoint_url=team.s3, **_keys(S3_ROOT))
    name = "-".join(["only", *(each.partition(":")[2] for each in actions)])
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    iam.close()
    _ask_for_rights_after(team, 0)
    _cached_get_s3_client.cache_clear()  # a process has one account, except in tests
    try:
        with mock.patch.object(boto3, "DEFAULT_SESSION", None):
            yield S3_ROOT | {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    finally:
        _cached_get_s3_client.cache_clear()
        _ask_for_rights_after(team, float("inf"))


@contextmanager
def without_bucket(team: Team) -> Iterator[None]:
    """Take the bucket away meanwhile, and what lies in it."""
    import boto3

    client = boto3.client("s3", endpoint_url=team.s3, **_keys(S3_ROOT))
    kept = {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in objects(team)}
    for key in kept:
        client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_bucket(Bucket=BUCKET)
    try:
        yield
    finally:
        _make_bucket(team.s3)
        for key, content in kept.items():
            client.put_object(Bucket=BUCKET, Key=key, Body=content)
        client.close()


def objects(team: Team) -> set[str]:
    """Return what lies in the bucket."""
    import boto3

    client = boto3.client("s3", endpoint_url=team.s3, **_keys(S3_ROOT))
    found = {each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])}
    client.close()
    return found


def _keys(said: dict[str, str]) -> dict[str, str]:
    return {
        "aws_access_key_id": said["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": said["AWS_SECRET_ACCESS_KEY"],
        "region_name": said["AWS_DEFAULT_REGION"],
    }


def _ask_for_rights_after(team: Team, requests: float) -> None:
    asked = urllib.request.Request(f"{team.s3}/moto-api/reset-auth", str(requests).encode(), method="POST")
    asked.add_header("Content-Type", "text/plain")
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
