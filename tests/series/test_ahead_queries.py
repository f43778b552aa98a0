"""What is known ahead from a database: real SQLite, asked for the interval that is needed."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series.digest import data_digest
from recurcast.series.interval_digests import interval_digests
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
HOURS = pd.date_range("2024-03-01", periods=240, freq="h", tz="UTC")
QUERY = "SELECT ds, warmth, issued FROM weather WHERE ds >= :start AND ds < :end"
BLOCK = {"url": "sqlite:///weather.db", "query": QUERY, "columns": ["warmth"], "available_at": "issued"}


def pipeline(**block: Any) -> PipelineConfig:
    stated = {name: value for name, value in (BLOCK | block).items() if value is not None}
    return PipelineConfig.model_validate(
        {
            "name": "demand",
            "source": {"kind": "file", "path": "y.csv", "delay": "1h", "known_ahead": [stated]},
            "frequency": "h",
            "season": 24,
            "parts": {"history": 120, "validation": 24, "test": 24},
            "windows": {"lookback": 24, "horizon": 6},
            "network": {"kind": "highway"},
        }
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pd.DataFrame({"ds": HOURS, "y": np.arange(len(HOURS)) % 24 + 1.0}).to_csv(tmp_path / "y.csv", index=False)
    rows = [pd.DataFrame({"ds": HOURS, "warmth": value, "issued": HOURS - pd.Timedelta(lead)}) for lead, value in LEADS]
    table = pd.concat(rows, ignore_index=True)
    for column in ("ds", "issued"):
        table[column] = table[column].dt.strftime("%Y-%m-%d %H:%M:%S")
    table.to_csv(tmp_path / "weather.csv", index=False)
    with sqlite3.connect(tmp_path / "weather.db") as connection:
        table.to_sql("weather", connection, index=False)
    connection.close()
    return tmp_path


LEADS = (("24h", 1.0), ("2h", 2.0))


def test_a_query_and_a_file_of_the_same_values_are_the_same_to_the_bit(root: Path) -> None:
    by_query = obtain(pipeline(), NOON, root)
    by_file = obtain(pipeline(url=None, query=None, path="weather.csv"), NOON, root)
    assert data_digest(by_query) == data_digest(by_file)
    windows = split_of(pipeline(), by_query).test
    assert windows.calendar[0, -6:, 0].tolist() == [2.0, 2.0, 2.0, 1.0, 1.0, 1.0]


def test_the_plan_of_a_backfill_reads_once_what_its_intervals_read(root: Path) -> None:
    as_ofs = [datetime(2024, 3, 9, hour, tzinfo=UTC) for hour in range(0, 24, 6)]
    found = interval_digests(pipeline(), as_ofs, root)
    assert [each.digest for each in found] == [data_digest(obtain(pipeline(), each, root)) for each in as_ofs]


def test_a_query_is_asked_for_the_steps_that_are_seen_and_forecast_alone(root: Path) -> None:
    frame = obtain(pipeline(), NOON, root)
    assert frame.ahead is not None
    ds = pd.to_datetime(frame.ahead.blocks[0].rows["ds"], utc=True)
    assert (ds.min(), ds.max()) == (frame.steps[0], pd.Timestamp(NOON) + pd.Timedelta("5h"))


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"query": QUERY.replace("weather", "wether")}, "wether"),
        ({"query": f"{QUERY} AND warmth > 99"}, "gives at least one row"),
        ({"query": QUERY.replace("warmth,", "")}, "warmth"),
    ],
)
def test_a_query_that_can_not_be_run_or_gives_nothing_is_refused_by_name(root: Path, block, says) -> None:
    with pytest.raises(DataRejected, match=says):
        obtain(pipeline(**block), NOON, root)


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"path": "weather.csv"}, "received path and url and query"),
        ({"query": None}, "received url"),
        ({"url": None, "query": None}, "received neither"),
        ({"query": "SELECT ds, warmth, issued FROM weather"}, "without :start and :end"),
        ({"query": f"{QUERY} AND issued <= :as_of"}, "gives all revisions"),
        ({"url": "postgresql://me:secret@host/weather"}, "has no password"),
    ],
)
def test_a_block_is_a_file_or_a_query_for_an_interval_whose_address_has_no_password(block, says) -> None:
    with pytest.raises(ValidationError, match=says) as refusal:
        pipeline(**block)
    assert "secret" not in str(refusal.value.errors(include_input=False, include_url=False))


def test_a_plan_looks_as_far_back_as_each_run_does(root: Path) -> None:
    own, earlier = pipeline(available_at=None, known="always", hold=True), NOON - timedelta(days=2)
    begin = obtain(pipeline(), NOON, root).steps[0] - pd.Timedelta("2D")
    with sqlite3.connect(root / "weather.db") as connection:
        connection.execute("DELETE FROM weather WHERE warmth = 2.0 OR ds < '2024-03-03 12:00:00'")
        stands = (begin - pd.Timedelta("399.9D")).strftime("%Y-%m-%d %H:%M:%S")  # 401.9 days before the later interval
        connection.execute("INSERT INTO weather VALUES (?, 7.0, ?)", (stands, stands))
    connection.close()
    planned = interval_digests(own, [earlier, NOON], root)
    for each in planned:
        assert each.digest == data_digest(obtain(own, each.as_of, root))
