"""Events from outside of any flow run: what a person decides at the command line."""

from recurcast.errors import StoreUnavailable
from recurcast.scheduling.events import PipelineEvent
from recurcast.scheduling.server import connected, is_named


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
