"""Forecasts through a real registry, and from a light bundle in a process of its own."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from recurcast.errors import ConfigurationError, DataRejected, RecurcastError
from recurcast.forecasting.portable.bundle import folder_of, write
from recurcast.pipelines.forecast import forecast_from_bundle, make_forecast
from recurcast.runs.forecast import ForecastRequest
from recurcast.series.sources import obtain
from recurcast.tracking.forecast import known_before, newest_forecast
from recurcast.tracking.intervals import recorded_intervals, trained_runs, typical_seconds
from recurcast.tracking.recovery import recover
from recurcast.tracking.registry.baselines import baseline_version
from recurcast.tracking.registry.champion_history import begun_history
from recurcast.tracking.store import Store, connect
from support.frames import naive_bundle
from support.served import model_of, promote
from support.tiny import AS_OF, tiny_pipeline

TINY = tiny_pipeline()
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A project whose champion is version 1 from AS_OF on, and version 2 from the day after."""
    store = connect(tmp_path_factory.mktemp("project"))
    promote(store, TINY, AS_OF)
    promote(store, TINY, AS_OF + DAY)
    return store


@pytest.fixture
def request_of(store: Store, tmp_path: Path):
    """A request whose file stands apart."""

    def make(**changed):
        return replace(ForecastRequest(TINY, AS_OF + DAY, store.root, output=tmp_path / "f.parquet"), **changed)

    return make


def forecast_runs(store):
    experiment = store.client.get_experiment_by_name("tiny").experiment_id
    return store.client.search_runs([experiment], "tags.kind = 'forecast'")


def test_a_forecast_is_written_where_the_pipeline_says_and_recorded_with_its_frame_and_a_plot(store):
    result = make_forecast(ForecastRequest(TINY, AS_OF + 2 * DAY, store.root, flagging="where there are intervals"))

    assert (result.outcome, result.version, result.made.rows["model_version"].unique().tolist()) == ("forecast", 2, [2])
    assert result.file == store.root / "data/tiny/forecasts/2024-06-03T000000Z.parquet"
    written = pd.read_parquet(result.file)
    known = obtain(TINY, AS_OF + 2 * DAY, store.root).rows
    assert written["y_hat"].tolist() == [known["y"].iloc[-1]] * 2
    assert written["ds"].iloc[0] == pd.Timestamp(AS_OF + 2 * DAY)
    flags = pd.read_parquet(result.flags_file)
    assert flags["y"].tolist() == known["y"].tail(TINY.parts.test).tolist()
    run = store.client.get_run(result.run_id)
    assert (run.info.run_name, run.info.status) == ("forecast 2024-06-03T00:00:00Z", "FINISHED")
    assert {"pipeline": "tiny", "kind": "forecast", "version": "2", "as_of": "2024-06-03T00:00:00Z"}.items() <= (
        run.data.tags.items()
    )
    files = {each.path for each in store.client.list_artifacts(result.run_id, "forecast")}
    forms = ("parquet", "csv", "png")
    assert files == {f"forecast/{name}.{form}" for name in ("forecast", "flags") for form in forms} | {
        "forecast/known.parquet"
    }


def test_the_newest_forecast_is_read_with_the_steps_it_knew(store, request_of):
    assert newest_forecast(store, "unheard-of") is None
    made = make_forecast(request_of(as_of=AS_OF + 20 * DAY))
    make_forecast(request_of(as_of=AS_OF + 19 * DAY))

    newest = newest_forecast(store, "tiny")

    assert newest.run_id == made.run_id
    known = known_before(store, newest)
    expected = obtain(TINY, AS_OF + 20 * DAY, store.root).rows.tail(36)
    assert list(known.columns) == ["unique_id", "ds", "y"]
    assert known["y"].tolist() == expected["y"].tolist()
    assert known["ds"].tolist() == expected["ds"].tolist()


def test_a_second_forecast_is_the_first_one_again_until_version_data_or_wish_differ(store, request_of):
    first = make_forecast(request_of())
    before = first.file.read_bytes()
    first.file.unlink()

    again = make_forecast(request_of())

    assert (again.outcome, again.run_id) == ("already done", first.run_id)
    assert again.file.read_bytes() == before
    shorter = make_forecast(request_of(horizon=1))
    judged = make_forecast(request_of(flagging="yes", last=3))
    assert (shorter.outcome, len(shorter.made.rows)) == ("forecast", 1)
    assert (judged.outcome, len(judged.made.flags.rows)) == ("forecast", 3)
    once_more = make_forecast(request_of(flagging="yes", last=3)).made.flags
    pd.testing.assert_frame_equal(once_more.rows, judged.made.flags.rows, check_dtype=False)
    assert once_more.headline == judged.made.flags.headline


def test_a_forecast_of_the_past_is_made_by_the_champion_of_then(store, request_of):
    assert make_forecast(request_of(as_of=AS_OF)).version == 1
    assert make_forecast(request_of(as_of=AS_OF + DAY)).version == 2
    assert make_forecast(request_of(as_of=AS_OF + DAY / 2)).version == 1


def test_forecasts_are_no_intervals_and_no_training_run_takes_them_for_its_own(store, request_of):
    before = recorded_intervals(store, "tiny"), typical_seconds(store, "tiny")
    made = make_forecast(request_of(as_of=AS_OF + DAY / 3))

    assert (recorded_intervals(store, "tiny"), typical_seconds(store, "tiny")) == before
    assert trained_runs(store, "tiny", AS_OF + DAY / 3) == []
    assert recover(store, TINY) == ()
    assert made.run_id in {run.info.run_id for run in forecast_runs(store)}


