from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from recurcast.config import NetworkConfig
from recurcast.evaluation.competitors import NetworkForecaster
from recurcast.evaluation.track_record import TrackedTick, origins_of, score_tick, track_record_of, windows_of_tick
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.series.frame import Panel
from recurcast.series.known import end_of_knowledge
from recurcast.training.networks import build_network, shape_of
from support.tiny import AS_OF, TINY, panel_of, split_of, tiny_pipeline

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAN = float("nan")


def pipeline_of(lookback, horizon, stride=1, delay="0h"):
    windows = {"lookback": lookback, "horizon": horizon, "stride": stride}
    return tiny_pipeline(windows=windows, source=TINY["source"] | {"delay": delay})


def hourly(first, hours):
    steps = pd.date_range(first, periods=hours, freq="h", tz="UTC").as_unit("ns")
    return Panel(("a",), steps, np.arange(hours, dtype=np.float64)[None, :, None], np.zeros((hours, 0)))


def test_the_picture_in_the_docstring_is_what_is_cut():
    panel = panel_of([float(value) for value in range(9)])
    windows = windows_of_tick(panel, pipeline_of(2, 3), AS_OF, AS_OF - 6 * HOUR, AS_OF - 2 * HOUR)

    assert windows.targets[:, 0].tolist() == [3, 4, 5, 6]
    assert windows.inputs[0].ravel().tolist() == [1, 2]
    assert windows.targets[0].tolist() == [3, 4, 5]
    assert windows.inputs[-1].ravel().tolist() == [4, 5]
    assert windows.targets[-1].tolist() == [6, 7, 8]


def test_a_tick_waits_for_the_run_that_knows_its_last_target():
    panel = panel_of([float(value) for value in range(8)])

    assert windows_of_tick(panel, pipeline_of(2, 3), AS_OF, AS_OF - 5 * HOUR, AS_OF - HOUR) is None
    assert len(windows_of_tick(panel, pipeline_of(2, 3), AS_OF, AS_OF - 5 * HOUR, AS_OF - 2 * HOUR)) == 3


def test_a_tick_waits_for_the_next_one_though_all_that_a_run_between_them_knows_are_targets():
    panel = panel_of([float(value) for value in range(8)])

    assert windows_of_tick(panel, pipeline_of(2, 1), AS_OF, AS_OF - 3 * HOUR, AS_OF + HOUR) is None
    assert len(windows_of_tick(panel, pipeline_of(2, 1), AS_OF, AS_OF - 3 * HOUR, AS_OF)) == 3


def test_a_panel_that_no_longer_holds_the_steps_before_the_first_origin_can_not_score():
    panel = panel_of([float(value) for value in range(8)])
    begins = AS_OF - 8 * HOUR

    assert windows_of_tick(panel, pipeline_of(2, 1), AS_OF, begins + HOUR, begins + 4 * HOUR) is None
    assert len(windows_of_tick(panel, pipeline_of(2, 1), AS_OF, begins + 2 * HOUR, begins + 4 * HOUR)) == 2
    assert windows_of_tick(panel, pipeline_of(2, 1), AS_OF, begins - 4 * HOUR, begins - 2 * HOUR) is None


@pytest.mark.parametrize("horizon", [1, 5, 24])
@pytest.mark.parametrize("delay", ["0h", "1h", "90min", "30h"])
def test_over_many_ticks_every_step_is_an_origin_once(horizon, delay):
    ticks = [datetime(2024, 3, 1, tzinfo=UTC) + shift for shift in (0 * HOUR, 7 * HOUR, DAY, 2 * DAY, 2 * DAY + HOUR)]
    panel = hourly("2024-02-28", 24 * 8)
    known_at = datetime(2024, 3, 7, 23, 30, tzinfo=UTC)
    origins = [
        origin
        for tick, following in pairwise(ticks)
        for origin in windows_of_tick(panel, pipeline_of(4, horizon, 3, delay), known_at, tick, following).origin
    ]

    first, last = (panel.steps.searchsorted(end_of_knowledge(delay, tick)) for tick in (ticks[0], ticks[-1]))
    assert last - first == 49
    assert origins == list(range(first, last))


@pytest.mark.parametrize("delay", ["1h", "30min", "3h"])
def test_the_first_origin_is_the_first_step_that_the_tick_does_not_know(delay):
    panel = hourly("2024-03-01", 24)
    tick = datetime(2024, 3, 1, 12, tzinfo=UTC)
    known = panel.steps[(panel.steps < tick) & (panel.steps + pd.Timedelta(delay) <= tick)]

    assert panel.steps[origins_of(panel, delay, tick, tick + HOUR)[0]] == known[-1] + HOUR


