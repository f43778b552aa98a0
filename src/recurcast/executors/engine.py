"""What an executor of several processes asks of whoever drives them."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from recurcast.executors.tasks import Given, Task


class Lost(Exception):
    """What was asked for will not come: the workers that were at it died."""


class Gone(Exception):
    """Nothing will come any more: who drives the workers is gone."""


class OtherThreads(Exception):
    """A worker's TensorFlow has been asked for another number of threads, which a process can be asked for once."""

    def __init__(self, address: str, process: int) -> None:
        self.address, self.process = address, process
        super().__init__(address, process)


class Engine(Protocol):
    """What a cluster is asked for; see `dask_door`."""

    where: str

    @property
    def alive(self) -> bool:
        """Return whether the scheduler answers."""

    def threads(self) -> list[int]:
        """Return how many tasks each worker that is left does at once. Raises Gone where nobody answers."""

    def send(self, key: str, given: Given) -> Any:
        """Return a handle of data."""

    def begin(self, task: Task, data: Any, ended: Callable[[Future[Any]], None]) -> Any:
        """Begin a task, and return a handle of it."""

    def call(self, key: str, function: Callable[[Any], Any], item: Any, ended: Callable[[Future[Any]], None]) -> Any:
        """Have a function called with an item, and return a handle of it."""

    def cancel(self, handle: Any) -> None:
        """Take a task back."""

    def close(self) -> None:
        """Let go of the cluster."""
