"""What is remembered of a pipeline's intervals, as values; `tracking.history` reads them from MLflow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from recurcast.runs.fingerprint import Fingerprint

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
