"""Arrow's columns as a table of pandas: the kinds that are read, in little room."""

from typing import Any

import pandas as pd


def as_table(data: Any) -> pd.DataFrame:
    """Return a table, or a batch, of Arrow as pandas has it; exact decimals become numbers."""
    import pyarrow as pa

    columns = [column.cast(pa.float64()) if pa.types.is_decimal(column.type) else column for column in data.columns]
    table = pa.Table.from_arrays(columns, names=data.schema.names) if columns else pa.table({})
    return table.to_pandas(date_as_object=False, ignore_metadata=True, self_destruct=True, split_blocks=True)
