"""What changes between a person's look and the person's decision."""

from contextlib import suppress

import pytest

from recurcast.errors import RecurcastError
from recurcast.tracking.registry import manual as by_hand
from recurcast.tracking.registry.champion_history import championship_of, project
from recurcast.tracking.registry.manual import promote_by_hand
from recurcast.tracking.store import connect
from support.promoting import Promotion, promote
from support.recorded import kept_run, serving_version_of
from support.tiny import AS_OF, tiny_pipeline

PIPELINE = tiny_pipeline()
KEPT = 2


@pytest.fixture
def store(tmp_path):
    """A store with a version that was kept and one that was promoted."""
    store = connect(tmp_path)
    for decision in ("keep", "promote"):
        serving_version_of(kept_run(store, PIPELINE, AS_OF), PIPELINE, AS_OF, decision)
    project(store, PIPELINE)
    return store


def alias(store):
    return int(store.client.get_registered_model("tiny").aliases["champion"])


@pytest.mark.parametrize("moment", ["try_out", "append"])
def test_a_promotion_by_hand_fails_cleanly_where_a_run_promotes_meanwhile(store, monkeypatch, moment):
    does = getattr(by_hand, moment)

    def overtaken(*arguments):
        promote(store, PIPELINE, Promotion(1, "promote"))
        return does(*arguments)

    monkeypatch.setattr(by_hand, moment, overtaken)
    if moment == "try_out":
        with pytest.raises(RecurcastError, match="changed meanwhile from version 3 to version 4: nothing was moved"):
            promote_by_hand(store, PIPELINE, KEPT, "why not", AS_OF, None)
        assert len(championship_of(store, "tiny").steps) == 3
    else:  # what came within the last moment is known to nobody, and as the newer as_of it stands
        assert promote_by_hand(store, PIPELINE, KEPT, "why not", AS_OF, None).serving == 4
    assert championship_of(store, "tiny").version == 4
    assert alias(store) == 4


def test_of_two_people_who_promote_at_once_one_has_effect_and_the_history_keeps_both(store, monkeypatch):
    other = serving_version_of(kept_run(store, PIPELINE, AS_OF), PIPELINE, AS_OF, "keep")
    append, entered = by_hand.append, []

    def both_at_once(store, name, entry):
        if not entered:
            entered.append(entry)
            promote_by_hand(store, PIPELINE, other, "hers", AS_OF, 3)
        append(store, name, entry)

    monkeypatch.setattr(by_hand, "append", both_at_once)
    # Whose id is the smaller one is first; he may be told so, or not.
    with suppress(RecurcastError):
        promote_by_hand(store, PIPELINE, KEPT, "his", AS_OF, 3)

    stands = championship_of(store, "tiny").version
    assert stands in (KEPT, other)
    steps = [step for step in championship_of(store, "tiny").steps if step.entry.by_hand]
    assert [(step.effect, step.after) for step in steps] == [("moved", stands), ("void", stands)]
    assert alias(store) == stands
