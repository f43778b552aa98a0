"""Several processes that promote at the same instant, and one that dies between any two steps."""

from contextlib import nullcontext

import pytest

from recurcast.instants import format_instant
from recurcast.promotion.champion_history import fold
from recurcast.tracking.recovery import recover
from recurcast.tracking.registry.champion_history import read_history
from recurcast.tracking.registry.registry import decide_again
from recurcast.tracking.store import connect
from support.mlflow_server import lacking, mlflow_server
from support.promoting import HOUR, Promotion, decision_of, promote, promote_and_die, promote_at_once
from support.tiny import AS_OF, tiny_pipeline


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_of_processes_that_promote_at_the_same_instant_none_is_lost_and_the_newest_stands(tmp_path, kind, monkeypatch):
    if kind == "PostgreSQL" and (lack := lacking()):
        pytest.skip(lack)
    with mlflow_server() if kind == "PostgreSQL" else nullcontext() as uri:
        promoted = promote_at_once(tmp_path, 4, 3, uri)
        if uri:
            monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        store = connect(tmp_path)
        history = read_history(store, "tiny")
        versions = store.client.search_model_versions("name='tiny'")

    newest = AS_OF + max(each.hour for each in promoted.promotions if each.verdict == "promote") * HOUR
    champion = fold(history.entries).champion
    assert len(history.entries) == len(promoted.promotions) == 12
    assert champion.as_of == newest
    assert history.alias == champion.version
    assert len({each.tags["as_of"] for each in versions if "as_of" in each.tags}) == 12
    assert promoted.said == ""


def test_whoever_dies_between_two_steps_of_a_promotion_is_repaired_by_the_next_run(tmp_path):
    deaths = promote_and_die(tmp_path)
    store = connect(tmp_path)
    stood = []
    for number in range(1, deaths + 1):
        pipeline = tiny_pipeline(name=f"dies-{number}")
        recover(store, pipeline)
        stood.append(champion_and_alias(store, pipeline))
        versions = {
            each.tags["as_of"]: each
            for each in store.client.search_model_versions(f"name='{pipeline.name}'")
            if "as_of" in each.tags
        }
        for hour in (1, 2):
            version = versions.get(format_instant(AS_OF + hour * HOUR))
            if version is None:
                promote(store, pipeline, Promotion(hour, "promote"))
            elif version.tags["provisional"] == "true":
                decide_again(store, pipeline, int(version.version), decision_of(Promotion(hour, "promote")))
        stood_at_last = champion_and_alias(store, pipeline)

        assert stood_at_last == (AS_OF + 2 * HOUR,) * 2, number
        entries = read_history(store, pipeline.name).entries
        assert sorted(each.as_of for each in entries if not each.provisional) == [AS_OF + HOUR, AS_OF + 2 * HOUR]

    assert all(champion == alias for champion, alias in stood)
    assert {champion for champion, _ in stood} == {None, AS_OF + HOUR, AS_OF + 2 * HOUR}
    assert deaths > 15


def champion_and_alias(store, pipeline):
    """The as_of of who is champion by the history, and by the alias; none where the baseline or nobody is."""
    history = read_history(store, pipeline.name)
    if history is None:
        return None, None
    champion = fold(history.entries).champion
    named = store.client.get_model_version(pipeline.name, str(history.alias))
    by_alias = AS_OF + HOUR * int(named.tags["data"].split()[1]) if "as_of" in named.tags else None
    return (None if champion is None else champion.as_of), by_alias
