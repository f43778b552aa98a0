"""Windows in series units to forecasts in series units, as `recurcast.training.networks` draws it, in numpy alone."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .baselines import BASELINES, baseline_forecasts
from .beside import beside_of, said_in
from .bodies import BODIES, Body, body_of
from .bundle import Bundle
from .highway import Highway, Prepared, prepare, restored, spread_in_units
from .layers import Floats

_BATCH = 256
"""Windows at a time: what a step works on stays in a processor's cache, and memory is bounded."""


def forecast_windows(
    bundle: Bundle,
    window: NDArray[np.float64],
    calendar: NDArray[np.float64] | None = None,
    made: Callable[[Bundle], Body] = body_of,
) -> NDArray[np.float64]:
    """Return forecasts in series units, shape `(n_windows, horizon)`; `made` gives the bodies, for whoever looks into them.

    `window` is `(n_windows, lookback, 1 + n_covariates)`, y first; `calendar` is
    `(n_windows, lookback + horizon, n_calendar)`, none without calendar features. Of these nothing is checked. Raises
    ValueError where the bundle is of a cell that is not computed here.
    """
    refuse_other_kinds(bundle)
    if bundle.kind in BASELINES:
        return baseline_forecasts(bundle.kind, window[:, :, 0], bundle.season, bundle.horizon)
    if bundle.highway is not None:
        return _by_highway(bundle, bundle.highway, window, calendar, made)
    body = made(bundle)
    forecasts = np.empty((len(window), bundle.horizon))
    # A network that diverged forecasts infinity, as in keras.
    with _one_thread(), np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(window), _BATCH):
            chosen = slice(first, first + _BATCH)
            ahead = None if calendar is None else calendar[chosen]
            forecasts[chosen] = _forecast(bundle, body, window[chosen], ahead)
    return forecasts


def needs_keras(bundle: Bundle) -> bool:
    """Return whether nothing here computes what the bundle is of: its network itself must forecast."""
    return bundle.kind not in (*BASELINES, *BODIES)


def refuse_other_kinds(bundle: Bundle) -> None:
    """Raise ValueError where the bundle is of a cell that is not computed here."""
    if needs_keras(bundle):
        raise ValueError(
            f"without TensorFlow forecast {', '.join((*BODIES, *BASELINES))}; the bundle of '{bundle.pipeline}' is of the "
            f"cell '{bundle.kind}'. Its network forecasts, by keras."
        )


