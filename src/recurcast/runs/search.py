"""What is asked of a search and what came of it; pure.

origins      o1 ... o2 ... o3 | f1 ... f2 | test part of as_of        each the end of rows that a trial may read
             trials are judged  the winner is judged once more, and that score is told
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from recurcast.config import Cell
from recurcast.errors import DataRejected
from recurcast.instants import parse_instant
from recurcast.runs.train import plain

TrialState = Literal["finished", "pruned", "failed"]
Value = str | int | float | bool | None


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
class Axis:
    """What a setting could be: between two ends, or one of some values."""

    low: float | None = None
    high: float | None = None
    log: bool = False
    """Whether it is the ratio of values that counts."""
    choices: tuple[Value, ...] = ()


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
class Compared:
    """On how many series settings were compared, of how many there are."""

    series: int
    of: int

    @property
    def told(self) -> str:
        """Return it in words."""
        return f"settings were compared on {self.series:,} of {self.of:,} series, the same at each origin"

    def refusal(self, refused: DataRejected) -> DataRejected:
        """Return why these can't be searched on, with how many they are of: others might do."""
        return DataRejected(
            refused.rule,
            f"{refused.received}; settings are compared on {self.series:,} of {self.of:,} series",
            f"{refused.remedy.rstrip('.')}. Or compare them on more series: search.sample_series",
            series=refused.series,
            timestamps=refused.timestamps,
        )


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
    """In the order of their numbers; the first are the configuration as it stood, one for each cell."""
    winner: int | None
    """Number of the trial with the best score, of those that may be proposed or stand; none where none finished."""
    fresh: tuple[FreshScore, ...]
    """Of the winner, and of the configuration as it stood."""
    run_id: str = ""
    stood: int = 0
    """Number of the trial that is the configuration as it stood: of its cells the one with the best score."""
    axes: Mapping[str, Axis] = field(default_factory=dict)
    """What each setting could be; `windows.lookback` in steps."""
    importances: Mapping[str, float] = field(default_factory=dict)
    """The share of the differences between scores that each setting, and `cell`, makes; empty where too few finished."""
    baseline: str = ""
    """Name of the baseline that stands beside them."""
    baseline_score: float = float("nan")
    """Its mean over the origins."""
    baseline_fresh: float = float("nan")
    """Its mean over the fresh origins."""
    remarks: tuple[str, ...] = ()
    configuration: str = ""
    """Digest of the pipeline's configuration that was searched around."""
    compared: Compared | None = None
    """None where settings were compared on all series."""

    def fresh_score(self, trial: int) -> float:
        """Return a trial's score on the fresh origins; not a number where it has none."""
        return next((each.score for each in self.fresh if each.trial == trial), float("nan"))

    def trial(self, number: int) -> Trial:
        """Return a trial by its number."""
        return next(each for each in self.trials if each.number == number)

    @property
    def best(self) -> tuple[Trial, ...]:
        """Return the trials that finished, the best first; of equal ones the earlier."""
        return best_of(self.trials)


def best_of(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """Return the trials that saw every origin, the best first; of equal ones the earlier."""
    finished = [each for each in trials if each.state == "finished"]
    return tuple(sorted(finished, key=lambda each: (each.score, each.number)))


def proposable(trials: Iterable[Trial], standing: Collection[int]) -> tuple[Trial, ...]:
    """Return what may be proposed or stand, the best first: not what stands, drawn anew and trained with another seed.

    `standing` are the numbers of the trials that are the configuration as it stood.
    """
    every = tuple(trials)
    stand = [(each.cell, dict(each.settings)) for each in every if each.number in standing]
    return tuple(
        each for each in best_of(every) if each.number in standing or (each.cell, dict(each.settings)) not in stand
    )


def to_json(record: SearchRecord) -> str:
    """Return a record as JSON; what is no number is null."""
    return json.dumps(plain(asdict(record)), indent=1)


def from_json(text: str | bytes) -> SearchRecord:
    """Return the record that was written."""
    stated: dict[str, Any] = json.loads(text)
    for name in ("as_of", "read_until"):
        stated[name] = parse_instant(stated[name])
    for name in ("origins", "fresh_origins"):
        stated[name] = tuple(parse_instant(each) for each in stated[name])
    for name in ("baseline_score", "baseline_fresh"):
        stated[name] = _number(stated.get(name))
    stated["trials"] = tuple(_trial(each) for each in stated["trials"])
    stated["fresh"] = tuple(FreshScore(each["trial"], _numbers(each["scores"])) for each in stated["fresh"])
    stated["axes"] = {name: Axis(**each | {"choices": tuple(each["choices"])}) for name, each in stated["axes"].items()}
    compared = stated.get("compared")
    stated["compared"] = None if compared is None else Compared(**compared)
    return SearchRecord(**stated | {"remarks": tuple(stated["remarks"])})


def _trial(stated: dict[str, Any]) -> Trial:
    return Trial(**stated | {"scores": _numbers(stated["scores"]), "seconds": _number(stated["seconds"])})


def _numbers(stated: list[float | None]) -> tuple[float, ...]:
    return tuple(_number(each) for each in stated)


def _number(stated: float | None) -> float:
    return float("nan") if stated is None else stated