@pytest.mark.parametrize(
    ("midnight", "next_midnight", "hours"),
    [
        ("2024-03-30T23:00:00+00:00", "2024-03-31T22:00:00+00:00", 23),  # Amsterdam, summer time begins
        ("2024-10-26T22:00:00+00:00", "2024-10-27T23:00:00+00:00", 25),  # and ends
        ("2024-06-09T22:00:00+00:00", "2024-06-10T22:00:00+00:00", 24),
    ],
)
def test_a_day_of_daylight_saving_has_as_many_origins_as_hours(midnight, next_midnight, hours):
    tick, following = map(datetime.fromisoformat, (midnight, next_midnight))
    panel = hourly(tick.replace(tzinfo=None) - DAY, 72)
    windows = windows_of_tick(panel, pipeline_of(2, 1), following, tick, following)

    assert (windows.origin[0], len(windows)) == (24, hours)


def test_windows_with_a_gap_do_not_count_and_each_series_counts():
    whole = [float(value) for value in range(10)]
    panel = panel_of(whole, [*whole[:6], NAN, *whole[7:]])
    windows = windows_of_tick(panel, pipeline_of(2, 1), AS_OF, AS_OF - 5 * HOUR, AS_OF)

    assert windows.origin[windows.series == 0].tolist() == [5, 6, 7, 8, 9]
    assert windows.origin[windows.series == 1].tolist() == [5, 9]


def test_between_ticks_that_are_denser_than_the_steps_there_may_be_no_origin():
    daily = Panel(
        ("a",), pd.date_range("2024-03-01", periods=9, freq="D", tz="UTC"), np.ones((1, 9, 1)), np.zeros((9, 0))
    )
    tick = datetime(2024, 3, 9, 5, tzinfo=UTC)
    windows = windows_of_tick(daily, pipeline_of(2, 3), tick + HOUR, tick, tick + HOUR)

    assert len(windows) == 0
    split = split_of([float(value) for value in range(30)], parts=(20, 5, 5), lookback=2)
    assert score_tick(pipeline_of(2, 3), split, windows, None).state == "no windows"


def masked_pipeline():
    """A season of 2: a window of 3 + 4 * 2 = 11 steps with 3 values; parts of 10 + 5 + 5 steps."""
    return tiny_pipeline(
        windows={"lookback": 3, "horizon": 2},
        season=2,
        parts={"history": 10, "validation": 5, "test": 5},
        network={"kind": "highway"},
        training={},
        gate={"baseline": "naive"},
    )


def test_windows_that_may_miss_steps_are_scored_at_every_origin_with_enough_values():
    before, kept = [NAN] * 11, [float(step) for step in range(20)]
    kept[12:15] = [NAN] * 3
    panel = panel_of([*before, *kept])
    windows = windows_of_tick(panel, masked_pipeline(), AS_OF, AS_OF - 9 * HOUR, AS_OF - HOUR)

    # Eight origins from step 11 of what is kept on; at 12 and 13 both targets are unknown.
    assert (windows.origin - 11).tolist() == [11, 14, 15, 16, 17, 18]
    assert windows.lookback == 11
    np.testing.assert_array_equal(windows.targets[0], [11, NAN])
    np.testing.assert_array_equal(windows.inputs[1, -4:, 0], [10, 11, NAN, NAN])


def test_windows_that_may_miss_steps_wait_for_no_more_history_than_is_kept():
    panel = panel_of([NAN] * 11 + [float(step) for step in range(20)])
    ticks = {hours: AS_OF - hours * HOUR for hours in (10, 11)}

    assert len(windows_of_tick(panel, masked_pipeline(), AS_OF, ticks[10], AS_OF - 9 * HOUR)) == 1
    assert windows_of_tick(panel, masked_pipeline(), AS_OF, ticks[11], AS_OF - 9 * HOUR) is None


@pytest.fixture
def alternating():
    """A series 0, 10, 0, 10, ..., its pipeline with the naive baseline, and the windows of the last four hours."""
    pipeline = tiny_pipeline(windows={"lookback": 2, "horizon": 1}, season=1, gate={"baseline": "naive"})
    split = split_of([10.0 * (step % 2) for step in range(40)], parts=(20, 10, 10), lookback=2)
    return pipeline, split, windows_of_tick(split.panel, pipeline, AS_OF, AS_OF - 4 * HOUR, AS_OF)


def network_for(split):
    return build_network("rnn", NetworkConfig(units=2), shape_of(split.train, split.validation_begins), 0).forecaster


def test_without_a_champion_the_baseline_is_scored_alone(alternating):
    pipeline, split, windows = alternating
    score = score_tick(pipeline, split, windows, None)

    assert (score.state, score.windows, score.champion) == ("no champion", 4, None)
    assert score.baseline == {"mae": 10, "rmse": 10, "smape": 200, "skill": 0}


