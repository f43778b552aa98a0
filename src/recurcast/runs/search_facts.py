"""What follows from a search's record: the best so far, what varied, what the best of many loses, who won; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np

from recurcast.evaluation.best_of_many import BestOf, best_of_many
from recurcast.runs.search import Axis, SearchRecord, Trial, Value

CELL = "cell"
"""What a trial's cell is called among its settings."""
Outcome = Literal["won", "lost", "stands", "none"]


@dataclass(frozen=True)
class Dimension:
    """A setting that differs between trials."""

    name: str
    values: tuple[Value, ...]
    """Each once: numbers in ascending order, others as the space names them."""
    numeric: bool
    """Whether values between these two could be too."""
    logarithmic: bool = False


def finished(record: SearchRecord) -> tuple[Trial, ...]:
    """Return the trials that were scored on every origin, in the order of their numbers."""
    whole = (each for each in record.trials if each.state == "finished" and len(each.scores) == len(record.origins))
    return tuple(each for each in whole if isfinite(each.score))


def ranked(record: SearchRecord) -> tuple[Trial, ...]:
    """Return these, the best first."""
    return tuple(sorted(finished(record), key=lambda trial: (trial.score, trial.number)))


def best_so_far(record: SearchRecord) -> tuple[tuple[int, float], ...]:
    """Return the number of each trial that was better than all before it, and its score."""
    steps: list[tuple[int, float]] = []
    for trial in finished(record):
        if not steps or trial.score < steps[-1][1]:
            steps.append((trial.number, trial.score))
    return tuple(steps)


def luck_of(record: SearchRecord) -> tuple[BestOf, ...]:
    """Return what the best of 1, 2, ... of its finished trials is expected to lose; none with fewer than two origins."""
    scores = [each.scores for each in finished(record)]
    return best_of_many(np.array(scores, dtype=np.float64).reshape(len(scores), len(record.origins)))


def settings_of(trial: Trial) -> dict[str, Value]:
    """Return a trial's settings, its cell the first of them."""
    return {CELL: trial.cell, **trial.settings}


def dimensions_of(record: SearchRecord) -> tuple[Dimension, ...]:
    """Return the settings that differ between trials, the cell first."""
    every = [settings_of(trial) for trial in record.trials]
    names = dict.fromkeys(name for own in every for name in own)
    values = {name: list(dict.fromkeys(own[name] for own in every if name in own)) for name in names}
    return tuple(_dimension(name, found, record.axes.get(name)) for name, found in values.items() if len(found) > 1)


def outcome_of(record: SearchRecord) -> Outcome:
    """Return how the winner stands on the fresh origins: it won or lost there, it is what stands anyway, there is none."""
    if record.winner is None:
        return "none"
    if record.winner == record.stood:
        return "stands"
    return "won" if record.fresh_score(record.winner) < record.fresh_score(record.stood) else "lost"


def improvement_of(record: SearchRecord) -> float | None:
    """Return by which share the winner's error on the fresh origins is below that of what stood; none where one is not known."""
    if record.winner is None:
        return None
    ours, theirs = record.fresh_score(record.winner), record.fresh_score(record.stood)
    return 1 - ours / theirs if isfinite(ours) and isfinite(theirs) and theirs else None


def _dimension(name: str, found: Sequence[Value], axis: Axis | None) -> Dimension:
    numbers = [value for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(found) and not (axis and axis.choices):
        return Dimension(name, tuple(sorted(numbers)), True, bool(axis and axis.log and numbers and min(numbers) > 0))
    stated = list(axis.choices) if axis else []
    return Dimension(
        name, (*(value for value in stated if value in found), *sorted(set(found) - {*stated}, key=str)), False
    )
