import json

import pytest

from recurcast.runs.train import Request
from recurcast.tracking.charts import library_for
from recurcast.tracking.notes import NOTE
from recurcast.tracking.registry.champion_history import begun_history
from recurcast.tracking.runs import parent_run
from recurcast.tracking.store import connect
from support.tiny import AS_OF, tiny_pipeline


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return connect(tmp_path_factory.mktemp("project"))


@pytest.fixture
def named(request):
    """The name of a pipeline of the test's own; the store is shared."""
    return request.node.name.replace("_", "-")[:63]


def ran(store, schedule="", **changed):
    pipeline = tiny_pipeline(**changed)
    with parent_run(store, Request(pipeline, AS_OF, store.root, schedule=schedule)) as run:
        pass
    return run, store.client.get_experiment(run.experiment_id).tags


def test_an_experiment_follows_its_pipeline_until_a_person_describes_it(store, named):
    run, first = ran(store, "`0 0 * * *` (UTC)", name=named, description="A tiny sine.")
    _, second = ran(store, name=named, description="A tiny cosine.")
    store.client.set_experiment_tag(run.experiment_id, NOTE, "Ask Ada.")
    _, third = ran(store, name=named, description="A tiny tangent.")

    assert first[NOTE].startswith("A tiny sine.")
    assert "Schedule: `0 0 * * *` (UTC)." in first[NOTE]
    assert second[NOTE].startswith("A tiny cosine.")
    assert third[NOTE] == "Ask Ada."


def test_the_views_of_an_experiment_are_such_as_its_page_reads(store, named):
    run, tags = ran(store, name=named)
    views = {key.rpartition(".")[2]: json.loads(text) for key, text in tags.items() if "sharedViewState" in key}

    assert {key: view["name"] for key, view in views.items()} == {
        "verdicts": "Verdicts", "cells": "Cells and their curves", "forecasts": "Forecasts",
        "searches": "Searches", "trials": "Trials of searches",
    }  # fmt: skip
    assert "params.`network.units`" in json.loads(views["trials"]["state"])["selectedColumns"]
    state = json.loads(views["verdicts"]["state"])
    assert "metrics.`challenger/mase`" in state["selectedColumns"]
    found = store.client.search_runs([run.experiment_id], state["searchFilter"], order_by=[state["orderByKey"]])
    assert [each.info.run_id for each in found] == [run.run_id]
    assert f"#/experiments/{run.experiment_id}/runs?workflowType=machine_learning&viewStateShareKey=cells" in tags[NOTE]


def test_a_registered_model_follows_its_pipeline_until_a_person_describes_it(store, named):
    def described(text):
        begun_history(store, tiny_pipeline(name=named, description=text))
        return store.client.get_registered_model(named).description

    assert described("A tiny sine.").startswith("A tiny sine.")
    assert described("A tiny cosine.").startswith("A tiny cosine.")
    store.client.update_registered_model(named, "Ask Ada.")
    assert described("A tiny tangent.") == "Ask Ada."


def test_the_first_run_keeps_the_library_of_all_pages_until_its_files_are_gone(store, named):
    first, _ = ran(store, name=named)
    second, _ = ran(store, name=named)

    shared, whole = tiny_pipeline(charts="shared"), tiny_pipeline(charts="whole")

    assert library_for(first, whole) == ""
    assert [library_for(first, shared), library_for(second, shared)] == [first.run_id] * 2
    for path in (store.root / "mlruns" / named / first.run_id).rglob("plotly.mjs"):
        path.unlink()
    assert [library_for(second, shared), library_for(first, shared)] == [second.run_id] * 2
