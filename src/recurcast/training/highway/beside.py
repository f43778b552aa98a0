"""The door to keras: what stands beside windows, as `forecasting.portable.beside` says it in numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

import_tensorflow()

from keras import ops  # noqa: E402

from recurcast.forecasting.portable.highway import Highway, anchored  # noqa: E402


def beside_in(facts: Highway, calendar: Any, covariates: Any) -> tuple[Any, Any]:
    """Return what `beside_of` does: of targets and anchors, and of patches."""
    n, mean, spread = facts.drivers, np.array(facts.driver_mean), np.array(facts.driver_spread)
    recalled = slice(facts.reach - facts.patches * facts.patch, facts.reach)
    past = covariates[:, recalled]
    if n:
        calendar = calendar[:, :, :n]
        targets, anchors = calendar[:, facts.reach :], ops.take(calendar, anchored(facts), axis=1)
        ahead, before = (_standardised(each, mean[:n], spread[:n]) for each in (targets, anchors))
        ahead = ops.concatenate([ahead, ahead - before], axis=2)
        past = ops.concatenate([calendar[:, recalled], past], axis=2)
    else:
        ahead = ops.zeros((1, 1, 1), "float64")
    past = _standardised(past, mean, spread)
    patches = ops.mean(ops.reshape(past, (-1, facts.patches, facts.patch, facts.beside)), axis=2)
    return ops.cast(ahead, "float32"), ops.cast(patches, "float32")


def said_in(facts: Highway, attributes: Any) -> Any:
    """Return what `said_of` does, from numbers and codes."""
    columns = []
    for place, (codes, shares) in enumerate(zip(facts.attribute_codes, facts.attribute_shares, strict=True)):
        number, code = (attributes[:, each : each + 1] for each in (2 * place, 2 * place + 1))
        if codes:
            own = ops.equal(code, np.array(codes))
            known = ops.any(own, axis=1, keepdims=True)
            columns.append(ops.where(known, ops.cast(own, "float64"), np.array(shares)))
        else:
            mean, spread = np.array(facts.attribute_mean[place]), np.array(facts.attribute_spread[place])
            columns.append(_standardised(number, mean, spread))
    return ops.cast(ops.concatenate(columns, axis=1), "float32")


def _standardised(values: Any, mean: NDArray[np.float64], spread: NDArray[np.float64]) -> Any:
    return ops.where(ops.isnan(values), 0.0, (values - mean) / spread)
