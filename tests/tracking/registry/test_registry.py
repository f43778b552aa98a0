from collections import Counter
from datetime import timedelta
from unittest import mock

import pytest
from mlflow import MlflowClient

from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.train import Request, Silence, Ticket
from recurcast.tracking.registry.registry import champion_as_of, register, serving_version
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import connect
from recurcast.tracking.trained import TrainedCell
from support.tiny import AS_OF, ONE_CELL, tiny_pipeline

DAY = timedelta(days=1)
PIPELINE = tiny_pipeline(network=ONE_CELL)


class Reading(Silence):
    """Counts by stage how often the registered model is read whole, by us or by MLflow itself."""

    def __init__(self):
        self.counted, self.now = Counter(), ""

    def stage(self, name):
        self.now = name

    def spy(self, read):
        def counted(*arguments):
            self.counted[self.now] += 1
            return read(*arguments)

        return counted


@pytest.fixture(scope="module")
def reading():
    return Reading()


@pytest.fixture(scope="module")
def promoted(tmp_path_factory, reading):
    root = tmp_path_factory.mktemp("project")
    with mock.patch.object(MlflowClient, "get_registered_model", reading.spy(MlflowClient.get_registered_model)):
        return connect(root), run_interval(Request(PIPELINE, AS_OF, root), PLAIN, reading)


def test_before_the_first_promotion_nobody_is_champion(promoted, tmp_path):
    store, _ = promoted

    assert champion_as_of(store, PIPELINE, AS_OF - DAY, tmp_path) is None


def test_the_champion_of_an_instant_comes_with_its_network(promoted, tmp_path):
    store, result = promoted
    champion = champion_as_of(store, PIPELINE, AS_OF + DAY, tmp_path)

    assert (champion.version, champion.as_of, champion.cell) == (1, AS_OF, result.decision.challenger)
    assert champion.keras_file.is_relative_to(tmp_path)
    assert champion.keras_file.is_file()


def test_a_run_reads_the_history_before_it_decides_and_anew_only_after_it_wrote_its_own_entry(promoted, reading):
    # The first run of all has nothing to recover, and finds no mark yet: before its entry, and after it.
    assert reading.counted == {"evaluate": 1, "promote": 2}


def test_registering_again_after_a_failure_makes_no_second_version(tmp_path):
    result = run_interval(Request(PIPELINE, AS_OF, tmp_path), PLAIN)
    store = connect(tmp_path)
    version = store.client.get_model_version("tiny", "1")
    store.client.update_run(result.run_id, status="RUNNING")
    winner = TrainedCell(None, TrackedRun(store, "1", version.run_id), version.source.removeprefix("models:/"))
    request = Request(PIPELINE, AS_OF, tmp_path)
    again = register(TrackedRun(store, "1", result.run_id), request, winner, result.decision)

    assert (again.version, again.promoted) == (1, True)
    assert len(store.client.search_model_versions("name='tiny'")) == 1


def test_a_provisional_promotion_is_nobodys_champion_and_moves_no_alias(tmp_path):
    provisional = Request(PIPELINE, AS_OF, tmp_path, "backfill", ticket=Ticket("a-backfill", provisional=True))
    result = run_interval(provisional, PLAIN)
    store = connect(tmp_path)

    assert (result.decision.verdict, result.provisional, result.registration.promoted) == ("promote", True, False)
    assert "provisional" in result.registration.note
    assert champion_as_of(store, PIPELINE, AS_OF + DAY, tmp_path) is None
    assert serving_version(store, "tiny").kind == "baseline"
    assert store.client.get_model_version_by_alias("tiny", "champion").tags["baseline"] == "moving_average"


def test_a_pipeline_that_never_ran_has_no_champion(promoted, tmp_path):
    store, _ = promoted

    assert champion_as_of(store, tiny_pipeline(name="unheard-of"), AS_OF, tmp_path) is None
