"""Fits at the same time: each an epoch in turn, on as many threads as are asked for."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

Told = TypeVar("Told")
Fitted = TypeVar("Fitted")
Fitting = Generator[Told, None, Fitted]
"""A fit under way: tells of each epoch, returns what was fitted."""


@dataclass(frozen=True)
class _End(Generic[Fitted]):
    fitted: Fitted


def together(
    fits: Sequence[Fitting[Told, Fitted]], tell: Callable[[Told], None], threads: int = 1
) -> tuple[Fitted, ...]:
    """Return what each of the fits returns, in their order; `tell` hears in this thread what they tell, as it comes.

    A thread takes the fit that has waited longest, for one epoch: all are busy until the last epochs. Where a fit fails,
    or `tell` does, the others end with their epoch.
    """
    if min(threads, len(fits)) < 2:
        return tuple(_alone(fit, tell) for fit in fits)
    ends: dict[int, Fitted] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="fit") as pool:
        under_way: dict[Future[Told | _End[Fitted]], int] = {pool.submit(_turn, fit): n for n, fit in enumerate(fits)}
        try:
            while under_way:
                for turn in wait(under_way, return_when=FIRST_COMPLETED).done:
                    number, told = under_way.pop(turn), turn.result()
                    if isinstance(told, _End):
                        ends[number] = told.fitted
                    else:
                        under_way[pool.submit(_turn, fits[number])] = number
                        tell(told)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return tuple(ends[number] for number in range(len(fits)))


def _alone(fit: Fitting[Told, Fitted], tell: Callable[[Told], None]) -> Fitted:
    while not isinstance(told := _turn(fit), _End):
        tell(told)
    return told.fitted


def _turn(fit: Fitting[Told, Fitted]) -> Told | _End[Fitted]:
    try:
        return next(fit)
    except StopIteration as end:
        return _End(end.value)
