from datetime import timedelta
from types import SimpleNamespace

import mlflow
import numpy as np
import pytest

from recurcast.errors import ChampionUnusable
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.pipelines.windows import windows_of
from recurcast.runs.train import Request
from recurcast.series.sources import obtain
from recurcast.tracking.outcomes import outcome_tags
from recurcast.tracking.registry.manual import roll_back
from recurcast.tracking.registry.registry import champion_of, decide_again
from recurcast.tracking.runs import parent_run
from recurcast.tracking.store import connect
from recurcast.tracking.track_record import log_known_targets, read_track_record
from support.tiny import AS_OF, tiny_pipeline

HOUR = timedelta(hours=1)
PIPELINE = tiny_pipeline()


def tick(number):
    """Every three hours; the horizon of two hours reaches an hour beyond the next tick."""
    return AS_OF + 3 * number * HOUR


def split_at(as_of, pipeline=PIPELINE):
    return windows_of(pipeline, obtain(pipeline, as_of, None))


def ended(store, number, pipeline=PIPELINE):
    """Leave the run of a tick that brought no new row; return it."""
    request = Request(pipeline, tick(number), store.root, "schedule", following=tick(number + 1))
    with parent_run(store, request) as run:
        run.tag(**outcome_tags(request, "no new data"))
    return run


def tracked(store, number, name="tiny"):
    (found,) = [each for each in read_track_record(store, name, 100).ticks if each.as_of == tick(number)]
    return found


def states(store):
    return [each.state for each in read_track_record(store, "tiny", 100).ticks]


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    """A project with four ticks in a row, of which two brought no new row, and how they stood after each."""
    root = tmp_path_factory.mktemp("project")
    run_interval(Request(PIPELINE, tick(0), root, following=tick(1)), PLAIN)
    store = connect(root)
    stood = [states(store)]
    ended(store, 1)
    log_known_targets(store, PIPELINE, tick(1), split_at(tick(1)))
    stood.append(states(store))
    run_interval(Request(PIPELINE, tick(2), root, following=tick(3)), PLAIN)
    stood.append(states(store))
    ended(store, 3)
    log_known_targets(store, PIPELINE, tick(3), split_at(tick(3)))
    stood.append(states(store))
    return store, stood


@pytest.fixture
def pipeline(season, request):
    """A pipeline of the test's own, in the season's store, with the season's first champion."""
    store, _ = season
    own = tiny_pipeline(name=request.node.originalname.replace("_", "-")[:60])
    promoted = store.client.get_model_version("tiny", "1")
    store.client.create_registered_model(own.name)
    store.client.create_model_version(own.name, promoted.source, tags=promoted.tags)
    return own


def test_a_tick_is_scored_by_the_first_run_that_knows_all_its_targets(season):
    _, stood = season

    assert stood == [
        ["pending"],
        ["pending", "pending"],
        ["scored", "pending", "pending"],
        ["scored", "scored", "pending", "pending"],
    ]


def test_over_the_ticks_every_origin_counts_once(season):
    store, _ = season
    ticks = read_track_record(store, "tiny", 100).ticks

    assert [(each.as_of, each.next_tick) for each in ticks] == [(tick(n), tick(n + 1)) for n in range(4)]
    assert [each.origins for each in ticks] == [3, 3, 0, 0]


@pytest.mark.parametrize("number", [0, 1])
def test_the_score_is_what_the_served_champion_of_the_tick_forecasts(season, number):
    store, _ = season
    scored = tracked(store, number)
    rows = obtain(PIPELINE, tick(3), store.root).rows.set_index("ds")["y"]

    def hours(first, count):
        return [rows[tick(number) + (first + hour) * HOUR] for hour in range(count)]

    windows = np.array([hours(origin - 12, 12) for origin in range(3)])
    targets = np.array([hours(origin, 2) for origin in range(3)])
    errors = np.abs(mlflow.pyfunc.load_model("models:/tiny/1").predict(windows[:, :, None]) - targets)
    baseline = np.abs(windows.mean(axis=1)[:, None] - targets)

    assert scored.champion == 1
    assert scored.champion_mae == pytest.approx(errors.mean())
    assert scored.baseline_mae == pytest.approx(baseline.mean())
    assert scored.skill == pytest.approx(1 - errors.mean() / baseline.mean())
    (point,) = store.client.get_metric_history(scored.run_id, "track/champion_mae")
    assert point.timestamp == int(tick(number).timestamp() * 1000)


def test_a_run_that_died_before_its_last_word_is_repeated_with_the_same_result(season):
    store, _ = season
    before = tracked(store, 0)
    store.client.set_tag(before.run_id, "track", "pending")
    assert tracked(store, 0).state == "pending"
    log_known_targets(store, PIPELINE, tick(2), split_at(tick(2)))

    assert tracked(store, 0) == before
    assert len(store.client.get_metric_history(before.run_id, "track/champion_mae")) == 1


def test_a_tick_before_the_first_champion_has_the_baseline_s_score_only(season, pipeline):
    store, _ = season
    ended(store, -9, pipeline)
    log_known_targets(store, pipeline, tick(0), split_at(tick(0)))
    scored = tracked(store, -9, pipeline.name)

    assert (scored.state, scored.champion, scored.champion_mae, scored.origins) == ("no champion", None, None, 3)
    assert scored.baseline_mae > 0


