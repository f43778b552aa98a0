"""Fit the network with a ridge highway: a number of steps by rule, one size of batch, no early stopping."""

import math
from collections.abc import Callable, Sequence
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
from recurcast.training.compiled.cells import covers, recurrence_of  # noqa: E402
from recurcast.training.fit import Epoch  # noqa: E402
from recurcast.training.highway.lesson import BATCH, CHUNK  # noqa: E402
from recurcast.training.highway.network import HighwayCore, highway_core  # noqa: E402
from recurcast.training.highway.plan import PIECES, Plan  # noqa: E402

_STEP_SIZE = 4e-3
_WARM_UP = 50


def fit_highway(
    cell: Cell,
    config: NetworkConfig,
    plan: Plan,
    seed: int,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    slot: int = 0,
) -> tuple[HighwayCore, tuple[Epoch, ...]]:
    """Return the layers of one seed, which begin as the ridge, and how their losses fell: a twelfth of the steps each.

    Losses are half MASE, half sMAPE, in the network's scale. Fits of one cell that run at the same time have a `slot` each:
    a program has one set of variables.
    """
    core = highway_core(cell, config, plan.facts, seed)
    core.highway.kernel.assign(plan.ridge)
    order = _batches(len(plan.lesson), plan.steps, plan.batch, seed)
    sizes = np.array([_step_size(step, plan.steps) for step in range(plan.steps)], np.float32)
    told: list[Epoch] = []
    with tracing:
        program = _program(cell, config, _shapes(plan.facts), plan.batch, slot)
    with program.lock:
        program.start_from(core)
        for chunks in np.array_split(np.arange(0, plan.steps, CHUNK), min(PIECES, plan.steps // CHUNK)):
            losses = [
                program.train(*plan.lesson.batches(order[first : first + CHUNK]), sizes[first : first + CHUNK])
                for first in chunks
            ]
            validation = float(program.validate(*plan.held_out.chunk()))
            told.append(Epoch(len(told) + 1, float(np.mean(losses)) / CHUNK, validation))
            on_epoch(told[-1])
            if not np.isfinite(told[-1].train):
                break
        core.set_weights(program.core.get_weights())
    return core, tuple(told)


def _batches(n_windows: int, steps: int, size: int, seed: int) -> NDArray[np.int64]:
    """Rows of each batch, shape `(steps, size)`: permutations one after the other."""
    random = np.random.default_rng([seed, 1])
    passes = -(-steps * size // n_windows)
    order = np.concatenate([random.permutation(n_windows) for _ in range(passes)])
    return order[: steps * size].reshape(steps, size)


def _step_size(step: int, steps: int) -> float:
    """Linear warm-up times cosine to zero."""
    return _STEP_SIZE * min(1.0, (step + 1) / _WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2


def _shapes(facts: Highway) -> Highway:
    """The facts that a program depends on."""
    sizes = facts.season, facts.horizon, facts.lookback, facts.reach, facts.patch
    beside = (0.0,) * facts.beside
    named = tuple((0.0,) * len(codes) for codes in facts.attribute_codes)
    return Highway(
        *sizes,
        year=facts.year,
        recalled=facts.recalled,
        drivers=facts.drivers,
        driver_mean=beside,
        attribute_codes=named,
    )


@dataclass(frozen=True)
class _Program:
    core: HighwayCore
    optimizers: tuple[Any, Any]
    initial: list[NDArray[Any]]
    train: Callable[..., Any]
    validate: Callable[..., Any]
    lock: Lock = field(default_factory=Lock)

    def start_from(self, core: HighwayCore) -> None:
        for variable, value in zip(self.core.variables, core.variables, strict=True):
            variable.assign(value)
        for variable, value in zip(_variables(self.optimizers), self.initial, strict=True):
            variable.assign(value)


def _variables(optimizers: tuple[Any, Any]) -> list[Any]:
    return [variable for optimizer in optimizers for variable in optimizer.variables]


@lru_cache(8)
def _program(cell: Cell, config: NetworkConfig, facts: Highway, batch: int, slot: int) -> _Program:
    del slot  # a program of its own for each
    core = highway_core(cell, config, facts, seed=0)
    halved, whole = (keras.optimizers.Adam() for _ in range(2))
    halved.build(core.weights[:1])
    whole.build(core.weights[1:])
    call = recurrence_of(cell, config)

    def loss_of(batch: Sequence[Any], **phase: bool) -> Any:
        z, known, static, anchor, targets, weights, *beside = batch
        base, correction = core(facts, z, known, static, beside, call, **phase)
        missed = tf.reduce_sum(weights * tf.abs(targets - anchor - base - correction))
        return missed / tf.maximum(tf.reduce_sum(tf.cast(weights > 0, tf.float32)), 1.0)

    def step(batch: Sequence[Any], step_size: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(batch, training=True)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, core.weights), 1.0)
        halved.learning_rate.assign(step_size / 2)
        whole.learning_rate.assign(step_size)
        halved.apply(gradients[:1], core.weights[:1])
        whole.apply(gradients[1:], core.weights[1:])
        return loss

    def over_chunk(*arguments: Any) -> Any:
        *arrays, step_sizes = arguments

        def body(number: Any, total: Any) -> tuple[Any, Any]:
            return number + 1, total + step([each[number] for each in arrays], step_sizes[number])

        return tf.while_loop(lambda number, _: number < CHUNK, body, (tf.constant(0), tf.constant(0.0)))[1]

    def validation(*arrays: Any) -> Any:
        return loss_of(arrays, training=False)

    shapes: list[tuple[int, ...]] = [(facts.inputs,), (facts.patches,), (1,), *[(facts.horizon,)] * 3]
    if facts.beside:
        shapes += [(facts.horizon, 2 * facts.drivers), (facts.patches, facts.beside)]
    if facts.said:
        shapes.append((facts.said,))
    batches = [tf.TensorSpec((CHUNK, batch, *shape), tf.float32) for shape in shapes]
    together = [tf.TensorSpec((CHUNK * BATCH, *shape), tf.float32) for shape in shapes]
    sizes = tf.TensorSpec((CHUNK,), tf.float32)
    optimizers = (halved, whole)
    initial = [variable.numpy() for variable in _variables(optimizers)]
    jit = covers(cell, config)

    def program(function: Callable[..., Any], signature: list[Any]) -> Callable[..., Any]:
        return as_compiled(lambda: tf.function(function, jit_compile=jit, autograph=False, input_signature=signature))

    return _Program(core, optimizers, initial, program(over_chunk, [*batches, sizes]), program(validation, together))
