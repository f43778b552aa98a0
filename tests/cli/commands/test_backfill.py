"""`recurcast backfill`, in this process and on the plain chain: plans, exit codes, and what bad input gets."""

import json
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
import yaml

from recurcast.errors import ExecutorUnavailable
from support.projects import one_json_object, recurcast
from support.tiny import ONE_CELL, TINY
from support.zones import read_made_zones, read_own_zones

FAST = TINY | {"training": {"epochs": 1}, "network": ONE_CELL}
WARM = {"epochs": 1, "warm_start": "champion"}
HOURLY = {"cron": "0 * * * *", "slug": "hourly"}
RANGE = ("--from", "2024-06-01T00:00Z", "--to", "2024-06-01T02:00Z")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project in which one stands, without server or store of its own."""
    for name in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / ".prefect"))
    monkeypatch.chdir(tmp_path)

    def write(*schedules, **changed):
        entry = {
            "name": "tiny",
            "entrypoint": "flows/train.py:train",
            "schedules": list(schedules),
            "parameters": {"pipeline": FAST | changed},
        }
        (tmp_path / "prefect.yaml").write_text(yaml.safe_dump({"deployments": [entry]}))
        return tmp_path

    return write


def planned(*arguments):
    ended = recurcast("backfill", "run", "tiny", *arguments, "--dry-run", "--json")
    assert ended.exit_code == 0, ended.stdout
    return one_json_object(ended.stdout)["intervals"]


def test_a_dry_run_shows_the_plan_and_starts_nothing(project):
    root = project(HOURLY)
    ended = recurcast("backfill", "run", "tiny", *RANGE, "--dry-run")

    assert ended.exit_code == 0
    assert "2024-06-01T01:00:00Z" in ended.stdout
    assert "2024-06-01T02:00:00Z" not in ended.stdout
    assert [each["state"] for each in planned(*RANGE)] == ["missing", "missing"]
    assert not (root / "mlruns").exists()


def test_dates_without_a_zone_are_in_the_zone_of_the_schedule(project):
    project({"cron": "0 6 * * *", "timezone": "Europe/Amsterdam", "slug": "daily"})
    days = planned("--from", "2024-03-30", "--to", "2024-04-01")

    assert [each["as_of"] for each in days] == ["2024-03-30T05:00:00Z", "2024-03-31T04:00:00Z"]


def test_a_range_without_an_end_runs_up_to_now(project):
    project(HOURLY)
    before = datetime.now(UTC)
    last = planned("--from", (before - timedelta(hours=3)).isoformat())[-1]["as_of"]

    assert before - timedelta(hours=1) < datetime.fromisoformat(last) <= datetime.now(UTC)


def test_a_backfill_whose_workers_are_gone_says_how_it_goes_on_and_loses_no_interval(project, monkeypatch):
    project(HOURLY)
    with monkeypatch.context() as dead:
        gone = Mock(side_effect=ExecutorUnavailable("its scheduler is gone."))
        dead.setattr("recurcast.executors.here.Here.fit_seeds", gone)
        ended = recurcast("backfill", "run", "tiny", *RANGE)
    begun = ended.stderr.split("recurcast backfill resume ")[1].split()[0]
    resumed = recurcast("backfill", "resume", begun, "--json")

    assert ended.exit_code == 1
    assert [each["state"] for each in one_json_object(resumed.stdout)["intervals"]] == ["trained", "trained"]


def test_a_backfill_is_done_once_and_its_status_tells_of_it(project):
    project(HOURLY)
    first = recurcast("backfill", "run", "tiny", *RANGE, "--json")
    again = recurcast("backfill", "run", "tiny", *RANGE)
    status = recurcast("backfill", "status", "--json")

    assert first.exit_code == again.exit_code == status.exit_code == 0
    assert [each["state"] for each in one_json_object(first.stdout)["intervals"]] == ["trained", "trained"]
    assert "2 done" in again.stdout
    assert [each["state"] for each in one_json_object(status.stdout)["intervals"]] == ["trained", "trained"]
    assert [each["state"] for each in planned(*RANGE)] == ["done", "done"]


def test_a_changed_configuration_makes_intervals_stale_and_runs_them_only_where_asked_for(project):
    project(HOURLY)
    assert recurcast("backfill", "run", "tiny", "--from", RANGE[1], "--to", "2024-06-01T01:00Z").exit_code == 0
    project(HOURLY, season=6)

    (only,) = planned("--from", RANGE[1], "--to", "2024-06-01T01:00Z")
    assert (only["state"], only["changed"], only["runs"]) == ("stale", ["configuration"], False)
    (wanted,) = planned("--from", RANGE[1], "--to", "2024-06-01T01:00Z", "--reprocess", "stale")
    assert wanted["runs"]


def test_failed_intervals_exit_with_one_and_say_how_to_go_on(project):
    project(HOURLY, checks={"max_value": 1.0})
    ended = recurcast("backfill", "run", "tiny", *RANGE)

    assert ended.exit_code == 1
    assert "2 of 2 intervals failed" in ended.message
    assert "recurcast backfill resume" in ended.message
    assert [(each["state"], each["runs"]) for each in planned(*RANGE, "--reprocess", "failed")] == [
        ("failed", True)
    ] * 2
    assert [each["runs"] for each in planned(*RANGE)] == [False, False]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "2024-06-02", "--to", "2024-06-01"), "a range runs from an earlier instant to a later one"),
        (("--from", "2200-01-01"), "a backfill is of the past"),
        (("--from", "2024-06-01T00:10", "--to", "2024-06-01T00:20"), "a range holds at least one tick that has passed"),
        (("--from", "2020-01-01"), "at most 10,000 intervals"),
        (("--from", "1700-01-01"), "the first 10,000 of which are past by 1701-02-21T16:00:00Z"),
        (("--from", "1700-01-01", "--limit", "1"), "a plan with a limit has at most 50,000 intervals"),
        (("--from", "soon"), "a date or time is written as ISO 8601"),
        ((*RANGE, "--reprocess", "some"), "reprocess is one of missing, failed, stale, all"),
        ((*RANGE, "--budget", "much"), "a budget is a duration, such as '30m' or '2h'; received 'much'"),
        ((*RANGE, "--budget", "30m"), "a budget is kept by the duration of past runs; the pipeline has none"),
        ((*RANGE, "--concurrency", "2"), "intervals in one process run one after another"),
        ((*RANGE, "--isolated", "--here"), "isolated intervals are runs of a deployment on a server"),
    ],
)
def test_a_wish_that_cannot_be_met_gets_one_message_and_starts_nothing(project, arguments, message):
    root = project(HOURLY)
    ended = recurcast("backfill", "run", "tiny", *arguments)

    assert ended.exit_code == 2
    assert message in ended.message
    assert not (root / "mlruns").exists()


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        (("--order", "newest"), "order newest"),
        (("--isolated", "--concurrency", "2", "--order", "newest"), "order newest and concurrency 2"),
    ],
)
def test_where_training_starts_warm_an_order_of_ones_own_is_refused(project, arguments, received):
    root = project(HOURLY, training=WARM)
    ended = recurcast("backfill", "run", "tiny", *RANGE, "--dry-run", *arguments)

    assert ended.exit_code == 2
    assert "with training.warm_start intervals run one at a time, oldest first" in ended.message
    assert f"received {received}. Leave it out, or train cold." in ended.message
    assert not (root / "mlruns").exists()


def test_an_interval_that_comes_late_makes_the_next_one_stale_where_training_starts_warm(project):
    project(HOURLY, training=WARM, gate={"policy": "always", "must_beat_baseline": False})
    assert recurcast("backfill", "run", "tiny", "--from", "2024-06-01T01:00Z", "--to", RANGE[3]).exit_code == 0
    assert recurcast("backfill", "run", "tiny", *RANGE).exit_code == 0

    assert [(each["state"], each["changed"], each["runs"]) for each in planned(*RANGE, "--reprocess", "stale")] == [
        ("done", [], False),
        ("stale", ["start"], True),
    ]


def test_a_pipeline_without_a_schedule_has_no_intervals_to_run(project):
    project()
    ended = recurcast("backfill", "run", "tiny", *RANGE)

    assert ended.exit_code == 2
    assert "a backfill runs the ticks of a schedule; 'tiny' has none" in ended.message


def test_a_pipeline_that_there_is_not_is_named_with_the_nearest(project):
    project(HOURLY)
    ended = recurcast("backfill", "run", "tinny", *RANGE)

    assert ended.exit_code == 2
    assert "Did you mean 'tiny'?" in ended.message


@pytest.mark.parametrize("command", ["status", "cancel", "resume"])
def test_without_a_backfill_there_is_none_to_look_at_cancel_or_resume(project, command):
    project(HOURLY)
    ended = recurcast("backfill", command)

    assert ended.exit_code == 2
    assert "there is no backfill yet" in ended.message


def test_a_prefect_server_out_of_reach_is_said_and_nothing_is_started(project):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    root = project(HOURLY)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        ended = recurcast("backfill", "run", "tiny", *RANGE)

    assert ended.exit_code == 1
    assert "no Prefect server answers at http://127.0.0.1:9/api" in ended.message
    assert not (root / "mlruns").exists()


def test_an_mlflow_store_that_can_not_be_used_is_said_and_nothing_is_started(project):
    root = project(HOURLY)
    (root / "mlflow.db").write_text("no database")
    ended = recurcast("backfill", "run", "tiny", *RANGE)

    assert ended.exit_code == 1
    assert "The file is no MLflow database" in ended.message
    assert not (root / "mlruns").exists()


def test_other_rules_of_the_pipelines_time_zone_make_an_interval_stale_and_train_it_again(project, request):
    request.addfinalizer(read_own_zones)
    source = {"kind": "file", "path": "sine.csv", "timezone": "Europe/Amsterdam"}
    root = project(HOURLY, source=source, network={"units": 3, "calendar": ["hour"]})
    hours = [datetime(2024, 3, 24, tzinfo=UTC) + timedelta(hours=number) for number in range(400)]
    rows = (f"{hour:%Y-%m-%dT%H:%M:%SZ},{hour.hour % 12 + 20}" for hour in hours)
    (root / "sine.csv").write_text("\n".join(["ds,y", *rows]))
    as_of, range_ = "2024-04-02T00:00:00Z", ("--from", "2024-04-02T00:00Z", "--to", "2024-04-02T01:00Z")
    changed = "time zone rules of Europe/Amsterdam (2025b -> 2026f)"

    read_made_zones(root, "2025b", Amsterdam="Europe/Amsterdam")
    assert recurcast("run", "tiny", "--as-of", as_of).exit_code == 0
    read_made_zones(root, "2026a", Amsterdam="Europe/Berlin")
    assert [each["state"] for each in planned(*range_, "--reprocess", "stale")] == ["done"]

    read_made_zones(root, "2026f", Amsterdam="Africa/Lagos")
    (interval,) = planned(*range_, "--reprocess", "stale")
    assert (interval["state"], interval["changed"]) == ("stale", [changed])
    assert json.loads(recurcast("status", "--json").stdout)["time_zones"] == {"tiny": changed}
    assert f"time zone tiny: changed since its newest run: {changed}" in " ".join(recurcast("status").stdout.split())

    again = recurcast("run", "tiny", "--as-of", as_of)
    assert "trained again: changed since" in again.stdout
    assert changed in " ".join(again.stdout.split())
    assert [each["state"] for each in planned(*range_, "--reprocess", "stale")] == ["done"]
    assert json.loads(recurcast("status", "--json").stdout)["time_zones"] == {}
