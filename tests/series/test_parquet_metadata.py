import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recurcast.errors import DataRejected
from recurcast.series.files import read_table


@pytest.mark.parametrize(
    "told", [b"{", b"{}", b"[]", b'{"index_columns": 5}', b'{"index_columns": ["no"], "columns": [5]}']
)
def test_parquet_whose_notes_for_pandas_are_damaged_is_rejected_as_unreadable(tmp_path, told):
    table = pa.table({"ds": ["2024-01-01"], "y": [1.0]}).replace_schema_metadata({b"pandas": told})
    pq.write_table(table, tmp_path / "data.parquet")

    with pytest.raises(DataRejected, match="the file is readable Parquet"):
        read_table(tmp_path / "data.parquet", "data.parquet", None)
