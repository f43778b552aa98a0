"""The door to keras: the network with a ridge highway, one part for each seed, their median the forecast.

    window (reach,) -> log, fill, level, spread -> z (lookback,), share known of each patch
      z -> highway (from the ridge) ---------------------------------------+
      patches of asinh(z) and shares -> recurrent layers -> dense (from 0) -+-> + anchor -> median -> back to y

Only built-in keras operations, so that an artifact loads anywhere. What happens before and after the weights is that of
`forecasting.portable.highway`, which says it in numpy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402
from keras import ops  # noqa: E402

from recurcast.config import Cell, NetworkConfig  # noqa: E402
from recurcast.forecasting.portable.highway import LEAST, Highway, anchored  # noqa: E402
from recurcast.series.attributes import FORMS  # noqa: E402
from recurcast.training.bodies import Body, body_of, called, weights_of  # noqa: E402
from recurcast.training.highway.beside import beside_in, said_in  # noqa: E402

HIDDEN = 64
"""Units of the layer that joins drivers and state."""
_EMBEDDED = 8
"""Units of the layer that embeds what a series says of itself."""


@dataclass(frozen=True)
class HighwayCore:
    """The layers that are fitted, of one seed."""

    highway: Any
    body: Body | None
    """None where the highway forecasts alone."""
    correction: Any
    """None without a body."""
    drivers: tuple[Any, ...] = ()
    """Of drivers, of the state, and of what both give, one step ahead like the other; none where nothing is known ahead."""
    attributes: tuple[Any, ...] = ()
    """The layer that embeds what a series says of itself; none where nothing is said."""

    def __call__(
        self,
        facts: Highway,
        z: Any,
        known: Any,
        static: Any,
        beside: Sequence[Any] = (),
        recurrence: Callable[..., Any] = called,
        **phase: bool,
    ) -> tuple[Any, Any]:
        """Return what highway and drivers, and what the recurrence, add to the anchor, both `(n_windows, horizon)`."""
        said = [layer(beside[-1]) for layer in self.attributes]
        seen, base = ops.concatenate([static, *said], axis=-1) if said else static, self.highway(z)
        if self.body is not None:
            patches = ops.reshape(ops.arcsinh(z[:, facts.recurrent]), (-1, facts.patches, facts.patch))
            past = beside[1:2] if facts.beside else ()
            repeated = [ops.repeat(own[:, None, :], facts.patches, axis=1) for own in said]
            features = ops.concatenate([patches, known[:, :, None], *past, *repeated], axis=-1)
            seen = ops.concatenate([self.body(features, recurrence, **phase), seen], axis=-1)
        if self.drivers:
            of_drivers, of_state, joined = self.drivers
            hidden = ops.tanh(of_drivers(beside[0]) + of_state(seen)[:, None, :])
            base = base + joined(hidden)[:, :, 0]
        return base, ops.zeros_like(base) if self.body is None else self.correction(seen)

    @property
    def layers(self) -> tuple[Any, ...]:
        """Return all layers."""
        of_body = () if self.body is None else (*self.body.layers, self.correction)
        return (self.highway, *of_body, *self.drivers, *self.attributes)

    @property
    def variables(self) -> list[Any]:
        """Return all that a step of training changes."""
        return [variable for layer in self.layers for variable in layer.variables]

    @property
    def names(self) -> list[str]:
        """Return what the weights are called outside of keras, such as `layer_0.kernel`, in their order."""
        of_body = [] if self.body is None else [*self.body.names, "correction.kernel", "correction.bias"]
        of_drivers = ["drivers.kernel", "drivers.bias", "drivers.state", "drivers.output"] if self.drivers else []
        said = ["attributes.kernel", "attributes.bias"] if self.attributes else []
        return ["highway.kernel", *of_body, *of_drivers, *said]

    @property
    def weights(self) -> list[Any]:
        """Return what the optimizers change: the highway's kernel first."""
        return weights_of(self.layers)

    def get_weights(self) -> list[NDArray[np.float32]]:
        """Return a copy of the weights."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, values: Sequence[NDArray[np.float32]]) -> None:
        """Put the values of another core of these sizes in place."""
        for variable, value in zip(self.weights, values, strict=True):
            variable.assign(value)


def highway_core(cell: Cell, config: NetworkConfig, facts: Highway, seed: int, part: int = 0) -> HighwayCore:
    """Return built layers; those of the body drawn from the seed, the others zero.

    A body without layers has nothing to correct with: the highway forecasts alone, with the drivers where there are any.
    """
    own, _ = body_of(cell, config, facts.patches, seed, suffix=f"_of_{part}")
    body = own if own.layers else None
    correction = keras.layers.Dense(facts.horizon, kernel_initializer="zeros", name=f"correction_{part}")
    core = HighwayCore(
        keras.layers.Dense(facts.horizon, use_bias=False, kernel_initializer="zeros", name=f"highway_{part}"),
        body,
        None if body is None else correction,
        _driver_layers(seed, part) if facts.drivers else (),
        _attribute_layers(seed, part) if facts.said and (body is not None or facts.drivers) else (),
    )
    beside = (*(_beside_of_shape(facts) if facts.beside else ()), *([ops.zeros((1, facts.said))] if facts.said else []))
    core(facts, ops.zeros((1, facts.inputs)), ops.zeros((1, facts.patches)), ops.zeros((1, 1)), beside, _built)
    return core


def _built(layer: Any, state: Any, **_: bool) -> Any:
    """Zeros in the shape of what a recurrent layer makes of the state, once it is built: keras would compute step by step."""
    shape = tuple(state.shape)
    layer.build(shape)
    return ops.zeros(layer.compute_output_shape(shape))


def _driver_layers(seed: int, part: int) -> tuple[Any, ...]:
    """One hidden layer for every step ahead, drawn from the seed, and its output, which is zero before the first step."""
    seeds = np.random.SeedSequence([seed, 3]).generate_state(2) >> np.uint32(1)
    first, second = (keras.initializers.GlorotUniform(int(each)) for each in seeds)
    return (
        keras.layers.Dense(HIDDEN, kernel_initializer=first, name=f"drivers_{part}"),
        keras.layers.Dense(HIDDEN, use_bias=False, kernel_initializer=second, name=f"drivers_state_{part}"),
        keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name=f"drivers_output_{part}"),
    )


def _attribute_layers(seed: int, part: int) -> tuple[Any, ...]:
    own = keras.initializers.GlorotUniform(int(np.random.SeedSequence([seed, 4]).generate_state(1)[0] >> np.uint32(1)))
    return (keras.layers.Dense(_EMBEDDED, activation="tanh", kernel_initializer=own, name=f"attributes_{part}"),)


def _beside_of_shape(facts: Highway) -> tuple[Any, Any]:
    return ops.zeros((1, facts.horizon, 2 * facts.drivers)), ops.zeros((1, facts.patches, facts.beside))


def highway_forecaster(name: str, facts: Highway, cores: Sequence[HighwayCore]) -> Any:
    """Return the `keras.Model` of windows `(n_windows, reach, 1 + n_covariates)` to the median of the cores' forecasts.

    In series units. Where a calendar, or anything else, is known ahead it has a second input, `calendar`.
    """
    window = keras.Input((facts.reach, 1 + facts.beside - facts.drivers), dtype="float64", name="window")
    inputs: dict[str, Any] = {"window": window}
    columns = facts.drivers + FORMS * len(facts.attribute_codes)
    if columns:
        inputs["calendar"] = keras.Input((facts.reach + facts.horizon, columns), dtype="float64", name="calendar")
    z, known, anchor, static, level, spread = _prepared(facts, window[:, :, 0])
    beside = beside_in(facts, inputs.get("calendar"), window[:, :, 1:]) if facts.beside else ()
    if facts.said:
        beside = (*beside, said_in(facts, inputs["calendar"][:, -1, facts.drivers :]))
    outputs = []
    for core in cores:
        base, correction = core(
            facts, ops.cast(z, "float32"), ops.cast(known, "float32"), ops.cast(static, "float32"), beside
        )
        outputs.append(ops.cast(base + facts.share * correction, "float64"))
    middle = outputs[0] if len(outputs) == 1 else ops.median(ops.stack(outputs), axis=0)
    values = level + spread * (anchor + middle)
    y = ops.exp(values) - facts.offset if facts.log else values
    taken = inputs if columns else window
    return keras.Model(taken, ops.maximum(y, 0.0) if facts.at_least_zero else y, name=name)


def _prepared(facts: Highway, window: Any) -> tuple[Any, Any, Any, Any, Any, Any]:
    known = ops.logical_not(ops.isnan(window))
    y = ops.where(known, window, 0.0)
    x = ops.log(ops.maximum(y + facts.offset, facts.smallest)) if facts.log else y
    counts = _sum_of(known)
    filled = _filled(facts, ops.where(known, x, 0.0), known, counts)
    level = ops.mean(filled[:, -facts.season :], axis=1, keepdims=True)
    size = ops.ones_like(level)
    if not facts.log:
        size = ops.sum(ops.abs(y), axis=1, keepdims=True) / ops.maximum(counts, 1.0)
        size = ops.where(size > 0, size, 1.0)
    pairs = ops.logical_and(known[:, facts.season :], known[:, : -facts.season])
    change = ops.where(pairs, ops.abs(x[:, facts.season :] - x[:, : -facts.season]), 0.0)
    spread = ops.sum(change, axis=1, keepdims=True) + facts.season * facts.noise * size
    spread = ops.maximum(spread / (_sum_of(pairs) + facts.season), LEAST * size)
    scaled = (filled - level) / spread
    z, anchor = scaled[:, -facts.lookback :], ops.take(scaled, anchored(facts), axis=1)
    static = (ops.log(spread / size) - facts.noise_mean) / facts.noise_spread
    recalled = ops.cast(known[:, -facts.lookback :][:, facts.recurrent], "float64")
    patches = ops.reshape(recalled, (-1, facts.patches, facts.patch))
    if facts.year:
        first = facts.reach - facts.year - 7
        year = filled[:, first : first + facts.yearly]
        z = ops.concatenate([z, (year - ops.mean(year[:, :7], axis=1, keepdims=True)) / spread], axis=1)
    return z, ops.mean(patches, axis=2), anchor, static, level, spread


def _filled(facts: Highway, filled: Any, there: Any, counts: Any) -> Any:
    mean = ops.sum(filled, axis=1, keepdims=True) / ops.maximum(counts, 1.0)
    for step in (1, -1):
        distance = facts.season
        while distance < facts.reach:
            kept = facts.reach - distance
            pads = [[0, 0], [distance, 0] if step > 0 else [0, distance]]
            cut = slice(None, kept) if step > 0 else slice(distance, None)
            value, found = ops.pad(filled[:, cut], pads), ops.pad(ops.cast(there[:, cut], "int32"), pads) > 0
            filled, there = ops.where(there, filled, value), ops.logical_or(there, found)
            distance *= 2
    return ops.where(there, filled, mean)


def _sum_of(flags: Any) -> Any:
    return ops.sum(ops.cast(flags, "float64"), axis=1, keepdims=True)
