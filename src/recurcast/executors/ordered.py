"""Items for the workers of a cluster: some at a time, what comes of them in the items' order."""

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from typing import Any, TypeVar

from recurcast.executors.engine import Engine

T = TypeVar("T")
U = TypeVar("U")

_AHEAD = 2
"""Items for each that is carried out at a time: one is at hand when another ends."""
_calls = count()


@dataclass(frozen=True)
class _Asked:
    outcome: "Future[Any]"
    handle: Any


def in_order(
    engine: Engine,
    at_once: int,
    waiting: Callable[[], None],
    function: Callable[[T], U],
    items: Iterable[T],
    every: float,
) -> Iterator[U]:
    """Yield what the workers' function makes of each item; `waiting` is called `every` seconds, and may raise.

    Raises what a function raised, and Lost or Gone as the engine tells. What is no longer wanted is taken back.
    """
    called = f"{blake2b(pickle.dumps(function), digest_size=8).hexdigest()}-{next(_calls)}"
    asked, left = deque[_Asked](), enumerate(items)

    def ask() -> None:
        for number, item in left:
            outcome: Future[Any] = Future()
            handle = engine.call(f"recurcast-files-{called}-{number}", function, item, _passed_on(outcome))
            asked.append(_Asked(outcome, handle))
            return

    for _ in range(_AHEAD * at_once):
        ask()
    try:
        while asked:
            while not wait([asked[0].outcome], timeout=every).done:
                waiting()
            found = asked.popleft().outcome.result()
            ask()
            yield found
    finally:
        for each in asked:
            if not each.outcome.done():
                engine.cancel(each.handle)


def _passed_on(outcome: "Future[Any]") -> Callable[["Future[Any]"], None]:
    def ended(done: "Future[Any]") -> None:
        error = done.exception()
        if error is None:
            outcome.set_result(done.result())
        else:
            outcome.set_exception(error)

    return ended
