"""A Parquet file as a table: a long one column by column, so that never all of it is there twice."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from recurcast.series.reading.giving_back import give_back

_LONG = 2**18
_MOST_COLUMNS = 64


def read_parquet(path: Path, names: str | None) -> pd.DataFrame:
    """Return the file as pandas reads it; in a long one the column `names` of texts, where it is told, comes by codes."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    schema = file.schema_arrow
    if file.metadata.num_rows < _LONG or len(schema) > _MOST_COLUMNS or not _plain(schema):
        return pd.read_parquet(path)
    columns: dict[str, Any] = {}
    for name in schema.names:
        by_codes = [name] if name == names and _is_text(schema.field(name).type) else []
        columns[name] = pd.read_parquet(path, columns=[name], read_dictionary=by_codes)[name]
    give_back()
    return pd.DataFrame(columns, copy=False)


def _plain(schema: Any) -> bool:
    """Whether each column can be asked for by its name, and none of them is the index of a table of pandas."""
    import pyarrow as pa

    told = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    if any(not isinstance(each, dict) for each in told.get("index_columns", [])):
        return False
    single = not any(pa.types.is_nested(field.type) or "." in field.name for field in schema)
    return single and len(set(schema.names)) == len(schema)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
