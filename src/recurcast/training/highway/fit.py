"""Fit the network with a ridge highway: a number of steps by rule, one size of batch, no early stopping."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402

from recurcast.config import Cell, NetworkConfig  # noqa: E402
from recurcast.forecasting.portable.highway import Highway  # noqa: E402
from recurcast.training.compiled.batches import as_compiled, tracing  # noqa: E402
from recurcast.training.compiled.cells import covers, recurrence  # noqa: E402
from recurcast.training.highway.choices import scaled_targets  # noqa: E402
from recurcast.training.highway.examples import Examples  # noqa: E402
from recurcast.training.highway.network import HighwayCore, highway_core  # noqa: E402
from recurcast.training.networks import called  # noqa: E402

BATCH = 256
_STEP_SIZE = 4e-3
_WARM_UP = 50
_FEWEST_STEPS, _MOST_STEPS = 60, 2400
_CHUNK = 10
"""Batches that a program takes at once; divides the fewest steps."""
_MOST_BYTES = 2**29

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Lesson:
    """Windows as the weights see them, with their targets: all that a fit needs."""

    z: Floats
    known: Floats
    static: Floats
    anchor: Floats
    targets: Floats
    """0 where not known."""
    weights: Floats
    """Of each target, 0 where it is not known, shape `(n_windows, horizon)`."""

    def __len__(self) -> int:
        return len(self.z)


def lesson_of(facts: Highway, some: Examples, seed: int) -> Lesson:
    """Return the windows as the weights see them, at most as many as half a gigabyte holds, drawn from the seed.

    A target weighs 0.5 + 0.5 r / mean r, r the window's relative spread: half MASE, half sMAPE.
    """
    steps = facts.lookback // facts.patch
    width = facts.inputs + steps + 1 + 3 * facts.horizon
    drawn = some.drawn(min(_MOST_BYTES // (4 * width), BATCH * _MOST_STEPS), seed)
    shapes = (facts.inputs, steps, 1, facts.horizon, facts.horizon, facts.horizon)
    z, known, static, anchor, targets, weights = (np.empty((len(drawn), each), np.float32) for each in shapes)
    relative = np.empty((len(drawn), 1))
    for chosen, each in prepared_of(facts, drawn):
        z[chosen], known[chosen], static[chosen], anchor[chosen] = each.z, each.known, each.static, each.anchor
        scaled = scaled_targets(facts, drawn.chosen(chosen).targets, each.level, each.spread)
        targets[chosen], weights[chosen] = np.nan_to_num(scaled), ~np.isnan(scaled)
        relative[chosen] = each.relative
    weights *= 0.5 + 0.5 * relative / relative.mean()
    return Lesson(z, known, static, anchor, targets, weights)


def steps_for(n_windows: int) -> int:
    """Return the steps of the optimizer for so many windows, a whole number of chunks."""
    steps = int(np.clip(4 * n_windows / BATCH, _FEWEST_STEPS, _MOST_STEPS))
    return -(-steps // _CHUNK) * _CHUNK


def fit_highway(
    cell: Cell,
    config: NetworkConfig,
    facts: Highway,
    ridge: Floats,
    lesson: Lesson,
    steps: int,
    seed: int,
    on_chunk: Callable[[int, float], None] = lambda step, loss: None,
) -> HighwayCore:
    """Return the layers of one seed after so many steps from the ridge's weights."""
    core = highway_core(cell, config, facts, seed)
    core.highway.kernel.assign(ridge)
    order = _batches(len(lesson), steps, seed)
    sizes = tuple(_step_size(step, steps) for step in range(steps))
    with tracing:
        program = _program(cell, config, _shapes(facts))
    with program.lock:
        program.start_from(core)
        for first in range(0, steps, _CHUNK):
            rows = order[first : first + _CHUNK]
            loss = program.train(
                *(tf.constant(each[rows]) for each in (lesson.z, lesson.known, lesson.static, lesson.anchor)),
                tf.constant(lesson.targets[rows]),
                tf.constant(lesson.weights[rows]),
                tf.constant(sizes[first : first + _CHUNK], tf.float32),
            )
            on_chunk(first + _CHUNK, float(loss) / _CHUNK)
        core.set_weights(program.core.get_weights())
    return core


