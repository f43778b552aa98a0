"""Arrow's columns as a table of pandas: the kinds that are read, in little room."""

from typing import Any

import pandas as pd


def as_table(data: Any) -> pd.DataFrame:
    """Return a table, or a batch, of Arrow as pandas has it; exact decimals become numbers, each the nearest one."""
    import pyarrow as pa

    columns = [_as_numbers(column) if pa.types.is_decimal(column.type) else column for column in data.columns]
    table = pa.Table.from_arrays(columns, names=data.schema.names) if columns else pa.table({})
    return table.to_pandas(date_as_object=False, ignore_metadata=True, self_destruct=True, split_blocks=True)


def _as_numbers(decimals: Any) -> Any:
    # Cast at once, one of three is off by its last bit (findings/pyarrow_casts_decimals_beside_the_number.sh), so that
    # the same cells in a file of text would be other data.
    import pyarrow as pa

    return decimals.cast(pa.string()).cast(pa.float64())
