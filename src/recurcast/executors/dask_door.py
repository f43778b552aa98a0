"""The door to Dask: connects, sends data and tasks, hears of epochs, and tells who is left. Nothing else imports it.

Data go to the scheduler once, and to each worker once: as the outcome of a task of their own, which is computed anew where
the worker that held it is gone. What a worker has fitted is fetched as soon as it is there, and then released.
"""

import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

import dask
from dask.utils import parse_timedelta
from distributed import Client, LocalCluster, get_worker
from distributed import Future as Handle
from distributed.gc import disable_gc_diagnosis
from distributed.scheduler import KilledWorker

from recurcast.config.place import ExecutorConfig
from recurcast.errors import ExecutorUnavailable
from recurcast.executors.engine import Gone, Lost, OtherThreads
from recurcast.executors.facts import Facts, facts_here
from recurcast.executors.reaching import in_a_thread, not_begun, stands, unreachable
from recurcast.executors.tasks import Given, Task, carry_out, code_digest
from recurcast.executors.threads import shares_operations
from recurcast.series.reading.giving_back import give_back

_TOPIC = "recurcast-fits"
_TO_GIVE_UP = 2  # seconds, for Dask to say by itself what is wrong
_TO_FETCH = 300
_TO_ANSWER = (
    60  # seconds until a scheduler that is asked who is left counts as gone: it may have stood still with its machine
)
_MOST_RENEWALS = 5
_OWN = {
    "distributed.worker.multiprocessing-method": "spawn",  # a fork of a process in which TensorFlow has run hangs
    "distributed.deploy.lost-worker-timeout": "120s",  # one that was killed is started anew, which takes seconds
    "distributed.scheduler.allowed-failures": 1,
    "logging": {"distributed": "critical"},
}


