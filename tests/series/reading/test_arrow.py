"""Arrow's columns as a table of pandas."""

from decimal import Decimal

import pyarrow as pa
import pytest

from recurcast.series.reading.arrow import as_table


@pytest.mark.parametrize("scale", [0, 1, 2, 3, 6, 9])
def test_decimals_become_the_nearest_numbers_as_text_is_read(scale: int) -> None:
    exact = [Decimal(number * 7919 - 4_000_000).scaleb(-scale) for number in range(1000)]
    column = pa.array([*exact, None], pa.decimal128(18, scale))
    found = as_table(pa.table({"y": column}))["y"]
    assert found.iloc[:-1].tolist() == [float(each) for each in exact]
    assert found.isna().tolist() == [False] * 1000 + [True]
