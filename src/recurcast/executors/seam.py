"""The seam: who fits the cells of this process' pipelines; here unless the place says otherwise."""

import atexit
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeVar

from recurcast.config import Cell, PipelineConfig
from recurcast.config.place import ExecutorConfig, executor_of
from recurcast.environment import processors
from recurcast.errors import ConfigurationError, ExecutorUnavailable
from recurcast.executors.here import Here
from recurcast.series.lake.in_order import InOrder
from recurcast.series.windows import Split

if TYPE_CHECKING:
    from recurcast.training.fit import Epoch, FittedCell, Weights

T = TypeVar("T")
U = TypeVar("U")


class Executor(Protocol):
    """Who fits cells. Whoever does, the bits are the same."""

    @property
    def told(self) -> str:
        """Return who it is; empty for this process."""

    @property
    def dashboard(self) -> str:
        """Return the address of its page; empty where it has none."""

    @property
    def remarks(self) -> Sequence[str]:
        """Return why bits may differ from those of this process."""

    @property
    def at_once(self) -> int:
        """Return how many fits are carried out at once; 0: one of this process."""

    def intervals_ahead(self, cells: int) -> int:
        """Return how many intervals of so many cells it should hear of before their time."""

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do what leads to hearing of them."""

    def make_ready(self, cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
        """Do what the cells share before each is fitted, in a thread of its own."""

    def foresee(self, cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
        """Hear what will be asked for."""

    def fit_seeds(
        self,
        cell: Cell,
        pipeline: PipelineConfig,
        split: Split,
        on_epoch: "Callable[[Epoch], None]" = ...,
        start: "Weights | None" = None,
        on_wait: Callable[[str], None] = ...,
    ) -> "tuple[FittedCell, ...]":
        """Return one cell fitted with each of the pipeline's seeds: first what competes, then the others.

        Who waits for others calls `on_wait` again and again, with why nothing comes where that is known; it may raise.
        """

    def in_order(self, function: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield what a function of a module, or a partial of one, makes of each item, in the items' order."""

    def close(self) -> None:
        """Let go of what it holds."""


HERE: Executor = Here()
_engaged: dict[ExecutorConfig, Executor] = {}
_asked: list[Executor] = []
_opening = Lock()


def current(root: Path) -> Executor:
    """Return who fits the cells of the project in `root`: whoever is engaged, else as its place says.

    A cluster is joined once, and let go when the process ends. Raises ConfigurationError where the place says what is no
    executor, and ExecutorUnavailable where it can't be reached.
    """
    if _asked:
        return _asked[-1]
    config = executor_of(root, os.environ)
    if config.kind == "here":
        return HERE
    with _opening:
        if config not in _engaged:
            _engaged[config] = _opened(config)
            atexit.register(_engaged[config].close)
        return _engaged[config]


def in_order_at(root: Path) -> InOrder:
    """Return who looks at the files of a lake in `root`; whoever it is, is engaged when the first file is asked for."""

    def in_order(function: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        return current(root).in_order(function, items)

    return in_order


@contextmanager
def engaged(root: Path, asked: str | None = None, patience: float | None = None) -> Iterator[Executor]:
    """Engage an executor while the context lasts: the one asked for, else that of the place.

    `patience` is how many seconds a scheduler has to answer, and then to have a worker, where that is not Dask's own setting.
    """
    config = executor_of(root, os.environ, asked)
    executor = HERE if config.kind == "here" else _opened(config, patience)
    _asked.append(executor)
    try:
        yield executor
    finally:
        _asked.remove(executor)
        executor.close()


@contextmanager
def in_advance(root: Path, cells: int) -> Iterator[Executor]:
    """Let whoever fits hear of the next interval while the context lasts: this process begins its fits meanwhile."""
    executor = current(root)
    if executor is not HERE or processors() == 1:
        yield executor
        return
    from recurcast.executors.in_advance import InAdvance

    executor = InAdvance(cells)
    _asked.append(executor)
    try:
        yield executor
    finally:
        _asked.remove(executor)
        executor.close()


def expect_dask(config: ExecutorConfig) -> None:
    """Raise ConfigurationError where an executor needs Dask, and it is not installed."""
    if find_spec("distributed") is None:
        raise ConfigurationError(
            f"the executor {config.kind} needs Dask; this environment has none. Install it: pip install 'recurcast[dask]'"
        )


def _opened(config: ExecutorConfig, patience: float | None = None) -> Executor:
    expect_dask(config)
    from recurcast.executors.cluster import OnCluster
    from recurcast.executors.dask_door import Engine
    from recurcast.executors.facts import Facts, doubts, facts_here, refuse_others

    engine = Engine(config, patience)
    try:
        if config.kind == "processes":
            found = OnCluster(engine, f"{_counted(len(engine.threads()), 'process', 'es')} of this machine")
        else:
            own, workers = facts_here(), engine.facts()
            if (version := engine.scheduler_version()) != own.engine:
                raise ExecutorUnavailable(
                    f"the scheduler of {engine.where} and this process have one version of distributed; it has {version}, this "
                    f"process {own.engine}. Install the same there and here."
                )
            if lack := engine.scheduler_lacks():
                raise ExecutorUnavailable(
                    f"the scheduler of {engine.where} reads each task before it hands it on, and so has recurcast as this "
                    f"process has; it does not: {lack}. Install there what is installed here (pip install 'recurcast[dask]' of "
                    "one version, by one lock), and start it anew; or run with --executor here."
                )
            refuse_others(workers, own, engine.where)
            differing = doubts({who: each for who, each in workers.items() if isinstance(each, Facts)}, own)
            found = OnCluster(
                engine,
                f"Dask at {engine.where}, {_counted(len(workers), 'worker')}",
                engine.dashboard,
                differing,
            )
        engine.listen(found.hear)
    except BaseException:
        engine.close()
        raise
    return found


def _counted(number: int, what: str, plural: str = "s") -> str:
    return f"{number} {what}{'' if number == 1 else plural}"