def test_a_scheduled_forecast_without_a_new_row_or_with_a_newer_one_due_makes_nothing(store, request_of):
    before = len(forecast_runs(store))
    tick = {"trigger": "schedule", "output": None}

    idle = make_forecast(request_of(previous=AS_OF + DAY, **tick))
    late = make_forecast(request_of(superseded="superseded by the run of 2024-06-03T00:00:00Z", **tick))
    due = make_forecast(request_of(as_of=AS_OF + 4 * DAY, previous=AS_OF + 3 * DAY, **tick))

    assert (idle.outcome, idle.summary) == ("no new data", "no new data: no new row since the previous tick")
    assert (late.outcome, late.made) == ("superseded", None)
    assert due.outcome == "forecast"
    assert len(forecast_runs(store)) == before + 1


def test_what_cannot_be_forecast_leaves_no_run_and_no_file(store, request_of):
    before = len(forecast_runs(store))
    bounded = tiny_pipeline(checks={"max_value": 0})

    with pytest.raises(ConfigurationError, match="forecasts 2 steps; received horizon 3"):
        make_forecast(request_of(horizon=3))
    with pytest.raises(DataRejected, match="newest rows: y is finite, at most 0"):
        make_forecast(request_of(pipeline=bounded, as_of=AS_OF + 5 * DAY))

    assert len(forecast_runs(store)) == before
    assert not request_of().output.exists()


def test_where_nothing_is_registered_the_user_is_told_to_run_first_and_then_the_baseline_forecasts(tmp_path):
    store = connect(tmp_path)
    request = ForecastRequest(TINY, AS_OF, tmp_path, flagging="where there are intervals")
    with pytest.raises(ConfigurationError, match="Run it first: recurcast run tiny"):
        make_forecast(request)

    begun_history(store, TINY)
    version = baseline_version(store, TINY)
    result = make_forecast(request)

    assert (result.version, result.forecaster, result.made.flags) == (version, "moving_average", None)
    known = obtain(TINY, AS_OF, tmp_path).rows["y"]
    assert result.made.rows["y_hat"].tolist() == pytest.approx([known.tail(12).mean()] * 2)
    with pytest.raises(ConfigurationError, match="champion of 'tiny' \\(moving_average\\) has none"):
        make_forecast(replace(request, flagging="yes"))


def test_a_champion_whose_bundle_is_damaged_is_said_with_the_way_back(tmp_path):
    store = connect(tmp_path)
    version = promote(store, TINY, AS_OF)
    files = store.client.get_logged_model(model_of(store, "tiny", version)).artifact_location.removeprefix("file://")
    (Path(files) / "bundle" / "weights.npz").write_bytes(b"half of")

    with pytest.raises(RecurcastError, match=r"missing or damaged: .*recurcast rollback tiny"):
        make_forecast(ForecastRequest(TINY, AS_OF, tmp_path))

    assert forecast_runs(store) == []


def test_series_that_are_left_out_and_steps_beyond_the_trained_ones_are_said(tmp_path):
    three = tiny_pipeline(
        source={"kind": "file", "path": "three.csv", "columns": {"unique_id": "name"}},
        checks={"max_bad_series": 1},
        forecast={"recursive": True},
    )
    steps = pd.date_range(end="2024-05-31T23:00", periods=150, freq="h")
    tables = [pd.DataFrame({"name": name, "ds": steps, "y": range(150)}) for name in "abc"]
    tables[1] = tables[1].drop(index=148)
    pd.concat(tables).to_csv(tmp_path / "three.csv", index=False)
    write(naive_bundle(), folder_of(tmp_path, "tiny"))

    result = forecast_from_bundle(ForecastRequest(three, AS_OF, tmp_path, horizon=3))

    assert result.made.rows["unique_id"].tolist() == ["a"] * 3 + ["c"] * 3
    assert result.made.remarks == (
        "step 3 is forecast from forecasts (forecast.recursive), without intervals: the champion was trained for 2",
        "series 'b' was left out: no value at 2024-05-31T22:00:00+00:00 (1 of 3 steps are missing)",
    )
    assert result.run_id is None


def test_a_bundle_of_a_champion_that_was_trained_later_does_not_forecast_the_past(tmp_path):
    write(naive_bundle(as_of="2024-06-01T00:00:00Z"), folder_of(tmp_path, "tiny"))

    assert forecast_from_bundle(ForecastRequest(TINY, AS_OF, tmp_path)).version == 7
    with pytest.raises(
        ConfigurationError, match=r"trained as of 2024-06-01T00:00:00Z and knows more.*Without --bundle"
    ):
        forecast_from_bundle(ForecastRequest(TINY, AS_OF - DAY, tmp_path))


HEAVY = {"mlflow", "tensorflow", "keras", "prefect", "great_expectations", "matplotlib", "sqlalchemy", "scipy"}
FORECAST = f"""
import sys
from recurcast.cli.main import main
sys.argv = ["recurcast", "forecast", "demand", "--bundle", "--flag", "--last", "5", "--json", "--as-of", "2024-01-04T00:00:00Z"]
try:
    main()
except SystemExit as leaving:
    assert not leaving.code, leaving.code
print(sorted({HEAVY!r} & {{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""


def test_a_forecast_from_the_bundle_imports_neither_mlflow_nor_tensorflow_nor_prefect(project):
    from support.projects import demand, one_json_object

    project.write(demand())
    write(naive_bundle(pipeline="demand"), folder_of(project.root, "demand"))

    ended = subprocess.run([sys.executable, "-c", FORECAST], capture_output=True, text=True, check=True, timeout=60)

    assert ended.stderr.strip() == "[]"
    said = one_json_object(ended.stdout)
    assert [each["y_hat"] for each in said["forecast"]] == [9.0, 9.0]
    assert said["flags"]["judged"] == 5
