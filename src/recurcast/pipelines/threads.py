"""Threads for what is done at once; none for what is done one after another."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any


class _InTurn(Executor):
    """Runs what is submitted at once, in the calling thread: TensorFlow and Prefect's contexts stay where they are."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def threads_for(at_once: int) -> Executor:
    """Return what carries so many things out at once."""
    return _InTurn() if at_once == 1 else ThreadPoolExecutor(at_once)