def spreads(bundle: Bundle, window: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each window's y is divided by, in series units, shape `(n_windows,)`; 1 where nothing is scaled."""
    if bundle.highway is not None:
        return spread_in_units(bundle.highway, prepare(bundle.highway, window[:, :, 0]))
    return _level_and_spread(bundle, window[:, :, 0])[1][:, 0]


def _one_thread() -> AbstractContextManager[Any]:
    """Keep the products on one thread where threadpoolctl is there to do it.

    They are too small to share out: a second thread gains next to nothing, and on a busy machine each product waits for
    it, which made forecasts twenty times slower.
    """
    controller = _thread_pools()
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")


@cache
def _thread_pools() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


def _level_and_spread(bundle: Bundle, y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each window, the latter at least the floor, both `(n_windows, 1)`."""
    if bundle.scale == "none":
        return np.zeros((len(y), 1)), np.ones((len(y), 1))
    if bundle.gaps and np.isnan(y).any():
        spread = np.nanstd(y, axis=1, keepdims=True)
        return np.nanmean(y, axis=1, keepdims=True), np.maximum(spread, bundle.spread_floor)
    level = y.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.square(y - level).mean(axis=1, keepdims=True))
    return level, np.maximum(spread, bundle.spread_floor)


def _forecast(
    bundle: Bundle, body: Body, window: NDArray[np.float64], calendar: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    y = window[:, :, 0]
    level, spread = _level_and_spread(bundle, y)
    features = [((y - level) / spread)[:, :, None]]
    if bundle.covariates:
        features.append((window[:, :, 1:] - bundle.weights["covariates.mean"]) / bundle.weights["covariates.scale"])
    ahead = np.zeros((0, len(y)), np.float32)
    if calendar is not None and bundle.calendar:
        features.append(calendar[:, : bundle.lookback])
        ahead = calendar[:, bundle.lookback :].reshape(len(y), -1).T.astype(np.float32)
    state = body(_on_its_side(features))
    kernel, bias = bundle.weights["output.kernel"], bundle.weights["output.bias"]
    output = kernel.T @ np.concatenate([state, ahead]) + bias[:, None]
    return level + spread * output.T.astype(np.float64)


def _by_highway(
    bundle: Bundle,
    facts: Highway,
    window: NDArray[np.float64],
    calendar: NDArray[np.float64] | None,
    made: Callable[[Bundle], Body],
) -> NDArray[np.float64]:
    """The median of the parts' forecasts."""
    parts = [_part_of(bundle, number) for number in range(_number_of_parts(bundle))]
    bodies = [made(part) for part in parts]
    forecasts = np.empty((len(window), bundle.horizon))
    with _one_thread(), np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, len(window), _BATCH):
            some = slice(first, first + _BATCH)
            around = None if calendar is None else calendar[some]
            beside = beside_of(facts, around, window[some, :, 1:])
            each = prepare(facts, window[some, :, 0], beside, said_in(facts, around))
            outputs = [_output_of_part(part, body, facts, each) for part, body in zip(parts, bodies, strict=True)]
            output = np.median(np.stack(outputs).astype(np.float64), axis=0)
            forecasts[some] = restored(facts, each.level + each.spread * (each.anchor + output))
    return forecasts


def _number_of_parts(bundle: Bundle) -> int:
    return sum(name.endswith(".highway.kernel") for name in bundle.weights)


def _part_of(bundle: Bundle, number: int) -> Bundle:
    """The bundle with the weights of one part under the names that a network alone has."""
    own = f"{number}."
    weights = {name.removeprefix(own): value for name, value in bundle.weights.items() if name.startswith(own)}
    return replace(bundle, weights=weights)


def _output_of_part(part: Bundle, body: Body, facts: Highway, each: Prepared) -> Floats:
    z, weights = each.z.astype(np.float32), part.weights
    said = [] if each.said is None or "attributes.kernel" not in weights else [_said(weights, each.said)]
    seen = np.concatenate([each.static.T.astype(np.float32), *(own.T for own in said)])
    correction = np.zeros((1, 1), np.float32)
    if "correction.kernel" in weights:
        patches = np.arcsinh(z[:, facts.recurrent]).reshape(len(z), facts.patches, facts.patch)
        beside = [] if each.beside is None else [each.beside.past]
        repeated = [np.repeat(own[:, None, :], facts.patches, axis=1) for own in said]
        state = body(_on_its_side([patches, each.known[:, :, None], *beside, *repeated]))
        seen = np.concatenate([state, seen])
        correction = weights["correction.kernel"].T @ seen + weights["correction.bias"][:, None]
    base = z @ weights["highway.kernel"]
    if each.beside is not None and facts.drivers:
        of_state = (weights["drivers.state"].T @ seen + weights["drivers.bias"][:, None]).T
        hidden = np.tanh(each.beside.ahead.astype(np.float32) @ weights["drivers.kernel"] + of_state[:, None, :])
        base = base + (hidden @ weights["drivers.output"])[:, :, 0]
    return np.asarray(base + np.float32(facts.share) * correction.T)


def _said(weights: dict[str, NDArray[Any]], said: NDArray[Any]) -> Floats:
    return np.tanh(said.astype(np.float32) @ weights["attributes.kernel"] + weights["attributes.bias"])


def _on_its_side(features: list[NDArray[Any]]) -> Floats:
    """Features `(n_windows, lookback, ...)` side by side as float32, shape `(lookback, n_features, n_windows)`."""
    n_windows, lookback, _ = features[0].shape
    stacked = np.empty((lookback, sum(each.shape[2] for each in features), n_windows), np.float32)
    row = 0
    for each in features:
        stacked[:, row : row + each.shape[2]] = each.transpose(1, 2, 0)
        row += each.shape[2]
    return stacked
