"""The lease of a run that is being worked on: who holds it, where, and whether they still do. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BEAT = timedelta(seconds=15)
_MISSED = 3


@dataclass(frozen=True)
class Lease:
    """A claim on a run: a process of a host, which says every BEAT that it is alive."""

    holder: str
    host: str
    heartbeat: datetime

    def void(self, now: datetime) -> bool:
        """Return whether three beats were missed."""
        return now - self.heartbeat > _MISSED * BEAT


@dataclass(frozen=True)
class Claim:
    """A run in its order of claiming the same interval: of two the smaller wins."""

    started: int
    """Milliseconds since 1970, as MLflow records a run's start."""
    run_id: str

    def yields_to(self, other: "Claim") -> bool:
        """Return whether the other one wins."""
        return (other.started, other.run_id) < (self.started, self.run_id)
