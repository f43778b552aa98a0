"""What goes into a run, what its stages hand each other, and what comes out."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.runs.leaderboard import Row, leaderboard_of

if TYPE_CHECKING:
    from recurcast.promotion.entries import Registration
    from recurcast.promotion.gate import Decision

Trigger = Literal["schedule", "backfill", "manual"]
Outcome = Literal["trained", "no new data", "no data", "superseded", "already done", "held"]
"""The last two leave no run of their own: they tell of another one."""


@dataclass(frozen=True)
class Ticket:
    """An interval's place in a backfill: `provisional` where an earlier interval of the backfill is still to come."""

    backfill: str
    """Id of the backfill's run in MLflow."""
    provisional: bool = False
    tidy: bool = False
    """Whether this process has seen to what dead processes left, and no interval of its own has failed since."""


@dataclass(frozen=True)
class Request:
    """One interval of a pipeline to be run.

    `previous` and `following` are the ticks around as_of, none where there is none or as_of is no tick itself.
    """

    pipeline: PipelineConfig
    as_of: datetime
    root: Path
    trigger: Trigger = "manual"
    promote: bool = True
    previous: datetime | None = None
    following: datetime | None = None
    schedule: str = ""
    """The pipeline's schedules in words, for whoever looks at its experiment."""
    force: bool = False
    """Train again what is done with the same fingerprint."""
    from_snapshot: bool = False
    """Take the frame that an earlier run of the interval kept, not the source."""
    superseded: str | None = None
    """Why the run does not happen: a newer one is due."""
    ticket: Ticket | None = None
    proposal: str = ""
    """Id of the search whose proposal is trained beside the interval's own run, which it takes nothing from; mostly none."""

    @property
    def claims(self) -> bool:
        """Return whether the run does its interval: neither an experiment nor beside another."""
        return self.promote and not self.proposal


class Progress(Protocol):
    """Who wants to know how far a run is."""

    def stage(self, name: str) -> None:
        """Hear that a stage begins."""

    def epoch(self, cell: str, number: int, of: int, train: float, validation: float) -> None:
        """Hear the losses of an epoch, in the window's scale."""

    def waits(self, why: str) -> None:
        """Hear, again and again, that others fit; and why nothing comes of it, where that is so."""


class Silence:
    """Nobody wants to know."""

    def stage(self, name: str) -> None:
        """Say nothing."""

    def epoch(self, cell: str, number: int, of: int, train: float, validation: float) -> None:
        """Say nothing."""

    def waits(self, why: str) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class RunResult:
    """What a run did, as the command line prints it."""

    pipeline: str
    as_of: datetime
    outcome: Outcome
    run_id: str
    tracking_uri: str
    leaderboard: tuple[Row, ...] = ()
    decision: "Decision | None" = None
    registration: "Registration | None" = None
    remarks: tuple[str, ...] = field(default=())
    provisional: bool = False
    """The verdict is given again once the earlier intervals of the backfill are done."""
    experiment_id: str = ""
    """Of the run in MLflow."""

    @property
    def summary(self) -> str:
        """Return one line: verdict and reason, or why nothing was trained."""
        if self.decision is None:
            return f"{self.outcome}: {'; '.join(self.remarks)} (MLflow run {self.run_id})"
        before = "already done: " if self.outcome == "already done" else ""
        provisional = "provisionally " if self.provisional else ""
        return f"{before}{provisional}{self.decision.verdict}: {self.decision.reason} (MLflow run {self.run_id})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; what is not a finite number is null."""
        return dict(plain(asdict(self)))

    def __repr__(self) -> str:
        """Return the leaderboard and the decision, as text."""
        lines = [f"{self.pipeline} as of {format_instant(self.as_of)}: {self.outcome} (MLflow run {self.run_id})"]
        if self.leaderboard:
            board = leaderboard_of(self.leaderboard, self.decision)
            lines.append(f"{'competitor':<16}" + "".join(f"{name:>10}" for name in board.columns))
            lines += [f"{line.competitor:<16}" + "".join(f"{cell:>10}" for cell in line.cells) for line in board.lines]
        if self.decision:
            lines.append(f"{self.decision.verdict}: {self.decision.reason}")
        return "\n".join([*lines, *self.remarks])


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: instants as text, and null for what is not a finite number."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return format_instant(value)
    return None if isinstance(value, float) and not isfinite(value) else value
