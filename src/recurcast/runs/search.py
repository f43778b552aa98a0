"""What is asked of a search and what came of it; pure.

origins      o1 ... o2 ... o3 | f1 ... f2 | test part of as_of        each the end of rows that a trial may read
             trials are judged  the winner is judged once more, and that score is told
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from recurcast.config import Cell

TrialState = Literal["finished", "pruned", "failed"]
Value = str | int | float


@dataclass(frozen=True)
class Trial:
    """One try: settings, and the score on each origin that it came to; less is better."""

    number: int
    state: TrialState
    cell: Cell
    settings: Mapping[str, Value]
    """By the field's place in a pipeline's block, such as `network.units`."""
    scores: tuple[float, ...]
    """Of the metric, an origin each, the oldest first; fewer than there are origins where it was pruned."""
    seconds: float
    seed: int
    worker: int = 0
    run_id: str = ""
    error: str = ""
    """Why it failed."""

    @property
    def score(self) -> float:
        """Return the mean over the origins; not a number where there are none."""
        return sum(self.scores) / len(self.scores) if self.scores else float("nan")


@dataclass(frozen=True)
class FreshScore:
    """A trial's score on the origins that no trial saw."""

    trial: int
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        """Return the mean over the fresh origins."""
        return sum(self.scores) / len(self.scores)


@dataclass(frozen=True)
class SearchRecord:
    """A search that ended, whole: what its page, its note and its proposal are made from."""

    id: str
    pipeline: str
    as_of: datetime
    read_until: datetime
    """The last instant that any of its scores depends on; raises `fit_until` of what it proposed."""
    metric: str
    sampler: str
    pruner: str
    seed: int
    origins: tuple[datetime, ...]
    fresh_origins: tuple[datetime, ...]
    trials: tuple[Trial, ...]
    """In the order of their numbers; the first is the configuration as it stood."""
    winner: int | None
    """Number of the trial with the best score; none where none finished."""
    fresh: tuple[FreshScore, ...]
    """Of the winner, and of the configuration as it stood."""
    run_id: str = ""

    def fresh_score(self, trial: int) -> float:
        """Return a trial's score on the fresh origins; not a number where it has none."""
        return next((each.score for each in self.fresh if each.trial == trial), float("nan"))
