"""`recurcast report` as a person would call it, over runs as training leaves them."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from recurcast.config.project import load_pipeline
from recurcast.errors import StoreUnavailable
from recurcast.runs.train import Request
from recurcast.series.validation.report import ValidationReport
from recurcast.tracking.outcomes import log_report
from recurcast.tracking.runs import parent_run
from recurcast.tracking.store import connect
from support.projects import one_json_object, recurcast
from support.reports import KEPT

FIRST = datetime(2024, 1, 4, tzinfo=UTC)


@pytest.fixture
def ran(project):
    """A project whose pipeline was run at two ticks of three, with nothing registered yet."""
    pipeline, store = load_pipeline(project.root, "demand").pipeline, connect(project.root)
    for days in (0, 2):
        as_of = FIRST + timedelta(days=days)
        with parent_run(store, Request(pipeline, as_of, project.root)) as run:
            log_report(run, ValidationReport("demand", str(as_of), 72, 1, (KEPT,)), None)
            run.tag(outcome="no new data")
    return project


def test_the_page_is_written_beside_the_pipeline_s_files_and_kept_in_mlflow(ran):
    ended = recurcast("report", "demand")

    page = ran.root / "data/demand/report.html"
    assert ended.exit_code == 0, ended.stderr
    assert f"written to {page}" in ended.stdout
    assert "demand as of 2024-01-06T00:00:00Z: No run has been judged yet" in ended.stdout
    html = page.read_text(encoding="utf-8")
    assert "3 intervals: 2 no new data, 1 missing. Since the newest run " in html
    (run,) = ran.client.search_runs(["1"], "tags.report LIKE '%'")
    assert run.info.run_name == "2024-01-06T00:00:00Z"
    assert ran.artifact(run.info.run_id, run.data.tags["report"]) == html


def test_with_json_it_says_where_the_page_is_and_what_is_in_it(ran):
    said = one_json_object(recurcast("report", "demand", "--output", "out/page.html", "--last", "1", "--json").stdout)

    assert said["path"] == "out/page.html"
    assert said["bytes"] == (ran.root / "out/page.html").stat().st_size
    assert (said["as_of"], said["intervals"], said["older_left_out"]) == ("2024-01-06T00:00:00Z", 1, True)
    assert (said["champion"], said["forecast_as_of"], said["link"]) == (None, None, None)


def test_where_mlflow_s_page_is_up_the_link_leads_there(ran, monkeypatch):
    monkeypatch.setattr("recurcast.cli.commands.report.mlflow_page", lambda root: "http://127.0.0.1:5000")
    said = one_json_object(recurcast("report", "demand", "--json").stdout)

    assert (
        said["link"]
        == f"http://127.0.0.1:5000/#/experiments/1/runs/{said['run_id']}/artifacts/report/report.html?workflowType=machine_learning"
    )


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("demnd",), 2, "Did you mean 'demand'?"),
        (("demand",), 2, "a report is of runs; 'demand' has none yet"),
        (("demand", "--output", "page.pdf"), 2, "a file ends in .html; received 'page.pdf'"),
        (("demand", "--last", "0"), 2, "--last"),
    ],
)
def test_what_can_not_be_reported_is_said_and_nothing_is_written(project, arguments, exit_code, message):
    ended = recurcast("report", *arguments)

    assert ended.exit_code == exit_code
    assert message in ended.message
    assert not (project.root / "data").exists()


def test_a_place_that_can_not_be_written_is_named(ran):
    (ran.root / "file").write_text("no folder")
    below_a_file = recurcast("report", "demand", "--output", "file/page.html")
    a_folder = recurcast("report", "demand", "--output", os.fspath(_folder(ran.root / "folder.html")))

    assert (below_a_file.exit_code, a_folder.exit_code) == (1, 1)
    assert "'file/page.html' can't be written: File exists. Give another --output." in below_a_file.message
    assert "folder.html' can't be written: Is a directory. Give another --output." in a_folder.message
    assert not list((ran.root).glob(".folder.html.*"))


def test_who_may_only_read_the_store_has_the_page_all_the_same(ran, monkeypatch):
    def refused(*_):
        raise StoreUnavailable("its database can't be written")

    monkeypatch.setattr("recurcast.tracking.report.attach_report", refused)
    said = one_json_object(recurcast("report", "demand", "--json").stdout)

    assert (ran.root / "data/demand/report.html").exists()
    assert (said["run_id"], said["link"]) == (None, None)
    assert said["note"] == "not kept in MLflow: its database can't be written"


def test_a_store_that_can_not_be_read_is_named(project):
    (project.root / "mlflow.db").write_text("this is no database, but text that is long enough to be looked at" * 20)

    ended = recurcast("report", "demand")

    assert ended.exit_code == 1
    assert "The file is no MLflow database" in ended.message


def _folder(path):
    path.mkdir()
    return path
