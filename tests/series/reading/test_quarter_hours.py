"""Quarter-hours that a query sums to hours, over the hour that comes twice."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.series.sources import obtain
from support.databases import pipeline

AS_OF = datetime(2024, 10, 28, tzinfo=UTC)
TWICE = slice("2024-10-26T23:00Z", "2024-10-27T02:00Z")
"""The four hours around 02:00 in Berlin, which is 00:00 and 01:00 in UTC."""


@pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="duckdb is not installed")
@pytest.mark.parametrize(
    ("hour", "sums"),
    [("time_bucket(INTERVAL '1 hour', ds)", [4, 4, 4, 4]), ("date_trunc('hour', ds)", [4, np.nan, 8, 4])],
)
def test_duckdb_keeps_the_two_hours_apart_by_time_bucket_as_the_docs_say(
    hour: str, sums: list[float], tmp_path: Path
) -> None:
    import duckdb

    quarters = pd.DataFrame({"ds": pd.date_range("2024-10-15", "2024-10-28", freq="15min", tz="UTC"), "y": 1.0})
    with duckdb.connect(tmp_path / "meter.duckdb") as database:
        database.register("given", quarters)
        database.execute("CREATE TABLE quarters AS SELECT ds::TIMESTAMPTZ AS ds, y FROM given")
    query = f"SELECT {hour} AS hour, sum(y) AS y FROM quarters WHERE ds >= :start AND ds < :end GROUP BY hour"
    source = {"kind": "sql", "url": "duckdb:///meter.duckdb", "query": query, "timezone": "Europe/Berlin"}

    frame = obtain(pipeline(source | {"columns": {"ds": "hour"}}), AS_OF, tmp_path)

    found = frame.rows.set_index("ds")["y"].reindex(pd.date_range(TWICE.start, TWICE.stop, freq="h"))
    np.testing.assert_array_equal(found, sums)
