"""Times written as ISO 8601 in one length, read by Arrow: the same instants as pandas gives, in a tenth of the time."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_LENGTHS = (10, 16, 19, 23, 26)
"""Of a day, a minute, a second, and thousandths and millionths of it."""


def iso_times(text: "pd.Series[Any]") -> "pd.Series[Any] | None":
    """Return the times of a column of texts, with UTC where all end in Z; none where they are written otherwise, or not alike."""
    if not pd.api.types.is_string_dtype(text) or len(text) == 0:
        return None
    try:
        array = pa.array(text, type=pa.large_string())
        shortest, longest = (each.as_py() for each in pc.min_max(pc.binary_length(array)).values())
        zone = "UTC" if str(text.iloc[0]).endswith("Z") else None
        if array.null_count or shortest != longest or longest - (zone is not None) not in _LENGTHS:
            return None
        # With a zone Arrow would take any offset, of which none is as long as a Z.
        read = array.cast(pa.timestamp("us", zone))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return None
    return pd.Series(read.to_pandas().to_numpy() if zone is None else read.to_pandas().array, index=text.index)


def told_apart(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column whose values are the same where those of the given one are, and quicker to compare."""
    found = iso_times(values)
    return values if found is None else found
