"""How much of its attention a network gives to each token of its windows, in numpy alone."""

import numpy as np
from numpy.typing import NDArray

from .bodies import ATTENDING, Body
from .bundle import Bundle
from .layers import Floats
from .network import forecast_windows
from .patches import patch_of, tokens_of


def shares_of_tokens(
    bundle: Bundle, window: NDArray[np.float64], calendar: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return the shares `(n_windows, tokens)`, the oldest token first; of several seeds, whose median forecasts, the mean.

    `window` and `calendar` are those of `forecast_windows`; the bundle is of a cell in `ATTENDING`.
    """
    noted: list[list[Floats]] = []

    def noting(part: Bundle) -> Body:
        own: list[Floats] = []
        noted.append(own)

        def body(features: Floats) -> Floats:
            found = ATTENDING[part.kind](part, features)
            own.append(found.weights)
            return found.state

        return body

    forecast_windows(bundle, window, calendar, noting)
    shares = [np.concatenate(own, axis=1).T.astype(np.float64) for own in noted]
    return np.asarray(np.mean(shares, axis=0))


def steps_of_tokens(bundle: Bundle) -> tuple[int, ...]:
    """Return how many steps of a window each token holds, the oldest first; on a highway, of those that are recalled."""
    facts = bundle.highway
    steps, each = (bundle.lookback, 1) if facts is None else (facts.patches, facts.patch)
    patch, tokens = (1, steps) if bundle.kind == "attention" else (patch_of(steps), tokens_of(steps))
    return (each * (steps - (tokens - 1) * patch), *(each * patch,) * (tokens - 1))
