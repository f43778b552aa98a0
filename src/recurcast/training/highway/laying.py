"""The windows of a fit laid down as the weights see them: of a panel in memory, or of a lake file by file.

A fit sees some hundred thousand windows at most, however many there are. So of a lake each file gives a share that is drawn
from the seed, in the files' order, and the fit itself reads no file.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recurcast.forecasting.portable.highway import Highway
from recurcast.series.frame import Panel
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.windows import Split
from recurcast.training.highway.choices import scales_of
from recurcast.training.highway.drivers import Floats, Gathered
from recurcast.training.highway.examples import Doubles, Examples, examples
from recurcast.training.highway.lesson import (
    BATCH,
    CHUNK,
    Layout,
    Lesson,
    drivers_of,
    lesson_of,
    most_windows,
)

_HELD_OUT = CHUNK * BATCH
"""Validation windows that a loss curve and the share of the correction come from."""


@dataclass(frozen=True)
class Laid:
    """What a plan is made of, beside what was chosen."""

    n_known: int
    """Windows that could have been drawn."""
    lesson: Lesson
    held_out: Lesson
    shown: Examples
    """The held out windows in series units."""
    scales: Doubles
    """What MASE divides by, of each of them."""


def known_before(end: int, panel: Panel, facts: Highway) -> Examples:
    """Return the windows of a panel of which nothing is known from the step `end` on."""
    return examples(panel.y, end, facts.season, facts.reach, facts.horizon)


def laid_in_memory(facts: Highway, split: Split, known: Examples, seed: int) -> Laid:
    """Return the windows `known` and the held out ones of a split."""
    shown = _held_out(split).drawn(_HELD_OUT, 0)
    lesson, held_out = (lesson_of(facts, *each, split.panel) for each in ((known, seed), (shown, 0)))
    return Laid(len(known), lesson, held_out, shown, _scales(split, facts, shown))


def laid_by_file(facts: Highway, split: LakeSplit, end: int, seed: int, batch: int) -> Laid:
    """Return the windows before the step `end` and the held out ones, each file's share of them, read once.

    Raises DataRejected where a file is another one by now.
    """
    most = most_windows(facts, batch, gathered=True)
    rooms, few = (_shares(split.trained_on, each) for each in (most, _HELD_OUT))
    lesson, held_out = _Growing(facts, sum(rooms)), _Growing(facts, sum(few))
    n_known, windows, scales = 0, list[Doubles](), list[Doubles]()
    for number, (room, shown) in enumerate(zip(rooms, few, strict=True)):
        piece = split.piece(number)
        if piece is None:
            continue
        known = known_before(end, piece.panel, facts)
        n_known += len(known)
        lesson.add(piece.panel, known.drawn(room, seed, number))
        own = _held_out(piece).drawn(shown, 0, number)
        held_out.add(piece.panel, own)
        windows.append(np.concatenate([own.windows, own.targets], axis=1))
        scales.append(_scales(piece, facts, own))
        del piece, known, own  # before the next file is read
    y = np.concatenate(windows)
    alone = Examples(y, facts.reach, facts.horizon, np.arange(len(y)), np.zeros(len(y), np.int64))
    return Laid(n_known, lesson.lesson(), held_out.lesson(), alone, np.concatenate(scales))


class _Growing:
    """A lesson to which windows of one panel after the other come."""

    def __init__(self, facts: Highway, room: int) -> None:
        self._facts, self._layout = facts, Layout(facts, room)
        self._beside = list[tuple[Floats, ...]]()

    def add(self, panel: Panel, some: Examples) -> None:
        self._layout.add(some)
        drivers = drivers_of(self._facts, panel, some)
        if drivers is None:
            return
        rows = np.arange(len(some))
        for chosen, _ in some.in_parts():  # what is looked up for all windows of a large file would not fit beside it
            self._beside.append(drivers.at(rows[chosen]))

    def lesson(self) -> Lesson:
        beside = tuple(np.concatenate(each) for each in zip(*self._beside, strict=True))
        self._beside.clear()
        return self._layout.lesson(Gathered(beside) if beside else None)


def _shares(counts: Sequence[int], most: int) -> list[int]:
    """How many of so many windows each file may give: in proportion to its train windows, and one at least."""
    ends = np.floor(np.cumsum(np.array(counts) + 1) / (sum(counts) + len(counts)) * most)
    return [max(int(each), 1) for each in np.diff(ends, prepend=0)]


def _held_out(split: Split) -> Examples:
    """The validation windows; the panel has the absent steps before its first that an example's panel is given."""
    windows = split.validation
    origin = windows.origin - windows.lookback
    return Examples(windows.panel.y, windows.lookback, windows.horizon, windows.series, origin, windows.lookback)


def _scales(split: Split, facts: Highway, some: Examples) -> NDArray[np.float64]:
    return scales_of(split.panel.y[:, : split.validation_begins], facts.season)[some.series]
