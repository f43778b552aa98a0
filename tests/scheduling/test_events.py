"""Which events a run is told by."""

from math import nan

import pytest

from recurcast.errors import DataRejected
from recurcast.promotion.entries import Registration
from recurcast.scheduling.events import events_of, rejection_of
from support.judged import decision, promoted, requested


def test_a_promotion_is_told_with_version_scores_and_reason() -> None:
    (event,) = events_of(requested(), promoted())

    assert event.name == "recurcast.champion.promoted"
    assert event.resource == {
        "prefect.resource.id": "recurcast.pipeline.tiny",
        "prefect.resource.name": "tiny",
        "recurcast.trigger": "schedule",
    }
    assert event.payload == {
        "version": 3,
        "as_of": "2024-06-01T00:00:00Z",
        "cell": "gru",
        "metric": "mase",
        "scores": {"challenger": 0.5, "baseline": 1.0},
        "reason": "gru's MASE 0.5 beats the moving_average's 1",
        "run": "0123456789abcdef",
    }


def test_a_rejected_challenger_and_a_champion_below_the_baseline_are_two_events_with_the_champions_score() -> None:
    verdict = decision(
        verdict="reject", opponent="champion", opponent_score=2.0, score=nan, champion_below_baseline=True
    )

    events = events_of(requested(), promoted(decision=verdict, registration=Registration(3, False, None)))

    assert [each.name for each in events] == ["recurcast.champion.rejected", "recurcast.champion.below-baseline"]
    assert events[0].payload["scores"] == {"challenger": None, "champion": 2.0, "baseline": 1.0}


@pytest.mark.parametrize(
    "changed",
    [
        {"decision": decision(verdict="keep"), "registration": Registration(3, False, None)},
        {"registration": Registration(3, False, "an older as_of")},
        {"registration": None},
        {"outcome": "already done", "decision": decision(champion_below_baseline=True)},
        {"outcome": "no new data", "decision": None, "registration": None},
    ],
)
def test_where_the_champion_just_stays_nothing_is_told(changed: dict[str, object]) -> None:
    assert events_of(requested(), promoted(**changed)) == ()


def test_rejected_data_are_told_with_the_rule_and_what_to_do() -> None:
    event = rejection_of(requested(trigger="backfill"), DataRejected("y is finite", "3", "Mend it.", series="a"))

    assert (event.name, event.resource["recurcast.trigger"]) == ("recurcast.data.rejected", "backfill")
    assert event.payload == {
        "as_of": "2024-06-01T00:00:00Z",
        "rule": "y is finite",
        "received": "3",
        "remedy": "Mend it.",
        "series": "a",
        "timestamps": [],
    }
