"""Fit the network with a ridge highway: a number of steps by rule, one size of batch, no early stopping."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
from recurcast.training.compiled.places import places_of  # noqa: E402
from recurcast.training.fit import Epoch  # noqa: E402
from recurcast.training.highway.lesson import BATCH, CHUNK  # noqa: E402
from recurcast.training.highway.network import HighwayCore, highway_core  # noqa: E402
from recurcast.training.highway.plan import PIECES, Plan  # noqa: E402
from recurcast.training.together import Fitting  # noqa: E402

_STEP_SIZE = 4e-3
_WARM_UP = 50


@dataclass(frozen=True)
class Course:
    """The layers of one seed, and how their losses fell."""

    core: HighwayCore
    epochs: tuple[Epoch, ...]


def fit_highway(cell: Cell, config: NetworkConfig, plan: Plan, seed: int) -> Fitting[Epoch, Course]:
    """Return the fit of one seed, before its first step: it begins as the ridge, and tells of a twelfth of the steps each.

    Losses are half MASE, half sMAPE, in the network's scale.
    """
    core = highway_core(cell, config, plan.facts, seed)
    core.highway.kernel.assign(plan.ridge)
    with tracing:
        program = _program(cell, config, _shapes(plan.facts), plan.batch)
    return _fitting(program, core, plan, seed)


def _fitting(program: "_Program", core: HighwayCore, plan: Plan, seed: int) -> Fitting[Epoch, Course]:
    order = _batches(len(plan.lesson), plan.steps, plan.batch, seed)
    sizes = np.array([_step_size(step, plan.steps) for step in range(plan.steps)], np.float32)
    state = [tf.Variable(value) for value in program.initial]
    places = places_of([*program.core.variables, *_variables(program.optimizers)], [*core.variables, *state])
    told: list[Epoch] = []
    for chunks in np.array_split(np.arange(0, plan.steps, CHUNK), min(PIECES, plan.steps // CHUNK)):
        losses = [
            program.train(places, *plan.lesson.batches(order[first : first + CHUNK]), sizes[first : first + CHUNK])
            for first in chunks
        ]
        validation = float(program.validate(places, *plan.held_out.chunk()))
        told.append(Epoch(len(told) + 1, float(np.mean(losses)) / CHUNK, validation))
        yield told[-1]
        if not np.isfinite(told[-1].train):
            break
    return Course(core, tuple(told))


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


def _variables(optimizers: tuple[Any, Any]) -> list[Any]:
    return [variable for optimizer in optimizers for variable in optimizer.variables]


@lru_cache(8)
def _program(cell: Cell, config: NetworkConfig, facts: Highway, batch: int) -> _Program:
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