class Engine:
    """A Dask cluster that this process drives: one of its own, or one that runs already."""

    def __init__(self, config: ExecutorConfig, patience: float | None = None) -> None:
        """Raises ExecutorUnavailable where no scheduler answers in `patience` seconds (else Dask's own), or has no worker."""
        patience = patience or _patience()
        address = config.address if config.kind == "dask" else None  # processes know none, whatever the place names
        self.where = address or "processes of this machine"
        self._cluster: LocalCluster | None = None
        self._mute = False
        try:
            if address is None:
                self._cluster = in_a_thread(partial(_own_cluster, config.workers))
                # Called by Python's collector, it would swallow a ctrl-c of that moment.
                disable_gc_diagnosis(force=True)
            with dask.config.set({"distributed.comm.timeouts.connect": f"{patience}s"}):
                self._client = _client(self._cluster or address, patience)
            self._client.wait_for_workers(1, timeout=patience)
        except Exception as error:
            self.close()
            why = unreachable(address, error, patience) if address else not_begun(error)
            raise ExecutorUnavailable(why) from error

    def listen(self, hear: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Call `hear`, in a thread of Dask's, with a task's key and what its worker said of it."""
        self._client.subscribe_topic(_TOPIC, lambda event: hear(event[1]["key"], event[1]))

    @property
    def dashboard(self) -> str:
        """Return the address of Dask's page; empty where there is none, or it ends with this process."""
        if self._cluster is not None or "dashboard" not in self._client.scheduler_info().get("services", {}):
            return ""
        return str(self._client.dashboard_link)

    @property
    def alive(self) -> bool:
        """Return whether the scheduler answers."""
        return not self._mute and self._client.status == "running"

    def threads(self) -> list[int]:
        """Return how many tasks each worker that is left does at once; one that is paused, and at none, does none.

        Raises Gone where the scheduler is there and has been mute for a minute.
        """
        try:
            known = self._client.sync(self._client.scheduler.identity, n_workers=-1, callback_timeout=_TO_ANSWER)
        except TimeoutError as error:
            self._mute = True  # nothing is asked of it any more, not even to take tasks back
            raise Gone(f"for {_TO_ANSWER} seconds its scheduler has not answered") from error
        except OSError:  # nobody is seen; it is connected to again, or found to be gone
            return []
        return [int(each["nthreads"]) for each in known["workers"].values() if not stands(each)]

    def facts(self) -> dict[str, Facts | BaseException]:
        """Return what each worker is, by its address, or why it can't say."""
        found: dict[str, Facts | BaseException] = self._client.run(facts_here, on_error="return")
        return found

    def scheduler_version(self) -> str:
        """Return the scheduler's version of `distributed`."""
        told = self._client.get_versions(check=False)["scheduler"]
        return str(told["packages"].get("distributed"))

    def scheduler_lacks(self) -> str:
        """Return why the scheduler can't read tasks, which it does before it hands them on; empty where it can."""
        try:
            self._client.run_on_scheduler(facts_here)
        except Exception as error:
            return next(iter(str(error).splitlines()), type(error).__name__)
        return ""

    def send(self, key: str, given: Given) -> Handle:
        """Return a handle of data, which live as long as it does."""
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
            return self._client.submit(_received, given, key=key)

    def begin(self, task: Task, data: Handle, ended: Callable[[Future[Any]], None]) -> Handle:
        """Begin a task; `ended` is called once, in a thread of Dask's, with a future that holds what came of it."""
        handle = self._client.submit(_fit, task, data, task.key, key=task.key)
        handle.add_done_callback(lambda done: self._fetch(done, ended, _MOST_RENEWALS))
        return handle

    def call(self, key: str, function: Callable[[Any], Any], item: Any, ended: Callable[[Future[Any]], None]) -> Handle:
        """Have a worker call a function with an item; `ended` is called once, as by `begin`."""
        handle = self._client.submit(_called, function, item, code_digest(), key=key)
        handle.add_done_callback(lambda done: self._fetch(done, ended, 0))
        return handle

    def cancel(self, handle: Handle) -> None:
        """Take a task back; one that is being fitted ends with its epoch."""
        if self.alive:
            self._client.cancel([handle], force=False)

    def close(self) -> None:
        """Let go of the cluster; one of our own ends."""
        for each in (getattr(self, "_client", None), self._cluster):
            if each is not None:
                each.close(timeout=10)

    def _fetch(self, done: Handle, ended: Callable[[Future[Any]], None], renewals: int) -> None:
        outcome: Future[Any] = Future()
        try:
            outcome.set_result(done.result(timeout=_TO_FETCH))
        except OtherThreads as other:
            if renewals > 0:
                self._renew(other)
                done.retry()
                done.add_done_callback(lambda again: self._fetch(again, ended, renewals - 1))
                return
            outcome.set_exception(Lost(str(other)))
        except Exception as error:
            outcome.set_exception(_told(error, done, alive=self.alive))
        done.release()
        ended(outcome)

    def _renew(self, other: OtherThreads) -> None:
        """Have a worker begin anew, unless it has since: another task found the same."""
        left = self._client.run(os.getpid, on_error="ignore")
        if left.get(other.address) == other.process:
            self._client.restart_workers([other.address], timeout=_patience(), raise_for_error=False)


def _patience() -> float:
    """Return the seconds for a scheduler to answer, and then for a worker to be there: Dask's own setting, 30 if nobody said."""
    return float(parse_timedelta(dask.config.get("distributed.comm.timeouts.connect")))


def _client(cluster: LocalCluster | str | None, patience: float) -> Client:
    """A client; TimeoutError where none is there in time: Dask waits without end for whoever takes a connection and is mute."""

    def connect() -> Client:
        return Client(cluster, timeout=patience, set_as_default=False, name="recurcast")

    return in_a_thread(connect, patience + _TO_GIVE_UP)


def _own_cluster(workers: int | None) -> LocalCluster:
    """Workers on this machine, reached over loopback by this process alone, which has the only key."""
    with dask.config.set(_OWN):
        return LocalCluster(
            n_workers=workers or max(2, (os.cpu_count() or 2) // 2),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            security=True,
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )


def _received(given: Given) -> Given:
    return given


def _called(function: Callable[[Any], Any], item: Any, code: str) -> Any:
    """On a worker: what a function makes of an item; a second one does not begin before what the first freed is given back."""
    _refuse_another(code, code_digest())
    try:
        return function(item)
    finally:
        give_back()


def _refuse_another(asked: str, own: str) -> None:
    """Workers that come later are met by no command: each looks itself whether its recurcast is that of who asks."""
    if asked != own:
        raise ExecutorUnavailable(
            f"workers have the same recurcast as the process that asks them; {get_worker().address} has another one. Install "
            "there what is installed here, and start it anew; or run with --executor here."
        )


def _fit(task: Task, given: Given, key: str) -> Any:
    """On a worker: carry a task out, and tell of its epochs; one that is taken back ends."""
    _refuse_another(key, task.key)  # which the code is part of
    worker = get_worker()

    def tell(epoch: Any) -> None:
        state = worker.state.tasks.get(key)
        if state is None or state.state == "cancelled":
            raise Lost(f"{key} was taken back")
        worker.log_event(_TOPIC, {"key": key, "epoch": [epoch.number, epoch.train, epoch.validation]})

    if not shares_operations(task.threads):
        raise OtherThreads(worker.address, os.getpid())
    worker.log_event(_TOPIC, {"key": key, "begun": worker.address})
    return carry_out(task, given, tell)


def _told(error: Exception, handle: Handle, *, alive: bool) -> Exception:
    if isinstance(error, KilledWorker):
        return Lost("the workers that fitted it died, one after the other")
    if not alive:
        return Gone(str(error))
    return Lost(str(error)) if handle.status in ("cancelled", "lost") else error
