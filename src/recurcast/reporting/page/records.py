"""What a report is made of: what MLflow remembers of a pipeline's newest runs, and the charts drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.evaluation.scales import common_measure
from recurcast.evaluation.track_record import TrackRecord
from recurcast.promotion.champion_history import Championship
from recurcast.promotion.entries import Entry
from recurcast.series.validation.report import Finding

CoveredState = Literal["done", "failed", "running", "superseded", "no new data", "no data", "missing"]


@dataclass(frozen=True)
class Server:
    """Who serves: a network that stands as champion, or a baseline."""

    version: int
    name: str
    """A cell, or a baseline."""
    trained_as_of: datetime | None
    """None of a baseline."""
    entry: Entry | None
    """What made it champion; none of a baseline that serves because nobody stands."""
    scores: Mapping[str, float]
    """Of `metric` on the test windows of its own run, by role: challenger, champion (before it), baseline."""
    damage: str | None = None
    """Why its files can't be used."""
    metric: str = "mase"
    """Which judged it: the gate's, or MAE in the place of MASE where no series had a scale."""


@dataclass(frozen=True)
class IntervalScores:
    """Scores of all who competed at an as_of, by name, on the same test windows; finite ones only."""

    as_of: datetime
    verdict: str
    provisional: bool
    challenger: str
    scores: Mapping[str, float]
    metric: str = "mase"
    """Which judged: the gate's, or MAE in the place of MASE where no series had a scale."""


@dataclass(frozen=True)
class LastForecast:
    """The newest forecast; `known` has the newest steps that it knew, `unique_id, ds, y`, where they were kept."""

    as_of: datetime
    rows: pd.DataFrame
    known: pd.DataFrame | None
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class LookAtData:
    """What the validation of one run found."""

    as_of: datetime
    rows: int
    series: int
    missing_share: float | None
    """Of the steps of the series that misses most of them."""
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[Finding, ...]:
        """Return the rules that were broken."""
        return tuple(finding for finding in self.findings if not finding.success)


@dataclass(frozen=True)
class FailedRun:
    """A run that failed: because its data were rejected, or otherwise."""

    as_of: datetime
    rejected: bool
    reason: str
    run_id: str


@dataclass(frozen=True)
class Remembered:
    """What MLflow remembers of a pipeline; of its runs the newest `last` by as_of, experiments left aside."""

    pipeline: PipelineConfig
    last: int
    older: bool
    """Whether there are runs before these."""
    states: Mapping[datetime, CoveredState]
    """How each interval stands; of several runs that trained it or failed to, one that is done counts."""
    server: Server | None
    championship: Championship
    track: TrackRecord
    intervals: tuple[IntervalScores, ...]
    """In the order of time."""
    forecast: LastForecast | None
    looks: tuple[LookAtData, ...]
    """Of the newest runs only, the newest first."""
    failed: tuple[FailedRun, ...]
    """The newest first."""

    @property
    def metric(self) -> str:
        """Return the metric that intervals stand beside each other by: the gate's, or the one that judged every one."""
        return common_measure((each.metric for each in self.intervals), self.pipeline.gate.metric)

    @property
    def newest(self) -> datetime:
        """Return the as_of of the newest run."""
        return max(self.states)


@dataclass(frozen=True)
class CoveredTick:
    """How the interval that ends at a tick stands."""

    as_of: datetime
    state: CoveredState


@dataclass(frozen=True)
class Report:
    """All that stands on the page, before anything is drawn."""

    remembered: Remembered
    ticks: tuple[CoveredTick, ...]
    """Those between the oldest run shown and the newest, and instants off the schedule that were run."""
    passed: int
    """Ticks that have come since the newest run."""
    timezone: str
    """Where days begin: the schedule's."""
    made_at: datetime


@dataclass(frozen=True)
class Picture:
    """One chart as SVG, drawn twice: wide for screens and paper, narrow for a phone; text stays text in both."""

    wide: str
    narrow: str
    title: str
    told: str
    """What it shows, for who can't see it."""


@dataclass(frozen=True)
class Drawings:
    """The charts of a page."""

    pictures: Mapping[str, Picture]
    """By their section; none where there is nothing to draw."""
    coverage: str | None
    """One SVG for each month, which wrap where the page is narrow."""
