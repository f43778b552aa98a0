"""The plan of a backfill, pure: which intervals of the past there are, how each stands, which will run and when.

--from A                              --to B
   |                                    |
   o------o------o------o------o------o-|----o      ticks; the range is half-open: A <= tick < B
   done   done   failed missing stale running
                 failed missing stale               what runs under `stale`; under `missing` only the missing one

Where training starts warm, an interval that runs may change the version that later ones start from. Under `stale` those
that are done run too, then: a run that finds its fingerprint as it was ends before it trains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise, zip_longest
from typing import Literal, get_args

from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant
from recurcast.runs.fingerprint import Fingerprint
from recurcast.runs.train import Outcome

RecordedState = Literal["done", "failed", "running", "superseded", "no new data", "no data"]


@dataclass(frozen=True)
class RecordedInterval:
    """An interval that was run at least once: how its last run ended, or the last one that trained."""

    as_of: datetime
    state: RecordedState
    run_id: str
    fingerprints: tuple[Fingerprint, ...] = ()
    """What it was trained on, each time, the newest last; or found no reason to be trained on."""
    zone_changes: tuple[str, ...] = ()
    """For each of these trainings, which rules of a time zone are others today; an empty text where none are."""
    provisional: bool = False
    """Whether its verdict is given again once earlier intervals are done."""


@dataclass(frozen=True)
class Ended:
    """How one interval of a backfill ended: an outcome, or none and why it failed."""

    as_of: datetime
    outcome: Outcome | None
    failure: str = ""


Reprocess = Literal["missing", "failed", "stale", "all"]
Order = Literal["oldest", "newest"]
IntervalState = RecordedState | Literal["missing", "stale"]
MOST_INTERVALS = 10_000

_RUNS: dict[Reprocess, frozenset[str]] = {
    "missing": frozenset({"missing", "superseded"}),
    "failed": frozenset({"missing", "superseded", "failed"}),
    "stale": frozenset({"missing", "superseded", "failed", "stale"}),
    "all": frozenset({"missing", "superseded", "failed", "stale", "done", "no data", "no new data"}),
}


@dataclass(frozen=True)
class Choice:
    """Which intervals of a range run, and in which order."""

    reprocess: Reprocess = "missing"
    order: Order = "oldest"
    limit: int | None = None
    """Most intervals to run."""
    budget: float | None = None
    """Seconds that the expected durations of all that runs may add up to."""

    def __post_init__(self) -> None:
        for name, value, valid in (
            ("reprocess", self.reprocess, get_args(Reprocess)),
            ("order", self.order, get_args(Order)),
        ):
            if value not in valid:
                raise ConfigurationError(
                    f"{name} is one of {', '.join(valid)}; received '{value}'. Choose one of them."
                )
        if self.limit is not None and self.limit < 1:
            raise ConfigurationError(
                f"a limit is at least 1 interval; received {self.limit}. Raise it or leave it out."
            )
        if self.budget is not None and self.budget <= 0:
            raise ConfigurationError(f"a budget is a positive duration; received {self.budget:g} seconds. Raise it.")

    @property
    def reads_the_source(self) -> bool:
        """Return whether it matters if the data changed."""
        return self.reprocess in ("stale", "all")


@dataclass(frozen=True)
class Interval:
    """An interval, named by its end: `[previous, as_of)`; `following` is the tick after."""

    as_of: datetime
    previous: datetime | None
    following: datetime | None


@dataclass(frozen=True)
class PlannedInterval:
    """An interval, how it stands, and whether it will run; `changed` says which inputs made it stale."""

    interval: Interval
    state: IntervalState
    changed: tuple[str, ...]
    runs: bool

    @property
    def as_of(self) -> datetime:
        """Return the interval's end."""
        return self.interval.as_of


@dataclass(frozen=True)
class Plan:
    """All intervals of a range in the order of time, and those that will run in the order in which they will."""

    intervals: tuple[PlannedInterval, ...]
    to_run: tuple[Interval, ...]
    seconds_each: float | None
    """Median duration of the pipeline's newest trained runs; none where there are none yet."""

    @property
    def expected_seconds(self) -> float | None:
        """Return how long all that will run is expected to take, one after another."""
        return None if self.seconds_each is None else self.seconds_each * len(self.to_run)

    @property
    def headline(self) -> str:
        """Return in one line how many of the intervals will run, and how all of them stand."""
        counts = ", ".join(f"{count} {state}" for state, count in self.counts().items())
        return f"{len(self.to_run)} of {len(self.intervals)} intervals will run ({counts})"

    def as_table(self) -> list[dict[str, str]]:
        """Return a row for each interval, as texts."""
        return [
            {
                "as_of": format_instant(each.as_of),
                "state": each.state,
                "changed": ", ".join(each.changed),
                "runs": "yes" if each.runs else "no",
            }
            for each in self.intervals
        ]

    def counts(self) -> dict[str, int]:
        """Return how many intervals there are of each state, the most frequent first."""
        states = [each.state for each in self.intervals]
        return dict(sorted(((s, states.count(s)) for s in set(states)), key=lambda pair: (-pair[1], pair[0])))


