"""What stands beside the windows of a highway network, in numpy alone: drivers, covariates, what series say of themselves."""

import numpy as np
from numpy.typing import NDArray

from .highway import Beside, Highway, anchored

Doubles = NDArray[np.float64]


def beside_of(facts: Highway, calendar: Doubles | None, covariates: Doubles) -> Beside | None:
    """Return what stands beside windows: drivers `(n_windows, reach + horizon, drivers)`, covariates `(n_windows, reach, ..)`."""
    if not facts.beside:
        return None
    steps = (len(covariates), facts.reach + facts.horizon, 0)
    drivers = np.zeros(steps) if calendar is None else calendar[:, :, : facts.drivers]
    recalled = slice(facts.reach - facts.patches * facts.patch, facts.reach)
    recent = np.concatenate([drivers[:, recalled], covariates[:, recalled]], axis=2)
    each = (drivers[:, facts.reach :], drivers[:, anchored(facts)], recent)
    return Beside.of(facts, *(standardised(facts, values) for values in each))


def said_in(facts: Highway, calendar: Doubles | None) -> Doubles | None:
    """Return what series say of themselves, from the last columns of what stands beside windows; none where nothing is."""
    if calendar is None or not facts.attribute_codes:
        return None
    return said_of(facts, calendar[:, -1, facts.drivers :])


def said_of(facts: Highway, attributes: Doubles) -> Doubles:
    """Return numbers and codes `(n, 2 * n_attributes)` as weights see them: standardised, 1 for the own name, `(n, said)`."""
    columns = []
    for place, (codes, shares) in enumerate(zip(facts.attribute_codes, facts.attribute_shares, strict=True)):
        number, code = attributes[:, 2 * place, None], attributes[:, 2 * place + 1, None]
        if codes:
            own = (code == np.array(codes)).astype(np.float64)
            columns.append(np.where(own.any(axis=1, keepdims=True), own, np.array(shares)))
        else:
            columns.append(np.nan_to_num((number - facts.attribute_mean[place]) / facts.attribute_spread[place]))
    return np.concatenate(columns, axis=1)


def strangers(facts: Highway, attributes: Doubles) -> dict[int, NDArray[np.int64]]:
    """Return by attribute which of some series say nothing, or what no series of the train part said; those alone that have any.

    `attributes` are numbers and codes, `(n_series, 2 * n_attributes)`.
    """
    found = {}
    for place, codes in enumerate(facts.attribute_codes):
        number, code = attributes[:, 2 * place], attributes[:, 2 * place + 1]
        unknown = ~np.isin(code, codes) if codes else np.isnan(number)
        if unknown.any():
            found[place] = np.flatnonzero(unknown)
    return found


def standardised(facts: Highway, values: Doubles) -> Doubles:
    """Return drivers, and covariates if they stand behind them, less their mean, in spreads; 0 where nothing is known."""
    n = values.shape[-1]
    return np.nan_to_num((values - np.array(facts.driver_mean[:n])) / np.array(facts.driver_spread[:n]))
