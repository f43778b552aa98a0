import numpy as np

from recurcast.evaluation import competitors as forecaster
from recurcast.evaluation.competitors import MovingAverage, Naive, SeasonalNaive, baselines
from support.tiny import split_of, tiny_pipeline

NAN = float("nan")
SERIES = [float(value) for value in range(20)]


def test_the_naive_baseline_repeats_the_last_value_before_the_origin():
    test = split_of(SERIES, parts=(12, 4, 4), lookback=2, horizon=2).test

    assert Naive().predict(test).tolist() == [[15, 15], [16, 16], [17, 17]]


def test_the_seasonal_naive_reads_the_series_before_the_origin_not_only_the_window():
    test = split_of(SERIES, parts=(12, 4, 4), lookback=1, horizon=1).test

    assert SeasonalNaive(season=10).predict(test).ravel().tolist() == [6, 7, 8, 9]


def test_a_horizon_longer_than_a_season_repeats_the_last_known_season():
    test = split_of(SERIES, parts=(12, 4, 4), lookback=2, horizon=4).test

    assert SeasonalNaive(season=3).predict(test).tolist() == [[13, 14, 15, 13]]


def test_a_season_that_is_a_gap_is_looked_up_a_season_earlier():
    series = list(SERIES)
    series[10] = NAN
    test = split_of(series, parts=(13, 3, 4), lookback=2, horizon=1).test

    assert SeasonalNaive(season=6).predict(test)[0, 0] == 4.0


def test_without_any_earlier_season_the_seasonal_naive_is_the_naive():
    validation = split_of(SERIES, parts=(4, 4, 12), lookback=2, horizon=1).validation

    assert SeasonalNaive(season=10).predict(validation).ravel().tolist() == [3, 4, 5, 6]


def test_the_moving_average_is_the_mean_of_the_last_season():
    test = split_of(SERIES, parts=(12, 4, 4), lookback=1, horizon=2).test

    assert MovingAverage(season=4).predict(test).tolist() == [[13.5, 13.5], [14.5, 14.5], [15.5, 15.5]]


def test_the_moving_average_of_many_windows_is_taken_some_at_a_time(monkeypatch):
    windows = split_of([float(step**2) for step in range(30)], parts=(10, 10, 10), lookback=2).test
    at_once = MovingAverage(4).predict(windows)
    monkeypatch.setattr(forecaster, "_WINDOWS_AT_ONCE", 3)

    assert MovingAverage(4).predict(windows).tolist() == at_once.tolist()
    assert at_once[0].tolist() == [(16**2 + 17**2 + 18**2 + 19**2) / 4]


def test_no_baseline_looks_at_its_targets():
    changed = [*SERIES[:19], 1e6]
    for baseline in baselines(tiny_pipeline(season=4)):
        before, after = (
            baseline.predict(split_of(series, parts=(12, 4, 4), lookback=2).test) for series in (SERIES, changed)
        )
        assert np.array_equal(before, after), baseline.name