def _batches(n_windows: int, steps: int, seed: int) -> NDArray[np.int64]:
    """Rows of each batch, shape `(steps, BATCH)`: permutations one after the other."""
    random = np.random.default_rng([seed, 1])
    passes = -(-steps * BATCH // n_windows)
    order = np.concatenate([random.permutation(n_windows) for _ in range(passes)])
    return order[: steps * BATCH].reshape(steps, BATCH)


def _step_size(step: int, steps: int) -> float:
    """Linear warm-up times cosine to zero."""
    return _STEP_SIZE * min(1.0, (step + 1) / _WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2


def _shapes(facts: Highway) -> Highway:
    """The facts that a program depends on."""
    return Highway(facts.season, facts.horizon, facts.lookback, facts.reach, facts.patch, year=facts.year)


@dataclass(frozen=True)
class _Program:
    core: HighwayCore
    optimizers: tuple[Any, Any]
    initial: list[NDArray[Any]]
    train: Callable[..., Any]
    lock: Lock = field(default_factory=Lock)

    def start_from(self, core: HighwayCore) -> None:
        for variable, value in zip(self.core.variables, core.variables, strict=True):
            variable.assign(value)
        for variable, value in zip(_variables(self.optimizers), self.initial, strict=True):
            variable.assign(value)


def _variables(optimizers: tuple[Any, Any]) -> list[Any]:
    return [variable for optimizer in optimizers for variable in optimizer.variables]


@lru_cache(8)
def _program(cell: Cell, config: NetworkConfig, facts: Highway) -> _Program:
    core = highway_core(cell, config, facts, seed=0)
    halved, whole = (keras.optimizers.Adam() for _ in range(2))
    halved.build(core.weights[:1])
    whole.build(core.weights[1:])
    call = recurrence(cell, config) if covers(cell, config) else called

    def step(batch: list[Any], step_size: Any) -> Any:
        z, known, static, anchor, targets, weights = batch
        with tf.GradientTape() as tape:
            base, correction = core(facts, z, known, static, call, training=True)
            loss = tf.reduce_sum(weights * tf.abs(targets - anchor - base - correction))
            loss = loss / tf.maximum(tf.reduce_sum(tf.cast(weights > 0, tf.float32)), 1.0)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, core.weights), 1.0)
        halved.learning_rate.assign(step_size / 2)
        whole.learning_rate.assign(step_size)
        halved.apply(gradients[:1], core.weights[:1])
        whole.apply(gradients[1:], core.weights[1:])
        return loss

    def chunk(*arguments: Any) -> Any:
        *arrays, step_sizes = arguments

        def body(number: Any, total: Any) -> tuple[Any, Any]:
            return number + 1, total + step([each[number] for each in arrays], step_sizes[number])

        return tf.while_loop(lambda number, _: number < _CHUNK, body, (tf.constant(0), tf.constant(0.0)))[1]

    widths = (facts.inputs,), (facts.lookback // facts.patch,), (1,), *[(facts.horizon,)] * 3
    signature = [tf.TensorSpec((_CHUNK, BATCH, *width), tf.float32) for width in widths]
    signature.append(tf.TensorSpec((_CHUNK,), tf.float32))
    optimizers = (halved, whole)
    initial = [variable.numpy() for variable in _variables(optimizers)]
    train = as_compiled(
        lambda: tf.function(chunk, jit_compile=bool(call is not called), autograph=False, input_signature=signature)
    )
    return _Program(core, optimizers, initial, train)


def prepared_of(facts: Highway, some: Examples) -> Any:
    """Yield windows as the weights see them, some thousands at a time."""
    from recurcast.forecasting.portable.highway import prepare

    for first in range(0, len(some), 4096):
        chosen = slice(first, first + 4096)
        yield chosen, prepare(facts, some.chosen(chosen).windows)
