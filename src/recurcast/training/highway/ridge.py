"""The highway in closed form: one ridge regression per step ahead, masked targets left out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_TINY = 1e-30


def ridge(inputs: Floats, targets: Floats, penalties: Sequence[float]) -> NDArray[np.float32]:
    """Return the weights `(n_penalties, n_kinds, n_inputs, horizon)` for targets `(n_kinds, n_windows, horizon)`.

    (X'X + penalty mean(diag X'X) I) w = X'r over the windows whose target is known (Hoerl & Kennard 1970); both come
    weighted already, NaN where a target is not known.
    """
    known = ~np.isnan(targets[0])
    everything = inputs.T @ inputs
    moments = inputs.T @ np.where(known, targets, np.float32(0))
    weights = np.empty((len(penalties), len(targets), inputs.shape[1], targets.shape[2]), np.float32)
    diagonal = np.diag_indices(inputs.shape[1])
    for ahead in range(targets.shape[2]):
        missing = inputs[~known[:, ahead]]
        product = (everything - missing.T @ missing).astype(np.float64)
        size = max(float(product[diagonal].mean()), _TINY)
        for number, penalty in enumerate(penalties):
            penalised = product.copy()
            penalised[diagonal] += penalty * size
            weights[number, :, :, ahead] = np.linalg.solve(penalised, moments[:, :, ahead].T).T
    return weights
