"""How many threads share TensorFlow's operations: the last bits hang on it, and a process can be asked for it once."""

import os
import sys

from recurcast.environment import THREADS


def shares_operations(threads: int) -> bool:
    """Let so many threads share TensorFlow's operations, whoever said otherwise; return false where it has asked already."""
    if THREADS not in os.environ or "tensorflow" not in sys.modules:
        os.environ[THREADS] = str(threads)
    return os.environ.get(THREADS) == str(threads)


def stated_threads() -> int | None:
    """Return how many threads share an operation of this process, where that has been said already."""
    said = os.environ.get(THREADS, "")
    return int(said) if said.isdecimal() else None
