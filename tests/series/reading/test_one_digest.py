"""The same rows are the same rows wherever they lie: instants, dtypes and digest."""

import importlib.util
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series.digest import data_digest
from recurcast.series.interval_digests import interval_digests
from recurcast.series.sources import last_row, obtain
from support.databases import COLUMNS, QUERY, loads, pipeline, to_duckdb, to_postgresql, to_sqlite
from support.mlflow_server import lacking, postgresql

AS_OF = datetime(2024, 4, 5, 7, tzinfo=UTC)
IN_SPRING = datetime(2024, 3, 31, 5, tzinfo=UTC)
"""The clock of Berlin has jumped in the span, four hours before."""
BERLIN = {"timezone": "Europe/Berlin"}
NAIVE = "timestamp"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A PostgreSQL with the rows as timestamptz and as naive times of Berlin, whose sessions are elsewhere."""
    if lacking() is not None:
        pytest.skip(str(lacking()))
    with TemporaryDirectory(prefix="pg-") as name, postgresql(Path(name), "s3cret-word") as url:
        to_postgresql(loads(), url, "loads", "timestamptz")
        to_postgresql(loads(), url, "naive", NAIVE)
        yield url


def of_file(root: Path, **source: object) -> PipelineConfig:
    """The pipeline of a CSV file with the rows."""
    table = loads()
    table.assign(ds=table["ds"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_csv(root / "loads.csv", index=False)
    return pipeline({"kind": "file", "path": "loads.csv"} | source)


def expect_alike(chosen: PipelineConfig, reference: PipelineConfig, root: Path) -> None:
    """The frame, every interval's digest and the last row are those of the reference."""
    for as_of in (AS_OF, IN_SPRING, AS_OF + timedelta(minutes=30)):
        frame, expected = obtain(chosen, as_of, root), obtain(reference, as_of, root)
        pd.testing.assert_frame_equal(frame.rows, expected.rows)
        assert frame.steps.equals(expected.steps)
        assert frame.last_known == expected.last_known
        assert data_digest(frame) == data_digest(expected)
    as_ofs = [AS_OF + timedelta(hours=7 * number) for number in range(60)]
    assert interval_digests(chosen, as_ofs, root) == interval_digests(reference, as_ofs, root)
    assert last_row(chosen, root) == last_row(reference, root)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("%Y-%m-%dT%H:%M:%SZ", {}),
        ("%Y-%m-%d %H:%M:%S", {}),
        ("%Y-%m-%d %H:%M:%S+00:00", {}),
        ("epoch_s", {"time_format": "epoch_s"}),
        ("epoch_ms", {"time_format": "epoch_ms"}),
    ],
)
def test_an_sqlite_file_with_texts_or_numbers_for_times(written: str, said: dict[str, str], tmp_path: Path) -> None:
    ds = loads()["ds"]
    if written.startswith("epoch"):
        times = ds.dt.as_unit("ns").astype("int64") // (10**9 if written == "epoch_s" else 10**6)
    else:
        times = ds.dt.strftime(written)
    to_sqlite(loads(), tmp_path / "loads.db", times)

    expect_alike(
        pipeline({"kind": "sql", "url": "sqlite:///loads.db", "query": QUERY} | said), of_file(tmp_path), tmp_path
    )


def test_an_sqlite_file_on_the_clock_of_berlin(tmp_path: Path) -> None:
    local = loads()["ds"].dt.tz_convert("Europe/Berlin").dt.strftime("%Y-%m-%d %H:%M:%S")
    to_sqlite(loads(), tmp_path / "loads.db", local)
    source = {"kind": "sql", "url": "sqlite:///loads.db", "query": QUERY} | BERLIN

    expect_alike(pipeline(source), of_file(tmp_path, **BERLIN), tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="duckdb is not installed")
@pytest.mark.parametrize(
    ("kind", "said"),
    [("TIMESTAMPTZ", {}), ("TIMESTAMP", BERLIN), ("TIMESTAMPTZ", BERLIN), ("TIMESTAMPTZ_NS", BERLIN)],
)
def test_a_duckdb_file(kind: str, said: dict[str, str], tmp_path: Path) -> None:
    to_duckdb(loads(), tmp_path / "loads.duckdb", kind)
    source = {"kind": "sql", "url": "duckdb:///loads.duckdb", "query": QUERY} | said

    expect_alike(pipeline(source), of_file(tmp_path, **said), tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="duckdb is not installed")
def test_a_duckdb_file_with_naive_nanoseconds_is_read_once_they_are_cast_as_the_refusal_says(tmp_path: Path) -> None:
    to_duckdb(loads(), tmp_path / "loads.duckdb", "TIMESTAMP_NS")
    source = {"kind": "sql", "url": "duckdb:///loads.duckdb"} | BERLIN

    with pytest.raises(DataRejected, match="ds::TIMESTAMP >= :start"):
        obtain(pipeline(source | {"query": QUERY}), AS_OF, tmp_path)

    cast = QUERY.replace("ds >=", "ds::TIMESTAMP >=").replace("ds <", "ds::TIMESTAMP <")
    expect_alike(pipeline(source | {"query": cast}), of_file(tmp_path, **BERLIN), tmp_path)


@pytest.mark.parametrize("session", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize(("table", "said"), [("loads", {}), ("naive", BERLIN), ("loads", BERLIN)])
def test_a_postgresql_whatever_the_zone_of_its_sessions(
    table: str, said: dict[str, str], session: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENERGY_DB", database)
    monkeypatch.setenv("PGTZ", session)
    source = {"kind": "sql", "url": "${ENERGY_DB}", "query": QUERY.replace("loads", table)} | said

    expect_alike(pipeline(source), of_file(tmp_path, **said), tmp_path)
    assert os.environ["PGTZ"] == session


def test_columns_are_mapped_as_a_files_are(tmp_path: Path) -> None:
    table = loads().rename(columns={"ds": "ts"})
    to_sqlite(table.rename(columns={"ts": "ds"}), tmp_path / "loads.db", table["ts"].dt.strftime("%Y-%m-%d %H:%M:%S"))
    query = "SELECT site AS place, ds AS ts, y AS load, heat FROM loads WHERE ds >= :start AND ds < :end"
    columns = COLUMNS | {"unique_id": "place", "ds": "ts", "y": "load"}
    chosen = pipeline({"kind": "sql", "url": "sqlite:///loads.db", "query": query, "columns": columns})

    assert data_digest(obtain(chosen, AS_OF, tmp_path)) == data_digest(obtain(of_file(tmp_path), AS_OF, tmp_path))
