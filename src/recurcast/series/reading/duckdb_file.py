"""DOOR duckdb: the result of a query to a DuckDB file, by DuckDB's own connection and as Arrow's columns."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pandas as pd

from recurcast.config.interval_sources import SqlSource
from recurcast.series.reading.arrow import as_table


def chunks_of_duckdb(file: Path, source: SqlSource, values: dict[str, Any], rows: int) -> Generator[pd.DataFrame]:
    """Yield the query's result in tables of at most so many rows. Raises duckdb's errors."""
    import duckdb
    from sqlalchemy import text
    from sqlalchemy.engine.default import DefaultDialect

    asked = text(source.query).compile(dialect=DefaultDialect(paramstyle="numeric_dollar"))
    with duckdb.connect(file, read_only=True) as connection:
        # Naive times are compared with instants on the clock that the source states, and none else.
        connection.execute("SET TimeZone = $1", [source.timezone])
        result = connection.sql(str(asked), params=[values[name] for name in asked.positiontup or ()])
        reader = result.to_arrow_reader(rows)
        yield as_table(reader.schema.empty_table())
        for batch in reader:
            yield as_table(batch)