def test_a_champion_is_scored_beside_the_baseline(alternating):
    pipeline, split, windows = alternating
    champion = NetworkForecaster("champion", network_for(split))
    score = score_tick(pipeline, split, windows, champion)

    errors = np.abs(champion.predict(windows) - windows.targets)
    assert score.state == "scored"
    assert score.champion["mae"] == pytest.approx(errors.mean())
    assert score.champion["skill"] == pytest.approx(1 - errors.mean() / 10)


def test_the_targets_that_the_champions_intervals_held_are_counted(alternating):
    pipeline, split, windows = alternating
    champion = NetworkForecaster("champion", network_for(split))
    missed = np.abs(champion.predict(windows) - windows.targets) / 5  # the window 0, 10 has the spread 5
    widths = np.array([[missed.min() * 0.99], [missed.max() * 1.01]])
    bundle = Bundle("tiny", "rnn", "h", "UTC", 0, 2, 1, levels=(50.0, 95.0), widths=widths)

    assert score_tick(pipeline, split, windows, champion, bundle).coverage == {"50": 0.0, "95": 1.0}
    assert score_tick(pipeline, split, windows, champion).coverage == {}


def test_in_the_totals_coverage_weighs_as_origins_do_and_ticks_without_it_count_nothing():
    ticks = [
        replace(tick(3, 6, "b", origins=1), coverage={"80": 0.4}),
        replace(tick(0, 3, "a", origins=3), coverage={"80": 0.8}),
        tick(-3, 0, "z", origins=9),
    ]
    assert track_record_of(ticks).totals.coverage == {"80": pytest.approx(0.7)}


def test_a_champion_of_other_windows_is_not_scored(alternating):
    pipeline, split, windows = alternating
    other = network_for(split_of([float(value % 7) for value in range(40)], parts=(20, 10, 10), lookback=5))
    score = score_tick(pipeline, split, windows, NetworkForecaster("champion", other))

    assert (score.state, score.champion, score.baseline["mae"]) == ("other windows", None, 10)


def tick(begins, ends, run_id, state="scored", origins=1, champion_mae=1.0, baseline_mae=2.0):
    return TrackedTick(
        AS_OF + begins * HOUR, AS_OF + ends * HOUR, state, run_id, 1, origins, champion_mae, baseline_mae, 0.5
    )


def test_of_runs_that_share_origins_the_newest_counts():
    newest_first = [tick(3, 6, "again"), tick(6, 7, "c"), tick(3, 6, "b"), tick(-3, 0, "z"), tick(0, 3, "a")]

    assert [each.run_id for each in track_record_of(newest_first).ticks] == ["z", "a", "again", "c"]


def test_ticks_of_a_changed_schedule_take_the_place_of_the_older_ones_that_they_lie_in():
    newest_first = [
        tick(25, 26, "hourly"),
        tick(24, 25, "hourly, first"),
        tick(12, 36, "daily"),
        tick(-12, 12, "daily, first"),
    ]

    assert [each.run_id for each in track_record_of(newest_first).ticks] == ["daily, first", "hourly, first", "hourly"]


def test_in_the_totals_a_tick_weighs_as_much_as_it_has_origins():
    pending = TrackedTick(AS_OF + 9 * HOUR, AS_OF + 10 * HOUR, "pending", "d")
    alone = TrackedTick(AS_OF + 6 * HOUR, AS_OF + 9 * HOUR, "no champion", "c", None, 3, None, 100.0, None)
    record = track_record_of(
        [pending, alone, tick(3, 6, "b", origins=1, champion_mae=5.0, baseline_mae=8.0), tick(0, 3, "a", origins=3)]
    )
    totals = record.totals

    assert (totals.ticks, totals.origins, totals.champion_mae, totals.baseline_mae) == (2, 4, 2.0, 3.5)
    assert totals.skill == pytest.approx(1 - 2 / 3.5)
    assert record.pending == (pending,)


def test_a_record_without_a_scored_tick_has_no_totals():
    totals = track_record_of([TrackedTick(AS_OF, AS_OF + HOUR, "pending", "a")]).totals

    assert (totals.ticks, totals.champion_mae, totals.skill) == (0, None, None)


def test_against_a_baseline_whose_error_is_rounding_no_share_is_told():
    exact = replace(tick(0, 3, "a", champion_mae=0.3, baseline_mae=3e-15), skill=None)
    totals = track_record_of([exact]).totals

    assert (totals.ticks, totals.champion_mae, totals.baseline_mae, totals.skill) == (1, 0.3, 3e-15, None)
    assert track_record_of([exact, tick(3, 6, "b")]).totals.skill == pytest.approx(1 - 0.65)
