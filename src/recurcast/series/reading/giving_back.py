"""Memory that was freed, given back to the system: chunks leave pieces that allocators keep, as much as what is needed."""

import contextlib
import ctypes

import pyarrow as pa


def give_back() -> None:
    """Give freed memory back, as far as Arrow's allocator and the C library know how to."""
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)
