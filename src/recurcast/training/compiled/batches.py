"""How the loss of one batch becomes that of all batches: as a graph, as compiled chunks, or in halves of each batch."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from recurcast.environment import clear_programs, import_tensorflow

tf = import_tensorflow()

from tensorflow.python.framework import ops  # noqa: E402

from recurcast.training.compiled.places import Places, called_with  # noqa: E402
from recurcast.training.compiled.recipe import Recipe, Windows, gathered_windows  # noqa: E402

_NAMES = 20_000
"""More than the names that one program takes."""
tracing = Lock()

BatchLoss = Callable[[Windows, Any], Any]
"""From a batch of windows and their weights `(n_windows,)` to the weighted sum of their losses."""


def halves_of(windows: Windows, weights: Any) -> list[tuple[Windows, Any]]:
    """Return both halves of a batch of windows and of their weights."""
    *of_windows, floor = windows
    split = [tf.split(each, 2) for each in (*of_windows, weights)]
    return [((y, covariates, calendar, floor), own) for y, covariates, calendar, own in zip(*split, strict=True)]


def over_batches(recipe: Recipe, batch_loss: BatchLoss, batch: int | None) -> Any:
    """Return the sum of a loss over batches. Where the shapes of arrays are known, their gradients take fewer operations."""

    def over_batches(series: Any, starts: Any, weights: Any, n_batches: Any) -> Any:
        return _sum(
            n_batches, lambda number: batch_loss(gathered_windows(recipe, series, starts[number]), weights[number])
        )

    return tf.function(over_batches, input_signature=_signature(recipe, None, batch), autograph=False)


def over_chunks(recipe: Recipe, batch_loss: BatchLoss) -> Any:
    """Return the same for at most a chunk of batches, as one program; the series stay outside, their length varies."""

    def over_chunk(y: Any, covariates: Any, calendar: Any, floor: Any, weights: Any, n_batches: Any) -> Any:
        return _sum(
            n_batches,
            lambda number: batch_loss((y[number], covariates[number], calendar[number], floor), weights[number]),
        )

    program = tf.function(over_chunk, jit_compile=True, autograph=False)

    def gathered(series: Any, starts: Any, weights: Any, n_batches: Any) -> Any:
        return program(*gathered_windows(recipe, series, starts), weights, n_batches)

    signature = _signature(recipe, recipe.chunk, recipe.batch_size)
    return tf.function(gathered, input_signature=signature, autograph=False)


def as_graph(recipe: Recipe, batch_loss: BatchLoss, batch: int | None) -> Callable[..., Any]:
    """Return it as a graph that runs in one thread: handing small operations from thread to thread takes longer than they do."""
    traced = over_batches(recipe, batch_loss, batch)
    ready: list[Any] = []

    def call(places: Places, *arguments: Any) -> Any:
        with tf.experimental.function_executor_type("SINGLE_THREADED_EXECUTOR"):
            if not ready:
                ready.append(traced.get_concrete_function())
            return called_with(places, ready[0], arguments)

    return call


def as_compiled(traced: Callable[[], Any]) -> Callable[..., Any]:
    """Return it with parts that XLA finds again in the next process; a call says first where its variables are."""
    _advance_names()
    ready = [traced().get_concrete_function()]

    def call(places: Places, *arguments: Any) -> Any:
        try:
            return called_with(places, ready[-1], arguments)
        except tf.errors.OpError:
            # A damaged file of the cache fails before anything has run, and TensorFlow remembers it for that function.
            # Another thread may have met one too, and cleared the cache already.
            if len(ready) > 1:
                raise
            clear_programs()
            with tracing:
                ready.append(traced().get_concrete_function())
            return called_with(places, ready[-1], arguments)

    return call


def _advance_names() -> None:
    """Count on to the next multiple of `_NAMES`.

    TensorFlow numbers whatever it makes in a process, the numbers stand in the names of a program's parts, and XLA
    finds a program of another process by them. So a program must not depend on what little was made before.
    """
    while ops.uid() % _NAMES:
        pass


def _signature(recipe: Recipe, n_batches: int | None, batch: int | None) -> list[Any]:
    series = (
        tf.TensorSpec((None,), tf.float64, "y"),
        tf.TensorSpec((None, recipe.covariates), tf.float32, "covariates"),
        tf.TensorSpec((None, recipe.calendar), tf.float32, "calendar"),
        tf.TensorSpec((), tf.float64, "spread_floor"),
    )
    batches = tf.TensorSpec((n_batches, batch), tf.int64), tf.TensorSpec((n_batches, batch), tf.float32)
    return [series, *batches, tf.TensorSpec((), tf.int32)]


def _sum(n_batches: Any, loss_of: Callable[[Any], Any]) -> Any:
    def body(number: Any, total: Any) -> tuple[Any, Any]:
        return number + 1, total + loss_of(number)

    return tf.while_loop(lambda number, _: number < n_batches, body, (tf.constant(0), tf.constant(0.0)))[1]
