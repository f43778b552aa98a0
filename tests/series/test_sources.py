"""What a run at as_of may know, cut to the span of its parts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame
from recurcast.series.sources import last_row, obtain

AS_OF = datetime(2024, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def pipeline(source: dict[str, Any] | None = None, **changed: Any) -> PipelineConfig:
    """Ten steps of an hour: 6 train, 2 validation, 2 test."""
    block = {
        "name": "demand",
        "source": {"kind": "file", "path": "demand.csv"} | (source or {}),
        "frequency": "h",
        "parts": {"history": 6, "validation": 2, "test": 2},
        "windows": {"lookback": 2},
    }
    return PipelineConfig.model_validate(block | changed)


def hourly(hours: int = 96, **columns: Any) -> pd.DataFrame:
    """Rows from 2024-01-01 on, one day more than AS_OF; y counts the hours."""
    stamps = pd.date_range("2024-01-01", periods=hours, freq="h").strftime("%Y-%m-%dT%H:%M:%SZ")
    return pd.DataFrame({"ds": stamps, "y": np.arange(float(hours))} | columns)


def obtained(root: Path, table: pd.DataFrame, as_of: datetime = AS_OF, **settings: Any) -> SeriesFrame:
    table.to_csv(root / "demand.csv", index=False)
    return obtain(pipeline(**settings), as_of, root)


def test_a_frame_is_the_rows_before_as_of_in_the_span_of_the_parts(tmp_path: Path) -> None:
    frame = obtained(tmp_path, hourly())

    assert frame.rows["y"].tolist() == [62, 63, 64, 65, 66, 67, 68, 69, 70, 71]
    assert list(frame.rows.columns) == ["unique_id", "ds", "y"]
    assert frame.steps.tolist() == frame.rows["ds"].tolist()
    assert frame.steps[-1] == pd.Timestamp(AS_OF) - HOUR
    assert frame.last_known == pd.Timestamp(AS_OF) - HOUR
    assert frame.ids == ("demand",)


def test_an_as_of_between_two_steps_ends_at_the_step_before(tmp_path: Path) -> None:
    frame = obtained(tmp_path, hourly(), AS_OF + timedelta(minutes=10))
    assert frame.rows["y"].iloc[-1] == 72
    assert frame.steps[-1] == pd.Timestamp(AS_OF)


def test_a_delay_holds_rows_back_and_moves_the_parts(tmp_path: Path) -> None:
    for delay, newest in (("0min", 71), ("1h", 71), ("61min", 70), ("3h", 69), ("1D", 48)):
        frame = obtained(tmp_path, hourly(), source={"delay": delay})
        assert frame.rows["y"].iloc[-1] == newest
        assert frame.rows["ds"].tolist() == frame.steps.tolist()
        assert len(frame.steps) == 10


def test_a_row_is_known_from_the_instant_on_at_which_it_was_available(tmp_path: Path) -> None:
    seen = pd.to_datetime(hourly()["ds"]) + HOUR
    seen[70] = pd.Timestamp(AS_OF)
    seen[71] = pd.Timestamp(AS_OF) + pd.Timedelta("1s")
    table = hourly(seen=seen.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    frame = obtained(tmp_path, table, source={"columns": {"available_at": "seen"}})

    assert frame.rows["y"].iloc[-1] == 70
    assert frame.steps[-1] == pd.Timestamp(AS_OF) - HOUR
    assert frame.last_known == pd.Timestamp(AS_OF)


def test_of_several_revisions_the_latest_known_one_is_used(tmp_path: Path) -> None:
    first = hourly(seen=hourly()["ds"])
    later = first.iloc[[65, 70]].assign(y=[-65.0, -70.0], seen=["2024-01-03T20:00:00Z", "2024-01-03T23:00:00Z"])
    latest = first.iloc[[65, 70]].assign(y=[-650.0, -700.0], seen=["2024-01-03T23:30:00Z", "2024-01-04T00:30:00Z"])
    table = pd.concat([latest, first, later])
    source = {"columns": {"available_at": "seen"}}

    def values(as_of: datetime) -> list[float]:
        return obtained(tmp_path, table, as_of, source=source).rows.set_index("ds")["y"].tolist()

    assert values(AS_OF)[-10:] == [62, 63, 64, -650, 66, 67, 68, 69, -70, 71]
    assert values(AS_OF - 3 * HOUR)[-4:] == [-65, 66, 67, 68]
    assert values(AS_OF - 5 * HOUR)[-4:] == [63, 64, 65, 66]
    assert values(AS_OF + HOUR)[-3:] == [-700, 71, 72]


def test_without_revisions_rows_of_one_timestamp_stay_for_the_validation_to_see(tmp_path: Path) -> None:
    table = pd.concat([hourly(), hourly().iloc[[70]]])
    assert len(obtained(tmp_path, table).rows) == 11


@pytest.mark.parametrize(
    "source", [{}, {"delay": "2h"}, {"columns": {"available_at": "seen"}}], ids=["plain", "delay", "revisions"]
)
def test_whatever_happens_at_or_after_as_of_changes_nothing(tmp_path: Path, source: dict[str, Any]) -> None:
    seen = (pd.to_datetime(hourly()["ds"]) + pd.Timedelta("30min")).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    table = hourly(seen=seen, heat=1.0)
    covariates = {"columns": {"covariates": ["heat"]} | source.get("columns", {})}
    future = pd.to_datetime(table["ds"]) >= AS_OF
    before = obtained(tmp_path, table, source=source | covariates)

    changes = {
        "other values": table.assign(y=table["y"].mask(future, -1e9), heat=table["heat"].mask(future, np.nan)),
        "no rows": table[~future],
        "rows twice": pd.concat([table, table[future]]),
        "another order": table.iloc[::-1],
        "an infinite value": table.assign(y=table["y"].mask(future, np.inf)),
    }
    if "columns" in source:
        revised = table.assign(y=-table["y"], seen="2024-01-04T00:00:01Z")
        changes["all rows revised a second later"] = pd.concat([table, revised])
    for what, changed in changes.items():
        after = obtained(tmp_path, changed, source=source | covariates)
        pd.testing.assert_frame_equal(after.rows, before.rows, check_exact=True, obj=what)
        assert after.steps.equals(before.steps)
        assert data_digest(after) == data_digest(before)
        assert after.last_known == before.last_known


def test_a_value_before_as_of_does_change_the_frame(tmp_path: Path) -> None:
    before = obtained(tmp_path, hourly())
    table = hourly()
    table.loc[71, "y"] = -1.0
    assert data_digest(obtained(tmp_path, table)) != data_digest(before)


def test_the_frequency_is_inferred_from_what_was_known(tmp_path: Path) -> None:
    table = hourly()
    table.loc[72:, "ds"] = pd.date_range("2024-01-04", periods=24, freq="7min").strftime("%Y-%m-%dT%H:%M:%SZ")
    frame = obtained(tmp_path, table, frequency=None)
    assert frame.grid.frequency == "h"
    assert len(frame.rows) == 10


def test_series_of_different_frequencies_are_refused_by_name(tmp_path: Path) -> None:
    slow, fast = hourly(site="slow").iloc[::2], hourly(site="fast")
    with pytest.raises(DataRejected, match=r"found fast: h, slow: 2h\. Set `frequency`"):
        obtained(tmp_path, pd.concat([slow, fast]), frequency=None, source={"columns": {"unique_id": "site"}})


def test_a_panel_is_sorted_by_series_and_time_and_keeps_its_covariates(tmp_path: Path) -> None:
    table = pd.concat([hourly(site="b", heat=2.0), hourly(site="a", heat=1.0)]).iloc[::-1]
    columns = {"unique_id": "site", "covariates": ["heat"]}
    frame = obtained(tmp_path, table, source={"columns": columns})

    assert frame.ids == ("a", "b")
    assert frame.covariates == ("heat",)
    assert frame.rows["unique_id"].tolist() == ["a"] * 10 + ["b"] * 10
    assert frame.rows["heat"].tolist() == [1.0] * 10 + [2.0] * 10
    assert frame.rows["y"].tolist() == [*range(62, 72)] * 2
    assert frame.without(frozenset({"a"})).ids == ("b",)


def test_a_gap_stays_a_gap(tmp_path: Path) -> None:
    frame = obtained(tmp_path, hourly().drop(index=[65, 71]))
    assert len(frame.steps) == 10
    assert frame.rows["y"].tolist() == [62, 63, 64, 66, 67, 68, 69, 70]


def test_days_are_counted_on_the_wall_clock_of_the_source(tmp_path: Path) -> None:
    days = pd.date_range("2024-03-20", periods=30, freq="D").strftime("%Y-%m-%d")
    table = pd.DataFrame({"ds": days, "y": np.arange(30.0)})
    source = {"timezone": "Europe/Amsterdam", "delay": "1D"}
    frame = obtained(tmp_path, table, datetime(2024, 4, 2, 5, tzinfo=UTC), source=source, frequency="D")

    assert frame.rows["ds"].tolist() == frame.steps.tolist()
    assert frame.rows["y"].iloc[-1] == 12
    assert frame.steps[-1] == pd.Timestamp("2024-03-31T22:00Z")


def test_what_is_known_tells_whether_an_interval_brought_something_new(tmp_path: Path) -> None:
    frame = obtained(tmp_path, hourly(70), source={"delay": "30min"})
    assert frame.last_known == pd.Timestamp("2024-01-03T21:30Z")
    assert frame.has_news_since(None)
    assert frame.has_news_since(datetime(2024, 1, 3, 21, 30, tzinfo=UTC))
    assert not frame.has_news_since(datetime(2024, 1, 3, 21, 31, tzinfo=UTC))


def test_a_file_that_stopped_long_ago_leaves_an_empty_frame(tmp_path: Path) -> None:
    frame = obtained(tmp_path, hourly(), AS_OF + timedelta(days=30))
    assert frame.rows.empty
    assert len(frame.steps) == 10
    assert frame.last_known is None
    assert not frame.has_news_since(AS_OF)


def test_a_run_before_anything_is_known_is_refused_with_the_first_row(tmp_path: Path) -> None:
    with pytest.raises(DataRejected, match=r"needs rows known by then: the first row is of 2024-01-01T00:00:00Z"):
        obtained(tmp_path, hourly(), datetime(2024, 1, 1, tzinfo=UTC))


def test_the_last_row_of_a_file_is_where_a_static_source_ends(tmp_path: Path) -> None:
    hourly().iloc[::-1].to_csv(tmp_path / "demand.csv", index=False)
    ds, available_at = last_row(pipeline({"delay": "90min"}), tmp_path)
    assert ds == datetime(2024, 1, 4, 23, tzinfo=UTC)
    assert available_at == datetime(2024, 1, 5, 0, 30, tzinfo=UTC)


# Generated sources

NOISE: dict[str, Any] = {
    "kind": "generated", "anchor": "2023-12-31T23:00:00Z", "series": 2, "noise": 0.5, "delay": "1h",
    "anomalies": {"every": 3, "magnitude": 5}, "missing": {"every": 5, "length": 2},
}  # fmt: skip


def generated(as_of: datetime) -> SeriesFrame:
    block = pipeline().model_dump() | {"source": NOISE}
    return obtain(PipelineConfig.model_validate(block), as_of, Path("nowhere"))


def test_a_generated_source_delivers_what_a_file_would(tmp_path: Path) -> None:
    frame = generated(AS_OF)
    assert frame.ids == ("series-0", "series-1")
    assert list(frame.rows.columns) == ["unique_id", "ds", "y", "anomaly"]
    assert len(frame.steps) == 10
    assert frame.steps[-1] == pd.Timestamp(AS_OF) - HOUR
    assert set(frame.rows["ds"]) <= set(frame.steps)
    assert 0 < len(frame.rows) < 20


def test_a_generated_interval_is_a_stretch_of_any_later_one() -> None:
    early, late = generated(AS_OF), generated(AS_OF + 4 * HOUR)
    shared = late.rows[late.rows["ds"] < AS_OF].reset_index(drop=True)
    expected = early.rows[early.rows["ds"] >= late.steps[0]].reset_index(drop=True)
    assert len(expected) > 5
    pd.testing.assert_frame_equal(shared, expected, check_exact=True)
