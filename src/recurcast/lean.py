"""Processes that run no code but ours: they do without what a library imports only because it is there."""

import contextlib
import sys
from collections.abc import Iterator

_UNUSED = ("sklearn", "matplotlib.pyplot")
"""What keras' wrappers for scikit-learn and its galleries want, and are ready to miss: 0.8 s of 3."""
_lean = False


def be_lean() -> None:
    """Say that this process runs no code but ours."""
    global _lean
    _lean = True


def is_lean() -> bool:
    """Return whether this process runs no code but ours."""
    return _lean


@contextlib.contextmanager
def without_unused() -> Iterator[None]:
    """Let keras be imported inside, in a lean process without what it has no use for; what is imported already stays."""
    hidden = [name for name in _UNUSED if _lean and name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
