"""What a highway network takes of what series say of themselves: a number, or one of the names that its train part had."""

from collections import Counter
from dataclasses import replace

import numpy as np

from recurcast.errors import DataRejected
from recurcast.forecasting.portable.highway import Highway
from recurcast.series.attributes import Attributes, code_of, number_of
from recurcast.series.overall import Said

_UNHEEDED = float(np.finfo(np.float64).max)
"""Spread of a number that all series share: nothing is known of what another one means."""


def with_attributes(facts: Highway, said: Said | None, end: int, categories: tuple[str, ...]) -> Highway:
    """Return the facts with what the series with a value before the step `end` say of themselves.

    Raises DataRejected where an attribute is a number for some series and a name for others.
    """
    if said is None:
        return facts
    attributes, series = said.attributes, said.before(end)
    means, spreads, codes, shares = [], [], [], []
    for name in attributes.names:
        texts = [text for text in attributes.texts(series, name) if text is not None]
        numbers = np.array([number_of(text) for text in texts])
        named = name in categories or _are_names(attributes, name, series, numbers)
        counts = Counter(texts) if named else Counter[str]()
        kinds = sorted(counts)
        codes.append(tuple(code_of(kind) for kind in kinds))
        shares.append(tuple(counts[kind] / len(texts) for kind in kinds))
        varies = not named and len(set(texts)) > 1
        means.append(float(numbers.mean()) if varies else 0.0)
        spreads.append(float(numbers.std()) if varies else _UNHEEDED)
    return replace(
        facts,
        attribute_mean=tuple(means),
        attribute_spread=tuple(spreads),
        attribute_codes=tuple(codes),
        attribute_shares=tuple(shares),
    )


def _are_names(
    attributes: Attributes, name: str, series: list[str], numbers: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> bool:
    """Whether none of what the series say is a number."""
    words = int(np.isnan(numbers).sum())
    if words in (0, len(numbers)):
        return words > 0
    said = list(zip(series, attributes.texts(series, name), strict=True))
    told = {own: text for own, text in said if text is not None}
    word = next((own, text) for own, text in told.items() if np.isnan(number_of(text)))
    number = next((own, text) for own, text in told.items() if not np.isnan(number_of(text)))
    raise DataRejected(
        f"'{name}' is a number of each series, or a name of each",
        f"series '{word[0]}' has '{word[1]}', series '{number[0]}' has {number[1]}",
        f"Correct it, empty it, or name '{name}' in source.columns.categories",
        series=word[0],
    )
