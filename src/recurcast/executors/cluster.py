"""Fits by workers of another process: begun, heard of, awaited, put together again; each key once."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Condition, Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from recurcast.config import Cell, PipelineConfig
from recurcast.errors import ExecutorUnavailable, RecurcastError
from recurcast.executors.engine import Engine, Gone, Lost
from recurcast.executors.ordered import in_order
from recurcast.executors.pending import Pending, Sent
from recurcast.executors.tasks import data_of, given_for, tasks_of
from recurcast.executors.threads import stated_threads
from recurcast.series.windows import Split

if TYPE_CHECKING:
    from recurcast.training.fit import Epoch, FittedCell, Weights
    from recurcast.training.members import Member

_LOOK_AGAIN = 0.5  # seconds
_LONG = 20.0  # seconds until it is said that nobody has begun a fit
_NOBODY_LEFT = 60.0  # seconds without a worker until that is an error
_MOST_TRIES = 2
"""How often a task is begun whose worker dies each time: it may be what fills the memory."""


class OnCluster:
    """An executor whose workers are other processes."""

    def __init__(self, engine: Engine, told: str = "", dashboard: str = "", remarks: Sequence[str] = ()) -> None:
        self.told, self.dashboard, self.remarks = told, dashboard, tuple(remarks)
        self._engine, self._news, self._version = engine, Condition(), 0
        self._pending: dict[str, Pending] = {}
        self._given: WeakKeyDictionary[Split, Sent] = WeakKeyDictionary()
        self._threads, self._room = stated_threads(), self.at_once
        self._sending, self._assembling = Lock(), Lock()
        self._nobody_since: float | None = None

    @property
    def at_once(self) -> int:
        """Return how many fits are carried out at once."""
        return max(sum(self._workers()), 1)

    def intervals_ahead(self, cells: int) -> int:
        """Return as many as keep the workers busy while one is judged."""
        return 1 + math.ceil(self.at_once / cells)

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do it: the fits are carried out elsewhere."""
        work()

    def make_ready(self, cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
        """Send the data; where every cell begins with its own weights, begin all fits."""
        self._sent(pipeline, split)
        if pipeline.training.warm_start is None:
            self.foresee(cells, pipeline, split)

    def foresee(self, cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
        """Begin what will be asked for; it may be asked for later, or never."""
        for cell in cells:
            self._begun(cell, pipeline, split, None)

    def fit_seeds(
        self,
        cell: Cell,
        pipeline: PipelineConfig,
        split: Split,
        on_epoch: "Callable[[Epoch], None]" = lambda _: None,
        start: "Weights | None" = None,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> "tuple[FittedCell, ...]":
        """Return one cell fitted with each of the pipeline's seeds, as `fit_seeds` of `training.kinds` returns it."""
        from recurcast.training.members import assembled

        pending = self._begun(cell, pipeline, split, start, waiting=1)
        try:
            self._await(pending, on_epoch, on_wait)
        except BaseException:
            self._leave(pending, taking_back=True)
            raise
        members = [member for each in pending if each.outcome is not None for member in each.outcome.result()]
        self._leave(pending)
        with self._assembling:
            return assembled(cell, pipeline, split, members)

    def in_order(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterator[Any]:
        """Yield what a function makes of each item, by the workers; in the items' order."""
        return in_order(self._engine, self.at_once, self._look_for_workers, self._gone, function, items)

    def hear(self, key: str, said: Mapping[str, Any]) -> None:
        """Take in what a worker said of a task; called in a thread of the engine's."""
        from recurcast.training.fit import Epoch

        with self._news:
            pending = self._pending.get(key)
            if pending is None:
                return
            if "begun" in said:
                pending.begun.append(said["begun"])
            else:
                number, train, validation = said["epoch"]
                if not pending.epochs or number > pending.epochs[-1].number:  # a task that is begun anew tells again
                    pending.epochs.append(Epoch(number, train, validation))
            self._tell()

    def close(self) -> None:
        """Let go of the cluster; what is still being fitted is taken back."""
        with self._news:
            left, self._pending = list(self._pending.values()), {}
        for each in left:
            self._take_back(each)
        self._engine.close()

    def _sent(self, pipeline: PipelineConfig, split: Split) -> "Sent":
        with self._sending:
            if split not in self._given:
                from recurcast.training.kinds import threads_of

                given = given_for(pipeline, split)
                key = data_of(pipeline, given)
                threads = self._threads or threads_of(pipeline.network.cells, pipeline, split)
                self._given[split] = Sent(key, self._engine.send(key, given), threads)
            return self._given[split]

    def _begun(
        self, cell: Cell, pipeline: PipelineConfig, split: Split, start: "Weights | None", waiting: int = 0
    ) -> list[Pending]:
        """The tasks of a cell, begun unless they are already."""
        sent = self._sent(pipeline, split)
        families = math.ceil(self._room / len(pipeline.network.cells))  # as at first: the keys hang on it
        found = []
        for task in tasks_of(cell, pipeline, sent.key, sent.threads, start, families):
            with self._news:
                known = self._pending.get(task.key)
                pending = known or Pending(task, sent.handle)
                self._pending[task.key] = pending
                pending.waiting += waiting
            if known is None:
                pending.handle = self._engine.begin(task, sent.handle, partial(self._ended, pending))
            found.append(pending)
        return found

    def _ended(self, pending: Pending, outcome: "Future[tuple[Member, ...]]") -> None:
        with self._news:
            pending.outcome = pending.outcome or outcome
            self._tell()

    def _tell(self) -> None:
        self._version += 1
        self._news.notify_all()

    def _await(
        self, pending: list[Pending], on_epoch: "Callable[[Epoch], None]", on_wait: Callable[[str], None]
    ) -> None:
        from recurcast.training.fit import Epoch

        passed_on, count, seen, since = [0] * len(pending), 0, -1, time.monotonic()
        while True:
            with self._news:
                if self._version == seen:
                    self._news.wait(_LOOK_AGAIN)
                seen = self._version
                done = all(each.outcome is not None for each in pending)
                news = [each.epochs[passed:] for each, passed in zip(pending, passed_on, strict=True)]
            for at, epochs in enumerate(news):
                passed_on[at] += len(epochs)
                for epoch in epochs:
                    count += 1
                    number = epoch.number if len(pending) == 1 else count
                    on_epoch(Epoch(number, epoch.train, epoch.validation))
            for each in pending:
                self._refuse(each)
            if done:
                return
            on_wait(self._why_nothing_comes(since))
            self._look_for_workers()

    def _why_nothing_comes(self, since: float) -> str:
        """Why nothing was heard of any fit for long; empty where somebody is at one, or may yet be soon."""
        with self._news:
            at_one = any(each.under_way for each in self._pending.values())
        if at_one or time.monotonic() - since < _LONG:
            return ""
        return f"fits wait for a worker of {self._engine.where}: none has begun one, all are busy with others' tasks or paused"

    def _refuse(self, pending: Pending) -> None:
        """Raise where a task has failed, or is begun too often."""
        failure = None if pending.outcome is None else pending.outcome.exception()
        if failure is None and len(pending.begun) <= _MOST_TRIES:
            return
        if failure is None or isinstance(failure, Lost):
            who = f" ({', '.join(dict.fromkeys(pending.begun))})" if pending.begun else ""
            raise RecurcastError(
                f"a fit is tried again once where its worker dies; that of the {pending.task.cell} of "
                f"'{pending.task.pipeline.name}' lost its workers{who}. It may need more memory than they have: look at "
                "their logs, give them more, or take a smaller batch or shorter windows."
            )
        if isinstance(failure, Gone):
            raise self._gone("its scheduler is gone")
        if isinstance(failure, ImportError):
            raise self._gone(f"a worker lacks a module: {failure}")
        raise failure

    def _look_for_workers(self) -> None:
        if not self._engine.alive:
            raise self._gone("its scheduler is gone")
        if self._workers():
            self._nobody_since = None
            return
        now = time.monotonic()
        self._nobody_since = self._nobody_since or now
        if now - self._nobody_since > _NOBODY_LEFT:
            raise self._gone(
                f"for {_NOBODY_LEFT:.0f} seconds no worker has been left (one that is paused for want of memory takes no task)"
            )

    def _workers(self) -> list[int]:
        try:
            return self._engine.threads()
        except Gone as mute:
            raise self._gone(str(mute)) from mute

    def _gone(self, why: str) -> ExecutorUnavailable:
        return ExecutorUnavailable(
            f"fits are carried out by {self._engine.where}; {why}. What is recorded stays, and what was under way is not done: "
            "start the cluster again and repeat the command, or repeat it with --executor here."
        )

    def _leave(self, pending: list[Pending], *, taking_back: bool = False) -> None:
        """Forget tasks that nobody else waits for; those that are not done are taken back."""
        for each in pending:
            with self._news:
                each.waiting -= 1
                if each.waiting > 0:
                    continue
                self._pending.pop(each.task.key, None)
            if taking_back and each.outcome is None:
                self._take_back(each)

    def _take_back(self, pending: Pending) -> None:
        if pending.handle is not None:
            self._engine.cancel(pending.handle)
