"""Names of series in the rows of a frame: a code of few bytes in each row, and every name once.

unique_id   a a a b b      codes 0 0 0 1 1 of (a, b), which stand in the order of texts
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def coded(names: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the names as texts by codes; those of codes already are only put in order. A missing name stays missing."""
    if isinstance(names.dtype, pd.CategoricalDtype) and names.cat.categories.dtype == "str":
        used = len(names.unique()) - int(names.hasnans) == len(names.cat.categories)
        found = names if used else names.cat.remove_unused_categories()
        if not found.cat.categories.is_monotonic_increasing:
            found = found.cat.reorder_categories(found.cat.categories.sort_values())
        return found.cat.as_unordered() if found.cat.ordered else found
    codes, distinct = pd.factorize(names.astype("str"), sort=True)
    return pd.Series(of_codes(codes, list(distinct)), index=names.index, name=names.name)


def of_codes(codes: "NDArray[np.integer[Any]]", names: Sequence[str]) -> pd.Categorical:
    """Return a column of names by their places among the sorted `names`, shape `(n_rows,)`."""
    kind = np.min_scalar_type(-max(len(names), 1))
    return pd.Categorical.from_codes(codes.astype(kind, copy=False), pd.Index(list(names), dtype="str"), validate=False)


def one_name(name: str, index: pd.Index) -> "pd.Series[Any]":
    """Return a column that names the same series in every row."""
    return pd.Series(of_codes(np.zeros(len(index), np.int8), [name]), index=index)


def places_and_names(ids: "pd.Series[Any]") -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return of each row the place of its series among the sorted names, and these, without those that no row has.

    A place takes as few bytes as hold it; that of a missing name is -1.
    """
    found = coded(ids)
    return found.cat.codes.to_numpy(), tuple(map(str, found.cat.categories))