def intervals_of(ticks: Sequence[datetime], before: datetime | None, after: datetime | None) -> tuple[Interval, ...]:
    """Return the intervals that end at the ticks; `before` and `after` are the ticks next to the first and the last."""
    around = (before, *ticks, after)
    return tuple(
        Interval(tick, previous, following)
        for tick, (previous, _), (_, following) in zip(ticks, pairwise(around[:-1]), pairwise(around[1:]), strict=True)
    )


def make_plan(
    intervals: Sequence[Interval],
    recorded: Mapping[datetime, RecordedInterval],
    now: Fingerprint,
    data: Mapping[datetime, str | None] | None,
    choice: Choice,
    seconds_each: float | None,
    starts: Mapping[datetime, str] | None = None,
    calendars: Mapping[datetime, str] | None = None,
) -> Plan:
    """Return the plan for the intervals of a range.

    `now` is the fingerprint of today's configuration and code; `data` has the digest of each interval's rows, none for
    one that knows no row, or is none as a whole where the source was not read: data then count as unchanged. `starts`
    has the version that each interval would start from; none where training never starts warm. `calendars` has the digest of
    the days that each interval would be told; as with `data`, none where they were not read.

    Raises ConfigurationError where the range is too long, or a budget can't be kept for lack of a recorded run.
    """
    if len(intervals) > MOST_INTERVALS and choice.limit is None:
        raise ConfigurationError(
            f"a plan without a limit has at most {MOST_INTERVALS:,} intervals; received {len(intervals):,}. "
            "Give --limit, or a shorter range."
        )
    if choice.budget is not None and seconds_each is None:
        raise ConfigurationError(
            "a budget is kept by the duration of past runs; the pipeline has none. Run one interval first, or give --limit."
        )
    stands = [
        _stand(each, recorded.get(each.as_of), now, data, "" if starts is None else starts[each.as_of], calendars)
        for each in intervals
    ]
    runs = [state in _RUNS[choice.reprocess] for state, _ in stands]
    if starts is not None and choice.reads_the_source and any(runs):
        first = runs.index(True)
        runs[first:] = [each or state == "done" for each, (state, _) in zip(runs[first:], stands[first:], strict=True)]
    wanted = [each for each, wants in zip(intervals, runs, strict=True) if wants]
    wanted = wanted[:: 1 if choice.order == "oldest" else -1][: choice.limit]
    if choice.budget is not None and seconds_each:
        wanted = wanted[: int(choice.budget // seconds_each)]
    will_run = {each.as_of for each in wanted}
    return Plan(
        tuple(
            PlannedInterval(each, state, changed, each.as_of in will_run)
            for each, (state, changed) in zip(intervals, stands, strict=True)
        ),
        tuple(wanted),
        seconds_each,
    )


def _stand(
    interval: Interval,
    recorded: RecordedInterval | None,
    now: Fingerprint,
    data: Mapping[datetime, str | None] | None,
    start: str,
    calendars: Mapping[datetime, str] | None,
) -> tuple[IntervalState, tuple[str, ...]]:
    """How an interval stands, and what changed since it was done."""
    if recorded is not None and recorded.state == "running":
        return "running", ()
    if data is not None and data[interval.as_of] is None:
        return "no data", ()
    if recorded is None:
        return "missing", ()
    if not recorded.fingerprints:
        return recorded.state, ()
    today = replace(now, start=start)
    changes = [
        replace(
            today,
            data=each.data if data is None else str(data[interval.as_of]),
            calendar=each.calendar if calendars is None else calendars[interval.as_of],
            layout=each.layout if data is None else now.layout,
        ).changed_from(each)
        + ((rules,) if rules else ())
        for each, rules in zip_longest(recorded.fingerprints, recorded.zone_changes)
    ]
    if recorded.state != "done":  # nothing was trained there: only other data would change that
        changes = [tuple(part for part in changed if part == "data") for changed in changes]
    return (recorded.state, ()) if () in changes else ("stale", changes[-1])
