"""Further processes that work on a search of this machine; each opens it for itself."""

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator

from recurcast import environment
from recurcast.runs.search_request import SearchRequest

Work = Callable[[SearchRequest, int, Callable[[], bool]], None]
"""Of a request, the worker's number, and whether the process that leads still lives; a function of a module."""
_PATIENCE = 5.0  # seconds for a process to end after it was asked to


@contextlib.contextmanager
def helping(request: SearchRequest, work: Work) -> Iterator[None]:
    """Have further workers beside this process, each at `work`, until it has nothing more to take; they end with it."""
    context = multiprocessing.get_context("spawn")  # a fork of a process in which TensorFlow has run hangs
    workers = [
        context.Process(
            target=_help, args=(work, request, number, os.getpid()), name=f"search worker {number}", daemon=True
        )
        for number in range(1, request.workers)
    ]
    for worker in workers:
        worker.start()
    try:
        yield
        for worker in workers:
            worker.join(_PATIENCE)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join(_PATIENCE)


def _help(work: Work, request: SearchRequest, number: int, leader: int) -> None:
    environment.prepare()
    environment.silence()
    with contextlib.suppress(KeyboardInterrupt):
        work(request, number, lambda: os.getppid() == leader)
