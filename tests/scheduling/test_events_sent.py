"""Events of decisions by hand, on a real server and where none answers."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recurcast.promotion.entries import Entry
from recurcast.scheduling.events import PipelineEvent, event_by_hand, send
from recurcast.tracking.registry.manual import Decided
from support.prefect_server import free_port
from support.tiny import AS_OF

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient


def decided(kind: Any, version: int | None, as_of: datetime = AS_OF) -> PipelineEvent:
    entry = Entry("id", kind, as_of, version, 5, replaces=4, by="ann@desk", reason="it drifts")
    return event_by_hand("by-hand", Decided(entry, 4, version or "baseline", version or 1))


def test_a_decision_by_hand_is_an_event_that_says_who_decided_and_why(
    server: "SyncPrefectClient", wait_until: Callable[[Callable[[], object], float, str], Any]
) -> None:
    assert decided("promotion", 2).name == "recurcast.champion.promoted"
    assert send(decided("rollback", None)) is None

    def heard() -> list[Any]:
        wanted = {"filter": {"resource": {"id": ["recurcast.pipeline.by-hand"]}}}
        return list(server.request("POST", "/events/filter", json=wanted).json()["events"])

    (event,) = wait_until(heard, 30, "the event has arrived")
    assert event["event"] == "recurcast.champion.rolled-back"
    told = {"version": None, "replaces": 4, "as_of": "2024-06-01T00:00:00Z", "reason": "it drifts", "by": "ann@desk"}
    assert event["payload"] == told
    assert event["resource"]["recurcast.trigger"] == "manual"


def test_where_no_server_answers_it_is_said_and_where_none_is_named_nothing_is() -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{free_port()}/api"}):
        assert str(send(decided("promotion", 2))).startswith("no automation hears of it: no Prefect server answers at ")
    with temporary_settings({PREFECT_API_URL: None}):
        assert send(decided("promotion", 2)) is None
