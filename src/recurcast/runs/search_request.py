"""What is asked of a search, and who hears how far it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from recurcast.config import PipelineConfig
from recurcast.runs.search import Compared, FreshScore, SearchRecord, Trial
from recurcast.runs.train import Trigger


@dataclass(frozen=True)
class SearchRequest:
    """A search of a pipeline's settings; how many trials and by what stands in the pipeline's block `search`."""

    pipeline: PipelineConfig
    as_of: datetime
    root: Path
    trigger: Trigger = "manual"
    timezone: str = "UTC"
    """On whose clock people read its times."""
    workers: int = 1
    """How many processes of this machine share the trials."""

    @property
    def budget(self) -> timedelta | None:
        """Return how long trials may begin; none: until there are enough."""
        import pandas as pd

        stated = self.pipeline.search.budget
        return None if stated is None else pd.Timedelta(stated).to_pytimedelta()


@dataclass(frozen=True)
class Begun:
    """A search that is begun, or gone on with."""

    id: str
    trials: int
    """How many it is to have."""
    origins: tuple[datetime, ...]
    fresh_origins: tuple[datetime, ...]
    metric: str
    scored: int
    """Steps that are scored at each origin."""
    ended: tuple[Trial, ...] = ()
    """Those that stood before."""
    remarks: tuple[str, ...] = ()
    compared: Compared | None = None
    """None where settings are compared on all series."""


class SearchProgress(Protocol):
    """Who wants to know how far a search is."""

    def begun(self, begun: Begun) -> None:
        """Hear what is searched."""

    def ended(self, trial: Trial, best: Trial | None, count: int) -> None:
        """Hear how a trial ended, which is the best by now, and how many have ended."""

    def told(self, fresh: FreshScore) -> None:
        """Hear a score on the fresh origins."""

    def over(self, record: SearchRecord) -> None:
        """Hear what came of it."""


class NobodyListens:
    """Nobody wants to know."""

    def begun(self, begun: Begun) -> None:
        """Say nothing."""

    def ended(self, trial: Trial, best: Trial | None, count: int) -> None:
        """Say nothing."""

    def told(self, fresh: FreshScore) -> None:
        """Say nothing."""

    def over(self, record: SearchRecord) -> None:
        """Say nothing."""
