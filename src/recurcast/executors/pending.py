"""What an executor of several processes has begun: data that were sent, tasks that are under way, what was heard of them."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recurcast.executors.tasks import Task

if TYPE_CHECKING:
    from recurcast.training.fit import Epoch
    from recurcast.training.members import Member


@dataclass(frozen=True)
class Sent:
    """The data of a split, sent to the workers, and how many threads share an operation of its fits."""

    key: str
    handle: Any
    threads: int


@dataclass(eq=False)
class Pending:
    """A task that was begun, and what was heard of it."""

    task: Task
    data: Any
    handle: Any = None
    begun: list[str] = field(default_factory=list)
    """The workers that began it, one after another."""
    epochs: "list[Epoch]" = field(default_factory=list)
    outcome: "Future[tuple[Member, ...]] | None" = None
    waiting: int = 0

    @property
    def under_way(self) -> bool:
        """Return whether a worker is at it."""
        return bool(self.begun) and self.outcome is None
