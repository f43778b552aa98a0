"""Items for the workers of a cluster: some at a time, what comes of them in the items' order."""

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from typing import Any, TypeVar

from recurcast.errors import RecurcastError
from recurcast.executors.engine import Engine, Gone, Lost

T = TypeVar("T")
U = TypeVar("U")

_AHEAD = 2
"""Items for each that is carried out at a time: one is at hand when another ends."""
_LOOK_AGAIN = 0.5  # seconds
_calls = count()


@dataclass(frozen=True)
class _Asked:
    outcome: "Future[Any]"
    handle: Any


def in_order(
    engine: Engine,
    at_once: int,
    waiting: Callable[[], None],
    gone: Callable[[str], Exception],
    function: Callable[[T], U],
    items: Iterable[T],
) -> Iterator[U]:
    """Yield what the workers' function makes of each item; `waiting` is called meanwhile, and may raise.

    Raises what a function raised, and `gone` where nothing will come any more. What is no longer wanted is taken back.
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
            while not wait([asked[0].outcome], timeout=_LOOK_AGAIN).done:
                waiting()
            found = _made(asked.popleft().outcome, gone)
            ask()
            yield found
    finally:
        for each in asked:
            if not each.outcome.done():
                engine.cancel(each.handle)


def _made(outcome: "Future[Any]", gone: Callable[[str], Exception]) -> Any:
    try:
        return outcome.result()
    except Gone as error:
        raise gone("its scheduler is gone") from error
    except Lost as lost:
        raise RecurcastError(
            f"a file is looked at once more where its worker dies; one lost its workers: {lost}. It may need more memory "
            "than they have: give them more, or pack the lake into more --files."
        ) from lost


def _passed_on(outcome: "Future[Any]") -> Callable[["Future[Any]"], None]:
    def ended(done: "Future[Any]") -> None:
        error = done.exception()
        if error is None:
            outcome.set_result(done.result())
        else:
            outcome.set_exception(error)

    return ended
