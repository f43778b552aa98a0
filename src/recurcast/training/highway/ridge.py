"""The highway in closed form: one ridge regression per step ahead, masked targets left out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float32]
_TINY = 1e-30
_FEW = 0.25
"""Masked windows, as a share of the inputs, up to which a factor is corrected and not made anew."""


@dataclass
class _Limit:
    """The limit in force while anybody asks for it."""

    askers: int = 0
    limits: Any = None
    lock: Lock = field(default_factory=Lock)


_limit = _Limit()


def ridge(inputs: Floats, targets: Floats, penalties: Sequence[float]) -> NDArray[np.float32]:
    """Return the weights `(n_penalties, n_kinds, n_inputs, horizon)` for targets `(n_kinds, n_windows, horizon)`.

    (X'X + penalty mean(diag X'X) I) w = X'r over the windows whose target is known (Hoerl & Kennard 1970), the penalty
    that of all windows; both come weighted already, NaN where a target is not known.
    """
    with one_blas_thread():
        return _ridge(inputs, targets, penalties)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep numpy's and scipy's products to the calling thread, until the last of those who ask for it has ended.

    Each brings a BLAS whose threads wait for work by spinning, and take the cores from each other (thirty times slower).
    """
    import scipy.linalg  # noqa: F401 - so that its BLAS is there to be limited

    with _limit.lock:
        if not _limit.askers:
            _limit.limits = threadpool_limits(1, user_api="blas")
        _limit.askers += 1
    try:
        yield
    finally:
        with _limit.lock:
            _limit.askers -= 1
            if not _limit.askers:
                _limit.limits.restore_original_limits()


def _ridge(inputs: Floats, targets: Floats, penalties: Sequence[float]) -> NDArray[np.float32]:
    known = ~np.isnan(targets[0])
    product = (inputs.T @ inputs).astype(np.float64)
    moments = (inputs.T @ np.where(known, targets, np.float32(0))).astype(np.float64)
    size = max(float(np.diagonal(product).mean()), _TINY)
    weights = np.empty((len(penalties), len(targets), inputs.shape[1], targets.shape[2]), np.float32)
    masked = [inputs[~known[:, ahead]].astype(np.float64) for ahead in range(targets.shape[2])]
    for number, penalty in enumerate(penalties):
        penalised = product.copy()
        penalised[np.diag_indices(len(product))] += penalty * size
        solve = _solver(penalised)
        for ahead, missing in enumerate(masked):
            right = moments[:, :, ahead].T
            if len(missing) <= _FEW * len(product):
                weights[number, :, :, ahead] = _without(solve, missing, right).T
            else:
                weights[number, :, :, ahead] = _solver(penalised - missing.T @ missing)(right).T
    return weights


def _solver(matrix: NDArray[np.float64]) -> Any:
    from scipy.linalg import cho_factor, cho_solve

    factor = cho_factor(matrix, lower=True, check_finite=False)
    return lambda right: cho_solve(factor, right, check_finite=False)


def _without(solve: Any, missing: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The solution without some rows of X: A - M'M is solved by the factor of A (Woodbury 1950)."""
    found = np.asarray(solve(right))
    if not len(missing):
        return found
    spread = solve(missing.T)
    inner = np.eye(len(missing)) - missing @ spread
    return np.asarray(found + spread @ np.linalg.solve(inner, missing @ found))
