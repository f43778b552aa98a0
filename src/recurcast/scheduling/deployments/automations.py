"""Runs whose process and worker were both killed: how the server notices them.

Such a run stays Running, or Pending if it had hardly begun, for ever, and in a queue with a limit it holds up all that
comes after. So every deployed run sends heartbeats, and automations turn a run that falls silent into a crashed one.

    Pending . . . . . . Running  beat      beat      beat   †
       |<- at most 5 min ->|      |<-30 s->|<-30 s->|<--- 75 s --->| Crashed

They look only at runs with a tag that `recurcast deploy` gives together with the heartbeats' frequency: Prefect's own is
180 seconds, and a run that keeps it is healthy.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.schemas.automations import AutomationCore

HEARTBEAT_TAG = "heartbeat-30s"

_FREQUENCY = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
_SECONDS = "30"  # Prefect allows no fewer
_TWO_BEATS_MISSED = timedelta(seconds=75)
_LONGEST_START = timedelta(minutes=5)  # a worker on other infrastructure may have to fetch an image first


def with_heartbeats(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deployment's block of `prefect.yaml` whose runs send heartbeats and carry the tag that says so.

    A block that sets a frequency itself stays as it is, and so does one without the usual places for these values.
    """
    work_pool, tags = block.get("work_pool"), block.get("tags") or []
    if not isinstance(work_pool, Mapping) or not isinstance(tags, list):
        return dict(block)
    variables = work_pool.get("job_variables") or {}
    environment = variables.get("env") or {} if isinstance(variables, Mapping) else None
    if not isinstance(environment, Mapping) or _FREQUENCY in environment:
        return dict(block)
    changed = {**variables, "env": {**environment, _FREQUENCY: _SECONDS}}
    return {**block, "work_pool": {**work_pool, "job_variables": changed}, "tags": [*tags, HEARTBEAT_TAG]}


def crash_detection(
    silence: timedelta = _TWO_BEATS_MISSED, start: timedelta = _LONGEST_START
) -> tuple["AutomationCore", ...]:
    """Return the automations that crash a run after `silence` without a heartbeat, or `start` without a beginning."""
    return (
        _crashed_after(
            "recurcast: a run without heartbeats has crashed", {"heartbeat", "Running", "Retrying"}, silence
        ),
        _crashed_after(
            "recurcast: a run that never begins has crashed",
            {"Pending", "Submitting", "InfrastructurePending"},
            start,
        ),
    )


def ensure_automations(client: "SyncPrefectClient", automations: tuple["AutomationCore", ...]) -> None:
    """Create the automations whose names the server does not know; one that a person changed or paused stays so."""
    for automation in automations:
        if not client.read_automations_by_name(automation.name):
            client.create_automation(automation)


def _crashed_after(name: str, after: set[str], within: timedelta) -> "AutomationCore":
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    waited = f"{within.total_seconds():g} s"
    trigger = EventTrigger(
        posture=Posture.Proactive,
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related={"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{HEARTBEAT_TAG}"},
        for_each={"prefect.resource.id"},
        after={f"prefect.flow-run.{event}" for event in after},
        expect={"prefect.flow-run.*"},  # any event is a sign of life, or an end, whatever name its state has
        threshold=1,
        within=within,
    )
    message = f"Nothing was heard of the run for {waited}: its process and its worker seem to be gone."
    return AutomationCore(
        name=name,
        description=f"No event of the run for {waited} after {' or '.join(sorted(after))}. "
        "Made by 'recurcast deploy', which leaves it as it is from then on; to do without it, disable it.",
        trigger=trigger,
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=message)],
    )
