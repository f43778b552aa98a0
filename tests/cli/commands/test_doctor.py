"""`recurcast doctor` in a project of its own, which has no servers and needs none."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recurcast.stack.doctor import examination
from recurcast.stack.doctor.checks import Check, Place, ok
from support.projects import Project, demand, recurcast


@pytest.fixture
def whole(project: Project) -> Project:
    project.write(demand())
    (project.root / "flows").mkdir()
    (project.root / "flows" / "train.py").touch()
    return project


def test_a_new_project_is_in_order_and_nothing_is_made(whole: Project) -> None:
    ended = recurcast("doctor", "--json")

    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["state"]) == (0, "ok"), told
    found = {each["name"]: each["found"] for each in told["checks"]}
    assert "which is fine" in found["mlflow"]
    assert "which is fine" in found["prefect"]
    assert not (whole.root / "mlflow.db").exists()


def test_a_broken_pipeline_is_told_as_every_command_tells_it(whole: Project) -> None:
    whole.configure(frequency="fortnight")

    ended = recurcast("doctor")

    assert ended.exit_code == 1
    assert "failed   configuration" in ended.stdout
    assert "frequency" in ended.stdout
    assert "1 failed" in ended.stdout


def test_a_folder_that_workers_name_is_looked_for_where_it_is_named(
    whole: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = whole.root / "prefect.yaml"
    step = "prefect.deployments.steps.set_working_directory"
    file.write_text(f'{file.read_text()}\npull:\n  - {step}:\n      directory: "{{{{ $TEAMS_PROJECT }}}}"\n')

    def told() -> dict[str, str]:
        checks = json.loads(recurcast("doctor", "--json").stdout)["checks"]
        return next(dict(each) for each in checks if each["name"] == "folder of runs")

    monkeypatch.delenv("TEAMS_PROJECT", raising=False)
    assert told()["state"] == "ok"
    assert "Where a worker runs, set TEAMS_PROJECT" in told()["advice"]

    monkeypatch.setenv("TEAMS_PROJECT", str(whole.root / "flows"))
    assert told()["state"] == "failed"

    monkeypatch.setenv("TEAMS_PROJECT", str(whole.root))
    assert told() == {"name": "folder of runs", "state": "ok", "advice": ""} | {
        "found": f"runs happen in {whole.root}, as $TEAMS_PROJECT says"
    }


def test_what_has_run_here_is_looked_at_without_a_server(whole: Project) -> None:
    whole.client.create_experiment("demand", artifact_location=(whole.root / "mlruns" / "1").as_uri())
    (whole.root / "mlruns" / "1").mkdir(parents=True)
    before = whole.standing()

    told = json.loads(recurcast("doctor", "--json").stdout)

    found = {each["name"]: each for each in told["checks"]}
    assert told["state"] == "ok", told
    assert found["artifacts"]["found"].endswith("put, list, get, delete")
    assert list((whole.root / "mlruns").rglob("*")) == [whole.root / "mlruns" / "1"]
    assert whole.standing() == before


@pytest.mark.parametrize(
    ("said", "state", "found"),
    [
        ({"ADDRESS": "tcp://s:8786"}, "warning", "this process fits; tcp://s:8786 is named, and no kind"),
        ({"ADDRESS": "tcp://s:8786", "": "here"}, None, ""),
        ({"": "processes"}, "failed", "the executor processes needs Dask"),
        ({"": "dask"}, "failed", "has an address; received none"),
    ],
)
def test_who_fits_is_told_where_the_place_says_it_by_halves_or_dask_is_not_there(
    said: dict[str, str], state: str | None, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in said.items():
        monkeypatch.setenv("_".join(filter(None, ("RECURCAST_EXECUTOR", name))), value)
    monkeypatch.setattr("recurcast.executors.seam.find_spec", lambda _: None)
    monkeypatch.setattr(examination, "GROUPS", {"executor": examination.GROUPS["executor"]})

    checks = examination.examine(Place(tmp_path, "", embedded=True, api=None))

    assert [each.state for each in checks] == ([state] if state else [])
    assert all(found in each.found for each in checks)


def test_a_group_that_hangs_or_breaks_keeps_no_other_one_waiting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    over = threading.Event()

    def hangs(_: Place) -> Iterator[Check]:
        yield ok("first", "answered")
        over.wait(60)

    def breaks(_: Place) -> Iterator[Check]:
        raise ValueError("postgresql://me:Marker9word@host is none")
        yield

    monkeypatch.setattr(
        examination, "GROUPS", {"slow": hangs, "bad": breaks, "good": lambda _: iter([ok("good", "yes")])}
    )
    began = time.monotonic()

    checks = examination.examine(Place(tmp_path, "", embedded=True, api=None), patience=0.5)
    over.set()

    assert time.monotonic() - began < 30
    assert [(each.name, each.state) for each in checks] == [
        ("first", "ok"), ("slow", "failed"), ("bad", "failed"), ("good", "ok"),
    ]  # fmt: skip
    assert "no answer within 0.5 s after 'first'" in checks[1].found
    assert "ValueError" in checks[2].found
    assert "Marker9word" not in str(checks)
