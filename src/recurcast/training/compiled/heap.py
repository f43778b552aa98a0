"""What a batch leaves for its way back, kept by the C library from batch to batch.

glibc asks the system for every block of more than 32 MB and gives it back when it is freed; each batch then waits for its
pages to be cleared anew, up to a quarter of a fit. Heaps of threads hold no more than 64 MB, so all share the first, which grows.
"""

import contextlib
import ctypes
import os

from recurcast.config import CELLS, Cell, NetworkConfig

_MAPPED_ANEW = 2**25
"""Bytes from which glibc maps a block whatever was freed before."""
_MOST_KEPT = 2**30
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""As malloc.h numbers them."""


def bytes_of_batch(cell: Cell, network: NetworkConfig, lookback: int, windows: int) -> int:
    """Return about how many bytes a layer's way forward leaves for its way back: gates, memory and state of every step."""
    return 4 * lookback * windows * network.units * (CELLS[cell].products + 2)


def keep_between_batches(n_bytes: int) -> None:
    """Let the process keep what batches of so many bytes free, if they are large and the user has not told glibc otherwise.

    All of it only before TensorFlow has threads.
    """
    if n_bytes < _MAPPED_ANEW or any(name.startswith("MALLOC_") for name in os.environ):
        return
    with contextlib.suppress(AttributeError, OSError, TypeError):  # glibc alone has it
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _MOST_KEPT)
        library.mallopt(_TRIM_THRESHOLD, _MOST_KEPT)
        library.mallopt(_ARENA_MAX, 1)
