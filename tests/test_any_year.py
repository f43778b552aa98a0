"""Series of any year that a frame can hold are trained, shown, forecast and backfilled: MLflow counts from 1970 on."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.pipelines.forecast import make_forecast
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.backfill import Interval
from recurcast.runs.forecast import ForecastRequest
from recurcast.runs.train import Request, Ticket
from recurcast.tracking.backfill_summary import record_summary, summarize
from recurcast.tracking.report import read_for_report
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.stamps import metric_stamp
from recurcast.tracking.store import connect
from support.tiny import ONE_CELL, tiny_pipeline


def project_of(root: Path, start: str, frequency: str) -> PipelineConfig:
    """A pipeline whose file holds 144 steps from `start` on, with a season of 12."""
    steps = np.arange(144)
    y = 100 + steps + 20 * np.sin(2 * np.pi * steps / 12)
    ds = pd.date_range(start, periods=len(steps), freq=frequency).strftime("%Y-%m-%dT%H:%M:%S")
    pd.DataFrame({"ds": ds, "y": y}).to_csv(root / "series.csv", index=False)
    return tiny_pipeline(
        source={"kind": "file", "path": "series.csv", "static": True},
        frequency=frequency,
        parts={"history": 90, "validation": 24, "calibration": 8, "test": 30},
        network=ONE_CELL,
        training={"epochs": 1},
        forecast={"levels": [50]},
        charts="png",
        gate={"policy": "always", "must_beat_baseline": False},
    )


@pytest.mark.parametrize(
    ("start", "frequency", "as_ofs"),
    [
        ("1949-01-01", "MS", ("1960-11-05T06:00:00Z", "1960-12-05T06:00:00Z")),
        ("1678-01-01", "D", ("1678-05-23T06:00:00Z", "1678-05-24T06:00:00Z")),
    ],
)
def test_a_series_that_ends_before_1970_is_trained_tracked_forecast_and_reported(tmp_path, start, frequency, as_ofs):
    pipeline = project_of(tmp_path, start, frequency)
    earlier, later = (datetime.fromisoformat(as_of) for as_of in as_ofs)
    store = connect(tmp_path)
    first = run_interval(Request(pipeline, earlier, tmp_path, following=later), PLAIN)
    second = run_interval(Request(pipeline, later, tmp_path, previous=earlier), PLAIN)

    assert (first.outcome, second.outcome) == ("trained", "trained")
    assert second.registration.promoted
    assert store.client.get_model_version_by_alias("tiny", "champion").tags["as_of"] == as_ofs[1]
    curve = store.client.get_metric_history(first.run_id, "challenger/mase")
    assert [(point.timestamp, point.step) for point in curve] == [(0, 1)]

    made = make_forecast(ForecastRequest(pipeline, later, tmp_path)).made
    assert made.rows["ds"].min() > pd.Timestamp(earlier)
    assert np.isfinite(made.rows["y_hat"]).all()
    remembered = read_for_report(store, pipeline, 10)
    assert remembered.states == {earlier: "done", later: "done"}
    assert [tick.as_of for tick in remembered.track.ticks] == [earlier]


def test_the_summary_of_a_backfill_before_1970_keeps_its_scores_in_the_order_of_time(tmp_path):
    pipeline = project_of(tmp_path, "1949-01-01", "MS")
    store = connect(tmp_path)
    as_ofs = [datetime(1960, 11, 5, 6, tzinfo=UTC), datetime(1960, 12, 5, 6, tzinfo=UTC)]
    run_interval(Request(pipeline, as_ofs[0], tmp_path), PLAIN)
    experiment = store.client.get_experiment_by_name("tiny").experiment_id
    own = TrackedRun(store, experiment, store.client.create_run(experiment).info.run_id)
    ticket = Ticket(own.run_id)
    results = [
        run_interval(Request(pipeline, as_of, tmp_path, "backfill", ticket=ticket, force=True), PLAIN)
        for as_of in as_ofs
    ]
    summary = summarize(store, pipeline, own, [Interval(as_of, None, None) for as_of in as_ofs], ())
    record_summary(own, pipeline, summary)

    points = store.client.get_metric_history(own.run_id, "challenger/mase")
    assert [point.value for point in sorted(points, key=lambda point: point.step)] == [
        pytest.approx(next(row.mase for row in each.leaderboard if row.competitor == each.decision.challenger))
        for each in results
    ]


@pytest.mark.parametrize(
    ("as_of", "stamp"),
    [
        (datetime(1677, 9, 23, tzinfo=UTC), 0),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1000),
        (datetime(2024, 3, 1, tzinfo=UTC), 1_709_251_200_000),
        (datetime(2262, 4, 10, tzinfo=UTC), 9_223_200_000_000),
    ],
)
def test_metrics_are_stamped_with_as_of_where_mlflow_counts_and_with_zero_before(as_of, stamp):
    assert metric_stamp(as_of) == stamp
