"""Reaching a cluster: in a thread that ctrl-c is kept from, for as long as there is patience; what is said where that fails."""

import signal
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from multiprocessing import resource_tracker
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def in_a_thread(make: Callable[[], T], within: float | None = None) -> T:
    """What is made in a thread that ctrl-c is kept from, and so from the workers that it starts: this process answers it."""
    outcome: Future[T] = Future()

    def body() -> None:
        resource_tracker.ensure_running()  # which, when it starts, lets the thread that asks for it hear ctrl-c again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # whoever a thread starts has what it has
        try:
            outcome.set_result(make())
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=body, name="reaches the scheduler", daemon=True).start()
    try:
        return outcome.result(timeout=within)
    except TimeoutError as error:
        if outcome.done():
            raise
        raise TimeoutError("something takes connections there and does not speak as a scheduler does") from error


def stands(worker: Mapping[str, Any]) -> bool:
    """Whether a worker takes no task and has none: Dask pauses one that holds four fifths of the memory it may have."""
    executing = worker.get("metrics", {}).get("task_counts", {}).get("executing")
    return worker.get("status") == "paused" and not executing


def not_begun(error: Exception) -> str:
    """What to say where processes of one's own do not begin, and what to do."""
    return (
        f"fits are carried out by processes of this machine; they did not begin: {_first_line(error)}. Each takes 1 GB: take "
        "fewer of them by RECURCAST_EXECUTOR_WORKERS, or run with --executor here."
    )


def unreachable(where: str, error: Exception, patience: float) -> str:
    """What to say of a cluster that can't be reached, and what to do."""
    first = _first_line(error)
    if isinstance(error, TimeoutError) and "worker" in first.lower():
        return (
            f"fits are carried out by the workers of {where}; after {patience:g} seconds it has none that takes tasks. Start "
            f"some: dask worker {where} --nthreads 1; or run with --executor here."
        )
    return (
        f"fits are carried out by a Dask cluster whose scheduler answers; {where} does not: {first}. Start it (dask scheduler), "
        "correct the address, or run with --executor here."
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
