"""The weights of an autoregression, as a moving average of what drives it."""

import numpy as np
from numpy.typing import NDArray

_MOST_WEIGHTS = 10_000


_NEGLIGIBLE = 1e-9


def moving_average_weights(autoregression: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the psi weights of the moving average that stands for the autoregression, shape `(n_weights,)`.

    psi_0 = 1, psi_j = sum_i phi_i psi_{j-i} (Box and Jenkins 1970), cut where the norm of the rest is below 1e-9
    of the whole. Raises ValueError where the autoregression is not stationary, or so nearly not that it needs more
    than 10,000 weights.
    """
    received = f"received {list(autoregression)}"
    largest = np.abs(np.roots([1.0, *(-phi for phi in autoregression)])).max(initial=0.0)
    if largest >= 1:
        raise ValueError(
            f"autoregression is stationary: all roots of its characteristic polynomial lie inside the unit circle; "
            f"{received}, whose largest root is {largest:.6g}. Make the coefficients smaller"
        )
    weights = _psi_weights(autoregression, _MOST_WEIGHTS + 1 + len(autoregression))
    rest = np.cumsum(weights[::-1] ** 2)[::-1]
    needed = int(np.count_nonzero(rest > _NEGLIGIBLE**2 * rest[0]))
    if needed > _MOST_WEIGHTS:
        raise ValueError(
            f"autoregression is stationary, and forgets within {_MOST_WEIGHTS:,} steps; "
            f"{received}, whose largest root is {largest:.6g}. Make the coefficients smaller"
        )
    return weights[:needed]


def _psi_weights(autoregression: tuple[float, ...], count: int) -> NDArray[np.float64]:
    """The first `count` weights; plain loops, because the rounding of `sum` and `dot` varies with version and host."""
    recent = [1.0] + [0.0] * len(autoregression)
    weights = [1.0]
    while len(weights) < count:
        weight = 0.0
        for phi, earlier in zip(autoregression, recent, strict=False):
            weight += phi * earlier
        recent = [weight, *recent[:-1]]
        weights.append(weight)
    return np.array(weights)
