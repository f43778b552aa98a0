"""Seconds and memory of a stage within its process. Linux: the kernel's own high-water mark, proc(5), clear_refs."""

import ctypes
import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_Value = TypeVar("_Value")


def measured(stage: Callable[[], _Value]) -> tuple[_Value, float, float]:
    """Return a stage's value, its seconds, and the highest resident memory in MB meanwhile.

    It is the process's real memory: whatever pandas, Arrow, numpy or TensorFlow allocate counts.
    """
    settle()
    begin = time.perf_counter()
    value = stage()
    seconds = time.perf_counter() - begin
    return value, seconds, _status("VmHWM")


def settle() -> float:
    """Give freed memory back, reset the high-water mark and return what is resident, in MB."""
    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(entry: str) -> float:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[entry].split()[0]) / 1024
