"""The containers of docs/deploy.md, which can't be run here: what they say is held against the page and against the programs."""

import importlib.metadata
import re
import shlex
from typing import Any

import pytest
import yaml

from support.documents import blocks
from support.team import DEPLOY, PAGE

COMMANDS = [line for block in blocks("sh", pages=(PAGE,)) for line in block.text.splitlines()]
EXPORTS = {
    name: value for line in COMMANDS if line.startswith("export ") for name, value in re.findall(r"(\w+)=(\S+)", line)
}

IMAGE = (DEPLOY / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"])


def test_each_service_runs_a_command_of_the_page(services: dict[str, dict[str, Any]]) -> None:
    written = [shlex.split(line) for line in COMMANDS]
    for name in ("mlflow", "prefect", "deploy", "worker", "scheduler", "fits"):
        assert services[name]["command"] in written, name


def test_each_service_is_told_what_the_page_exports(services: dict[str, dict[str, Any]]) -> None:
    told = {variable for each in services.values() for variable in each.get("environment", {})}
    of_all = dict(re.findall(r"(\w+)=(\S+)", next(re.finditer(r"^ENV .+$", IMAGE, re.MULTILINE)).group()))

    assert set(EXPORTS) <= told | set(of_all)
    assert {"DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY"} <= set(EXPORTS), "nobody is told how a team uses its servers"
    for name in set(EXPORTS) & set(of_all):
        assert EXPORTS[name] == of_all[name]
    for name in ("deploy", "worker"):
        assert {"MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_PASSWORD", "PREFECT_API_URL", "PREFECT_API_AUTH_STRING"} <= set(
            services[name]["environment"]
        )


def test_the_databases_belong_to_the_account_that_the_servers_enter_by() -> None:
    """Since PostgreSQL 15 nobody else makes tables in one."""
    entered = {re.fullmatch(r"\S+://(\w+):PASSWORD@localhost/(\w+)", value) for value in EXPORTS.values()} - {None}
    made = {line for line in COMMANDS if line.startswith("createdb ")}

    assert made == {f"createdb --owner {each[1]} {each[2]}" for each in entered if each}
    for account in {each[1] for each in entered if each}:
        assert f"createuser --pwprompt {account}" in COMMANDS
    assert len(made) == 2


def test_no_password_stands_in_a_file_and_every_variable_is_in_the_example(services: dict[str, dict[str, Any]]) -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    example = dict(
        line.split("=", 1) for line in (DEPLOY / "example.env").read_text().splitlines() if line and line[0] != "#"
    )

    assert set(re.findall(r"\$\{(\w+)", text)) == set(example)
    assert {name: value for name, value in example.items() if "PASSWORD" in name or "SECRET" in name} == dict.fromkeys(
        ("POSTGRES_PASSWORD", "S3_PASSWORD", "MLFLOW_ADMIN_PASSWORD", "MLFLOW_SECRET_KEY", "MLFLOW_WRITER_PASSWORD"), ""
    )
    for service in services.values():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|AUTH_STRING", variable):
                assert str(value).startswith("${"), variable


def test_services_wait_for_services_and_keep_what_must_stay_in_volumes(services: dict[str, dict[str, Any]]) -> None:
    document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())

    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            outside = volume.partition(":")[0]
            assert outside in document["volumes"] or (DEPLOY / outside).is_file()
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), "a page is not for the whole network"


def test_the_image_has_what_its_services_run(services: dict[str, dict[str, Any]]) -> None:
    for line in re.findall(r"^COPY (?:--\S+ )?(.+)$", IMAGE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (DEPLOY.parent / source).exists(), source
    assert re.search(r"^USER (?!root)", IMAGE, re.MULTILINE)
    locked = (DEPLOY.parent / "requirements.lock").read_text()
    for package in ("psycopg2-binary", "boto3", "flask-wtf", "mlflow", "prefect", "hatchling", "asyncpg"):
        assert re.search(rf"^{package}==", locked, re.MULTILINE), package
    programs = {each.name for each in importlib.metadata.entry_points(group="console_scripts")}
    for service in services.values():
        if service.get("image") == "recurcast":
            assert service["command"][0] in programs | {"python"}
