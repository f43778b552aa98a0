"""The tags that tell a flow run which backfill it belongs to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recurcast.runs.train import Ticket

if TYPE_CHECKING:
    pass

BACKFILL_TAG, PROVISIONAL_TAG = "backfill", "provisional"


def ticket_tags(ticket: Ticket) -> tuple[str, ...]:
    """Return the tags that tell a flow run which backfill it belongs to."""
    return (BACKFILL_TAG, tag_of(ticket.backfill), *([PROVISIONAL_TAG] if ticket.provisional else []))


def tag_of(backfill: str) -> str:
    """Return the tag of all runs of one backfill."""
    return f"{BACKFILL_TAG}:{backfill}"


def ticket_of(tags: Sequence[str]) -> Ticket | None:
    """Return the place in a backfill that a flow run's tags tell, or none."""
    backfills = [tag.partition(":")[2] for tag in tags if tag.startswith(f"{BACKFILL_TAG}:")]
    return Ticket(backfills[0], PROVISIONAL_TAG in tags) if backfills else None