def test_the_champion_of_other_windows_is_named_and_not_scored(season, pipeline):
    store, _ = season
    ended(store, 1, pipeline)
    other = pipeline.model_copy(update={"windows": tiny_pipeline(windows={"lookback": 6, "horizon": 2}).windows})
    log_known_targets(store, other, tick(3), split_at(tick(3), other))
    scored = tracked(store, 1, pipeline.name)

    assert (scored.state, scored.champion, scored.champion_mae, scored.origins) == ("other windows", 1, None, 3)
    assert scored.baseline_mae > 0


def test_a_tick_waits_while_an_earlier_verdict_is_provisional(season, pipeline):
    store, _ = season
    for number in (-1, 1):
        ended(store, number, pipeline)
    split = split_at(tick(3))
    store.client.set_model_version_tag(pipeline.name, "1", "provisional", "true")
    log_known_targets(store, pipeline, tick(3), split)
    while_provisional = [each.state for each in read_track_record(store, pipeline.name, 100).ticks]
    final = SimpleNamespace(verdict="promote", reason="it beats", metric="mase", score=0.5, test_score=0.5)
    decide_again(store, pipeline, 1, final)
    log_known_targets(store, pipeline, tick(3), split)

    assert while_provisional == ["no champion", "pending"]
    assert tracked(store, 1, pipeline.name).state == "scored"


def test_a_champion_that_stood_over_several_ticks_is_loaded_once(season, pipeline, monkeypatch):
    store, _ = season
    for number in (-2, -1, 0, 1, 2):
        ended(store, number, pipeline)
    loaded = []

    def spied(store, name, championship, folder):
        loaded.append(championship.version)
        return champion_of(store, name, championship, folder)

    monkeypatch.setattr("recurcast.tracking.track_record.champion_of", spied)
    log_known_targets(store, pipeline, tick(4), split_at(tick(4)))

    assert loaded == [1]
    states_of_all = [each.state for each in read_track_record(store, pipeline.name, 100).ticks]
    assert states_of_all == ["no champion", "no champion", "scored", "scored", "scored"]


def test_a_tick_keeps_the_champion_that_a_person_has_left_since(season, pipeline):
    store, _ = season
    for number in (1, 2):
        ended(store, number, pipeline)
    roll_back(store, pipeline, "baseline", "it drifts", tick(2))
    log_known_targets(store, pipeline, tick(4), split_at(tick(4)))

    states_of_all = [each.state for each in read_track_record(store, pipeline.name, 100).ticks]
    assert states_of_all == ["scored", "no champion"]


def test_a_tick_waits_for_the_files_of_a_champion_that_can_not_be_loaded(season, pipeline, monkeypatch):
    store, _ = season
    ended(store, -1, pipeline)
    ended(store, 1, pipeline)

    def damaged(*_):
        raise ChampionUnusable(pipeline.name, 1, "its files are missing")

    with monkeypatch.context() as patched:
        patched.setattr("recurcast.tracking.track_record.champion_of", damaged)
        log_known_targets(store, pipeline, tick(4), split_at(tick(4)))
    states_of_all = [each.state for each in read_track_record(store, pipeline.name, 100).ticks]
    assert states_of_all == ["no champion", "pending"]
    log_known_targets(store, pipeline, tick(4), split_at(tick(4)))
    assert tracked(store, 1, pipeline.name).state == "scored"


def test_nothing_is_loaded_where_nothing_is_known_yet(season, pipeline, monkeypatch):
    store, _ = season
    ended(store, 1, pipeline)
    monkeypatch.setattr("recurcast.tracking.track_record.champion_of", None)
    log_known_targets(store, pipeline, tick(2), split_at(tick(2)))

    assert tracked(store, 1, pipeline.name).state == "pending"


def test_of_two_runs_of_a_tick_the_newer_one_speaks(season, pipeline):
    store, _ = season
    ended(store, 1, pipeline)
    log_known_targets(store, pipeline, tick(3), split_at(tick(3)))
    first = tracked(store, 1, pipeline.name)
    again = ended(store, 1, pipeline)
    second = tracked(store, 1, pipeline.name)

    assert first.state == "scored"
    assert (second.run_id, second.state) == (again.run_id, "pending")


def test_the_last_ticks_are_read_alone(season):
    store, _ = season
    everything, last, exactly = (read_track_record(store, "tiny", count) for count in (1000, 2, 4))

    assert (len(everything.ticks), everything.older) == (4, False)
    assert (last.ticks, last.older) == (everything.ticks[-2:], True)
    assert exactly == everything
    assert read_track_record(store, "unheard-of", 10).ticks == ()


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"following": None}, "trained"),
        ({"promote": False}, "trained"),
        ({}, "superseded"),
        ({}, "no data"),
    ],
)
def test_experiments_instants_off_the_schedule_and_intervals_that_did_not_run_are_not_tracked(
    tmp_path, changed, outcome
):
    request = Request(PIPELINE, AS_OF, tmp_path, **({"following": tick(1)} | changed))

    assert outcome_tags(request, outcome) == {"outcome": outcome}
