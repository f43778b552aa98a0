"""A source is read beside the run, which gives it up where it says nothing for long, and asks again where that helps."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

import pandas as pd

from recurcast.masking import mask_error

T = TypeVar("T")
PAUSES = (0.5, 2.0, 5.0)
"""Seconds before a source is asked again."""
Chunks = Callable[[], Generator[pd.DataFrame]]
Gather = Callable[[Iterator[pd.DataFrame]], T]


class Stalled(Exception):
    """A source gave nothing for as long as it was waited for."""


@dataclass
class _Outcome(Generic[T]):
    """What the thread that reads has come to."""

    last_heard: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)
    given: list[T] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)


def gathered(
    chunks: Chunks, gather: "Gather[T]", longest: timedelta, may_pass: Callable[[BaseException], bool] = lambda _: False
) -> T:
    """Return what is made of a source's chunks, all of one attempt. Raises what reading them raises, or Stalled.

    A failure that may pass is tried again, three times.
    """
    outcome: _Outcome[T] = _Outcome()
    # A thread that hangs in a library can't be ended, only left; it ends with the process.
    threading.Thread(target=_read, args=(outcome, chunks, gather, may_pass), daemon=True).start()
    most = longest.total_seconds()
    while not outcome.ended.wait(max(0.0, outcome.last_heard + most - time.monotonic())):
        if time.monotonic() >= outcome.last_heard + most:
            raise Stalled
    if outcome.failed:
        raise outcome.failed[0]
    return outcome.given[0]


def _read(
    outcome: "_Outcome[T]", chunks: Chunks, gather: "Gather[T]", may_pass: Callable[[BaseException], bool]
) -> None:
    def heard(given: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for chunk in given:
            outcome.last_heard = time.monotonic()
            yield chunk

    try:
        for pause in (*PAUSES, None):
            try:
                with closing(chunks()) as given:  # what is open is closed here and now, whatever happens
                    outcome.given.append(gather(heard(given)))
                break
            except Exception as error:
                if pause is None or not may_pass(error):
                    raise
                outcome.last_heard = time.monotonic() + pause
                time.sleep(pause)
    except BaseException as error:
        mask_error(error)
        outcome.failed.append(error)
    finally:
        outcome.ended.set()
