"""What happened to a pipeline, as events that an automation of Prefect's can act on. Values only; who calls emits them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from recurcast.errors import DataRejected
from recurcast.evaluation.competitors import CHAMPION
from recurcast.instants import format_instant
from recurcast.promotion.gate import Decision
from recurcast.runs.train import Request, RunResult, Trigger

if TYPE_CHECKING:
    from recurcast.tracking.registry.manual import Decided

from recurcast.errors import StoreUnavailable
from recurcast.scheduling.server import connected, is_named


@dataclass(frozen=True)
class PipelineEvent:
    """An event of the resource `recurcast.pipeline.NAME`; `trigger` says what asked for the run it comes from."""

    name: str
    pipeline: str
    trigger: Trigger
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def resource(self) -> dict[str, str]:
        """Return the resource with its labels, by which an automation matches: live ticks are told from backfills."""
        return {
            "prefect.resource.id": f"recurcast.pipeline.{self.pipeline}",
            "prefect.resource.name": self.pipeline,
            "recurcast.trigger": self.trigger,
        }


def events_of(request: Request, result: RunResult) -> tuple[PipelineEvent, ...]:
    """Return what a run did to its pipeline's champion: nothing where it trained nothing, or the champion just stays."""
    decision = result.decision
    if decision is None or result.outcome != "trained":
        return ()
    names = ["recurcast.champion.promoted"] if result.registration and result.registration.promoted else []
    names += ["recurcast.champion.rejected"] if decision.verdict == "reject" else []
    names += ["recurcast.champion.below-baseline"] if decision.champion_below_baseline else []
    payload = _verdict(decision) | {
        "version": result.registration.version if result.registration else None,
        "as_of": format_instant(result.as_of),
        "run": result.run_id,
    }
    return tuple(PipelineEvent(name, result.pipeline, request.trigger, payload) for name in names)


def event_by_hand(pipeline: str, decided: "Decided") -> PipelineEvent:
    """Return what a person decided about the champion: a promotion, or a rollback to a version or the baseline."""
    entry = decided.entry
    kind = "promoted" if entry.kind == "promotion" else "rolled-back"
    payload = {
        "version": entry.version,
        "replaces": entry.replaces,
        "as_of": format_instant(entry.as_of),
        "reason": entry.reason,
        "by": entry.by,
    }
    return PipelineEvent(f"recurcast.champion.{kind}", pipeline, "manual", payload)


def rejection_of(request: Request, rejected: DataRejected) -> PipelineEvent:
    """Return that a run's data broke a rule, and which."""
    payload = {
        "as_of": format_instant(request.as_of),
        "rule": rejected.rule,
        "received": rejected.received,
        "remedy": rejected.remedy,
        "series": rejected.series,
        "timestamps": list(rejected.timestamps),
    }
    return PipelineEvent("recurcast.data.rejected", request.pipeline.name, request.trigger, payload)


def _verdict(decision: Decision) -> dict[str, Any]:
    """Scores by role; less is better."""
    scores = {"challenger": decision.score, "baseline": decision.baseline_score}
    if decision.opponent == CHAMPION:
        scores[CHAMPION] = decision.opponent_score
    return {
        "cell": decision.challenger,
        "metric": decision.metric,
        "scores": {role: score if isfinite(score) else None for role, score in scores.items()},
        "reason": decision.reason,
    }


def send(event: PipelineEvent) -> str | None:
    """Return why an event did not reach the server that the environment names; none where it did, or none is named."""
    if not is_named():
        return None
    from prefect.events.schemas.events import Event, Resource

    told = Event(event=event.name, resource=Resource(event.resource), payload=dict(event.payload))
    try:
        with connected() as client:
            client.request("POST", "/events", json=[told.model_dump(mode="json")])
    except StoreUnavailable as error:  # what was decided stands; an automation does not hear of it
        return f"no automation hears of it: {error}"
    return None
