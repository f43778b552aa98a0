"""Series in databases as people keep them: real ones, each in a temporary folder."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import create_engine, text

from recurcast.config import PipelineConfig

QUERY = "SELECT site, ds, y, heat FROM loads WHERE ds >= :start AND ds < :end"
COLUMNS = {"unique_id": "site", "covariates": ["heat"]}


def loads(days: int = 30, sites: tuple[str, ...] = ("north", "007")) -> pd.DataFrame:
    """Return hourly rows of some sites from 2024-03-20 on, over a change of the clock in Europe; some cells are missing."""
    ds = pd.date_range("2024-03-20", periods=24 * days, freq="h", tz="UTC")
    rng = np.random.default_rng(7)
    own = [
        pd.DataFrame(
            {"site": site, "ds": ds, "y": rng.normal(50, 9, len(ds)).round(3), "heat": rng.integers(0, 30, len(ds)) / 2}
        )
        for site in sites
    ]
    table = pd.concat(own, ignore_index=True)
    table.loc[table.index % 97 == 5, "y"] = np.nan
    return table


def pipeline(source: dict[str, Any], /, **changed: Any) -> PipelineConfig:
    """Return a pipeline of hours that needs the last ten days."""
    block = {
        "name": "loads",
        "frequency": "h",
        "parts": {"history": 192, "validation": 24, "test": 24},
        "windows": {"lookback": 24},
        "source": {"columns": COLUMNS, "delay": "1h"} | source,
    }
    return PipelineConfig.model_validate(block | changed)


def to_sqlite(table: pd.DataFrame, file: Path, ds: pd.Series) -> Path:  # type: ignore[type-arg]
    """Write the rows to a new database, their times as they are given: texts or whole numbers."""
    with closing(sqlite3.connect(file)) as database:
        table.assign(ds=ds).to_sql("loads", database, index=False)
    return file


def to_duckdb(table: pd.DataFrame, file: Path, kind: str) -> Path:
    """Write the rows to a new database with times of a kind, naive ones on the clock of Berlin."""
    import duckdb

    with duckdb.connect(file) as database:
        database.execute("SET TimeZone = 'Europe/Berlin'")
        database.execute(f"CREATE TABLE loads (site VARCHAR, ds {kind}, y DOUBLE, heat DECIMAL(9, 1))")
        database.register("given", table)
        database.execute("INSERT INTO loads SELECT site, ds, y, heat FROM given")
    return file


def to_postgresql(table: pd.DataFrame, url: str, name: str, kind: str) -> None:
    """Write the rows to a new table with times of a kind, naive ones on the clock of Berlin."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET TIME ZONE 'Europe/Berlin'"))
        connection.execute(text(f"CREATE TABLE {name} (site text, ds {kind}, y double precision, heat numeric(9, 1))"))
        rows = [
            {"site": site, "ds": ds.to_pydatetime(), "y": None if y != y else y, "heat": heat}
            for site, ds, y, heat in table.itertuples(index=False)
        ]
        connection.execute(text(f"INSERT INTO {name} VALUES (:site, CAST(:ds AS timestamptz), :y, :heat)"), rows)
    engine.dispose()
