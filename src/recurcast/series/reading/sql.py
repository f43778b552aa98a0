"""The result of a query, read in chunks: of any database that SQLAlchemy knows, or of a DuckDB file."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.interval_sources import SqlSource
from recurcast.errors import DataRejected
from recurcast.instants import format_instant
from recurcast.series.files import expect_columns, rows_of
from recurcast.series.grid import duration
from recurcast.series.reading.addresses import Address, address_of
from recurcast.series.reading.asked import Asked, joined
from recurcast.series.reading.compact import as_columns
from recurcast.series.reading.duckdb_file import chunks_of_duckdb
from recurcast.series.reading.interval import Interval
from recurcast.series.reading.nearby import nearby
from recurcast.series.reading.sql_refusals import may_pass, refusal_of
from recurcast.series.reading.sql_times import bound, refuse_texts_of_another_clock
from recurcast.series.reading.watching import Gather, gathered

T = TypeVar("T")
_ROWS = 2**14
_CONNECT = 10
"""Seconds until a database that does not answer is given up."""
_CONNECT_ARGUMENTS: dict[str, dict[str, Any]] = {
    **{driver: {"connect_timeout": _CONNECT} for driver in ("psycopg2", "psycopg", "pymysql", "mysqldb")},
    "pysqlite": {"timeout": 30, "check_same_thread": False},
}


@dataclass(frozen=True)
class Query:
    """The query of a pipeline's source, and where relative addresses start."""

    source: SqlSource
    name: str
    root: Path

    @property
    def of_as_of(self) -> bool:
        """Return whether its rows depend on as_of, beside the interval."""
        return "as_of" in self.source.binds

    def read(self, interval: Interval, gather: "Gather[T]") -> T:
        """Return what is made of the tables of an interval. Raises DataRejected where the query can't be run."""
        longest = duration(self.source.timeout)
        try:
            address = address_of(self.source, self.name, self.root)
            values = bound(self.source, address.backend, interval)

            def chunks() -> Generator[pd.DataFrame]:
                if address.backend == "duckdb":
                    found = chunks_of_duckdb(address.database, self.source, values, _ROWS)
                else:
                    found = _chunks(address, self.source, values, longest)
                with closing(found):
                    for table in found:
                        expect_columns(table, self.source)
                        # What a query gives around the interval is not kept, however much it is.
                        yield nearby(table, self.source, interval, "the query's result")

            return gathered(chunks, gather, longest, may_pass)
        except Exception as error:
            raise refusal_of(error, self.source, self.name) from error


def asked_by_query(pipeline: PipelineConfig, root: Path) -> Asked:
    """Return the rows of a pipeline whose source is a query."""
    source = pipeline.source
    assert isinstance(source, SqlSource), "the table is by kind"
    return Asked(pipeline, source, Query(source, pipeline.name, root))


def rows_of_query(source: SqlSource, name: str, root: Path, interval: Interval) -> pd.DataFrame:
    """Return the rows of a query between two instants, as `read_file` does; of it alone, beside the pipeline's own source.

    Raises DataRejected where it can't be run, or gives no row.
    """
    table = Query(source, name, root).read(interval, joined)
    if table is None or table.empty:
        raise no_row(source, interval)
    return rows_of(table, source, name)


def no_row(source: SqlSource, interval: Interval) -> DataRejected:
    """Return what to raise where a query gives nothing of an interval."""
    return DataRejected(
        "a query gives at least one row",
        f"{source.told} gave none from {format_instant(interval.start)} to {format_instant(interval.end)}",
        "Check its conditions, or what fills the table",
    )


def _chunks(address: Address, source: SqlSource, values: dict[str, Any], longest: timedelta) -> Generator[pd.DataFrame]:
    from sqlalchemy import NullPool, create_engine, text

    engine = create_engine(
        address.url, poolclass=NullPool, connect_args=_CONNECT_ARGUMENTS.get(address.url.get_driver_name(), {})
    )
    with engine.connect() as connection:
        if address.backend == "postgresql":
            # Naive times of the table are compared with instants on the clock that the source states, whatever the server's.
            connection.execute(text("SET TRANSACTION READ ONLY"))
            settings = {"zone": source.timezone, "longest": f"{longest // timedelta(milliseconds=1)}"}
            connection.execute(
                text("SELECT set_config('TimeZone', :zone, true), set_config('statement_timeout', :longest, true)"),
                settings,
            )
        streaming = connection.execution_options(stream_results=True, max_row_buffer=_ROWS)
        result = streaming.execute(text(source.query), values)
        names = list(result.keys())
        yield as_columns([], names)
        for rows in result.partitions(_ROWS):
            table = as_columns(rows, names)
            if address.backend == "sqlite":
                refuse_texts_of_another_clock(table, source)
            yield table
