"""A long table in parts: what great_expectations copies takes the room of a part."""

from collections.abc import Iterator

import pandas as pd

from recurcast.series.frame import order_of

ROWS_OF_A_PART = 2**20


def parts_of(rows: pd.DataFrame) -> Iterator[slice]:
    """Yield parts of the rows `unique_id | ds | ...`, none of which parts rows of one series and instant; else one."""
    length = ROWS_OF_A_PART
    if len(rows) <= length or rows["unique_id"].hasnans or order_of(rows) is not None:
        yield slice(0, len(rows))
        return
    series, ds = rows["unique_id"].cat.codes.to_numpy(), rows["ds"].astype("int64").to_numpy()
    begin = 0
    while begin < len(rows):
        end = min(begin + length, len(rows))
        while end < len(rows) and series[end] == series[end - 1] and ds[end] == ds[end - 1]:
            end += 1
        yield slice(begin, end)
        begin = end
