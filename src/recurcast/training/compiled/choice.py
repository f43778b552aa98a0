"""Whether a fit is compiled: fixed by its sizes, so that the same fit always runs the same program."""

from typing import Literal

from recurcast.config import NetworkConfig, TrainingConfig

Program = Literal["compiled", "halves", "graph"]

_STEPS_THAT_PAY = 20_000
"""Steps in time, over all batches and epochs, whose saving is what the compiler takes (docs/performance.md)."""
_PRODUCT_THAT_PAYS = 2**20
"""Multiplications of one gate in one step, from which a half of the batch keeps a core busy."""


def program_for(
    network: NetworkConfig, settings: TrainingConfig, lookback: int, n_windows: int, *, draws: bool, at_once: int = 1
) -> Program:
    """Return what a fit of these sizes runs: `graph` where compiling takes longer than it saves.

    A step of a plain graph costs its operations' dispatch, whatever their size, and that is what compiling saves.
    Windows that don't fill a batch run as a graph: a compiled program has one size of batch. Batches are halved where
    their products are large, unless the layers draw masks (`draws`), which two halves can't do at once. `at_once` says
    how many times larger they are where there is no loop.
    """
    batch = settings.batch_size
    batches = -(-n_windows // batch)
    if n_windows < batch or settings.epochs * batches * lookback * network.layers < _STEPS_THAT_PAY:
        return "graph"
    large = batch * network.units**2 * at_once >= _PRODUCT_THAT_PAYS
    return "halves" if large and batch % 2 == 0 and not draws else "compiled"


def threads_for(program: Program, fits: int, processors: int) -> int:
    """Return how many threads should share TensorFlow's operations, where so many fits may be under way at once.

    Two halves need one each. Compiled programs run on these threads, whoever calls them: on one they would wait for each
    other, while a single fit is slower on several. Graphs run in the thread that calls them.
    """
    if program == "graph":
        return 1
    return max(2 if program == "halves" else 1, min(fits, processors))
