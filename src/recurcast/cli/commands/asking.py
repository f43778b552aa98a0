"""A question to whoever sits at the terminal."""

import sys
from collections.abc import Callable

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}


def somebody_sits_there() -> bool:
    """Return whether a question would be seen and can be answered."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def agreed(question: str, explain: Callable[[], None]) -> bool:
    """Return whether the answer is yes; no answer is no, and `?` explains before it asks again."""
    while True:
        try:
            answer = input(f"{question} [y/N/?] ").strip().lower()
        except (EOFError, KeyboardInterrupt) as leaving:
            print()  # noqa: T201  # what follows begins on a line of its own
            if isinstance(leaving, EOFError):
                return False
            raise
        if answer in _ANSWERS:
            return _ANSWERS[answer]
        explain()
