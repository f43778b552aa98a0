from typing import get_args

from recurcast.config.metrics import METRICS
from recurcast.config.pipeline import Gate
from recurcast.runs.leaderboard import Row


def test_the_gate_may_decide_by_whatever_metric_is_a_mean_of_losses():
    named = get_args(Gate.model_fields["metric"].annotation)

    assert set(named) == {name for name, metric in METRICS.items() if metric.decides}


def test_a_metric_has_one_label_and_the_unit_that_it_is_in():
    assert METRICS["smape"].titled("MW") == "sMAPE %"
    assert METRICS["mae"].titled("MW") == "MAE (MW)"
    assert METRICS["mase"].titled("MW") == "MASE"
    assert (METRICS["mae"].told(12.34567), METRICS["skill"].told(0.5)) == ("12.35", "0.500")


def test_the_share_explained_of_targets_that_are_all_one_value_reads_none():
    assert [METRICS[name].told(float("nan")) for name in ("r2", "mase", "skill")] == ["none", "–", "–"]
    assert METRICS["r2"].told(None) == "–"


def test_a_leaderboard_reads_as_it_was_recorded_whatever_metrics_there_were_then():
    recorded = {"competitor": "gru", "mae": 1.5, "mase": None, "a_metric_that_went": 3.0, "coverage_80": 0.75}

    row = Row.of(recorded)

    assert (row.competitor, row.mae, row.coverage) == ("gru", 1.5, {"80": 0.75})
    assert row.mase != row.mase
    assert row.skill != row.skill


def test_every_metric_is_a_column_of_a_leaderboard():
    assert set(METRICS) == set(Row.__dataclass_fields__) - {"competitor", "coverage"}
