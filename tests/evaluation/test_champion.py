"""Champions of the run's windows and of others, as untrained networks on series that can be checked by eye."""

from datetime import timedelta
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from recurcast.config import Parts, PipelineConfig, WindowsConfig
from recurcast.evaluation.champion import Champion, Opponent, narrowed, opponent_of
from recurcast.evaluation.competitors import Naive
from recurcast.evaluation.metrics import evaluate
from recurcast.forecasting.portable.bundle import Bundle, write
from recurcast.forecasting.portable.highway import Highway
from recurcast.series.days import DayCalendar
from recurcast.series.windows import Split, cut
from support.champions import champion_of
from support.tiny import AS_OF, panel_of, split_of, tiny_pipeline

NAN = float("nan")
SERIES = [float(value % 7) for value in range(60)]


def opponent(folder: Path, *, series: list[float] = SERIES, **shape: object) -> Opponent | str:
    split = split_of(series, parts=(30, 10, 20), lookback=6, horizon=2)
    return opponent_of(champion_of(folder, **shape), tiny_pipeline(), split)


def test_a_champion_of_the_same_windows_is_scored_on_all_of_them(tmp_path):
    same = opponent(tmp_path, lookback=6)

    assert same.fits
    assert len(same.windows) == 19
    assert same.remark == ""
    assert same.forecaster.predict(same.windows).shape == (19, 2)


def test_a_champion_with_a_longer_lookback_is_scored_where_its_own_window_has_no_gap(tmp_path):
    series = list(SERIES)
    series[33] = float("nan")  # in the first test windows of lookback 10 only: origins 40 .. 43
    longer = opponent(tmp_path, series=series, lookback=10)

    assert not longer.fits
    assert longer.windows.origin.tolist() == list(range(44, 59))
    assert longer.windows.lookback == 6
    assert "15 test windows and 2 steps that all can serve" in longer.remark


def test_a_champion_of_a_shorter_horizon_is_scored_on_the_steps_that_both_forecast(tmp_path):
    shorter = opponent(tmp_path, lookback=6, horizon=1)

    assert (shorter.windows.horizon, len(shorter.windows)) == (1, 19)
    assert "19 test windows and 1 step that all can serve" in shorter.remark
    assert shorter.windows.targets.ravel().tolist() == SERIES[40:59]


def test_a_champion_of_a_longer_horizon_forecasts_only_what_is_asked(tmp_path):
    longer = opponent(tmp_path, lookback=6, horizon=5)

    assert longer.windows.horizon == 2
    assert longer.forecaster.predict(longer.windows).shape == (len(longer.windows), 2)


def test_the_forecasts_of_both_are_of_the_same_targets(tmp_path):
    split = split_of(SERIES, parts=(30, 10, 20), lookback=6, horizon=2)
    longer = opponent_of(champion_of(tmp_path, lookback=9), tiny_pipeline(), split)
    own = narrowed(Naive(), split)
    duel = evaluate([own, longer.forecaster, Naive("seasonal_naive")], longer.windows, split, 7, "seasonal_naive")

    naive, _, again = duel.predictions
    assert np.array_equal(naive.values, again.values)
    assert np.array_equal(naive.values[:, 0], [SERIES[origin - 1] for origin in longer.windows.origin])


def test_a_champion_with_a_calendar_that_the_pipeline_no_longer_has_makes_its_own(tmp_path):
    calendar = opponent(tmp_path, lookback=6, calendar=("hour",))

    assert calendar.forecaster.panel.calendar.shape == (60, 2)
    assert np.isfinite(calendar.forecaster.predict(calendar.windows)).all()


def test_a_champion_is_told_the_days_that_it_was_trained_with_as_far_as_they_reach(tmp_path):
    days = DayCalendar("days:fair.csv", "2024-01-01", "2024-06-30", ("2024-05-31",))
    known = opponent(tmp_path / "known", lookback=6, calendar=(days.name,), days=(days,))
    assert known.forecaster.panel.calendar[:, 0].tolist() == [0.0] * 36 + [1.0] * 24
    ended = opponent(
        tmp_path / "ended", lookback=6, calendar=(days.name,), days=(days.within("2024-01-01", "2024-05-30"),)
    )
    assert "takes a calendar that does not reach so far: 'days:fair.csv' is known to 2024-05-30" in ended
    assert "the baseline stands in" in ended


@pytest.mark.parametrize(
    ("bundle", "why"),
    [({"covariates": ("wind",)}, "the covariate 'wind', which the source no longer has"), ({"frequency": "D"}, "'D'")],
)
def test_a_champion_that_can_not_be_served_at_all_says_why_and_the_baseline_stands_in(tmp_path, bundle, why):
    reason = opponent(tmp_path, lookback=6, **bundle)

    assert "champion version 3" in reason
    assert why in reason
    assert "the baseline stands in" in reason


def test_a_champions_coverage_is_that_of_its_own_intervals(tmp_path):
    split = split_of(SERIES, parts=(30, 10, 20), lookback=6, horizon=2)
    champion = champion_of(tmp_path, lookback=6, levels=(80.0,), widths=np.array([[0.0, 1e9]]))
    found = opponent_of(champion, tiny_pipeline(), split)

    assert found.coverage(found.windows.targets + 0.5) == {"80": 0.5}
    assert AS_OF - timedelta(hours=20) == split.fit_until


# Windows that may miss steps


def masked_champion(folder: Path, lookback: int) -> Champion:
    """A champion that forecasts the mean of what is known of a window, twice, and needs three values there."""
    window = keras.Input((lookback, 1), dtype="float64", name="window")
    known = ops.logical_not(ops.isnan(window[:, :, 0]))
    mean = ops.sum(ops.where(known, window[:, :, 0], 0.0), axis=1) / ops.sum(ops.cast(known, "float64"), axis=1)
    (folder / "data").mkdir(parents=True)
    keras.Model(window, ops.stack([mean, mean], axis=1)).save(folder / "data" / "model.keras")
    facts = Highway(season=2, horizon=2, lookback=2, reach=lookback, patch=1)
    bundle = Bundle("tiny", "gru", "h", "UTC", 0, lookback=lookback, horizon=2, season=2, highway=facts)
    write(bundle, folder / "bundle")
    return Champion(3, AS_OF, "gru", AS_OF, None, folder)


GAPPY = [*SERIES[:45], NAN, *SERIES[46:57], NAN, NAN, SERIES[59]]
PARTS = Parts(history=30, validation=10, test=20)


def gappy_split(fewest: int | None, lookback: int = 6) -> Split:
    return cut(panel_of(GAPPY), PARTS, WindowsConfig(lookback=lookback, horizon=2), fewest)


def masked_pipeline() -> PipelineConfig:
    return tiny_pipeline(season=2, windows={"lookback": 2, "horizon": 2}, network={"kind": "highway"}, training={})


def test_a_champion_whose_windows_may_miss_steps_is_scored_on_all_windows_of_its_kind(tmp_path):
    split = gappy_split(fewest=3)
    same = opponent_of(masked_champion(tmp_path, 6), masked_pipeline(), split)

    assert same.fits
    assert same.windows is split.test
    assert len(same.windows) == 18  # of 19 origins the one with two unknown targets has no window
    assert np.isfinite(same.forecaster.predict(same.windows)).all()


def test_a_champion_of_whole_windows_is_scored_beside_others_where_its_own_are_whole(tmp_path):
    plain = opponent_of(champion_of(tmp_path, lookback=6), masked_pipeline(), gappy_split(fewest=3))

    assert not plain.fits
    assert plain.windows.origin.tolist() == [40, 41, 42, 43, 52, 53, 54, 55]
    assert np.isfinite(plain.windows.targets).all()
    assert "the verdict is on the 8 test windows and 2 steps that all can serve" in plain.remark


def test_a_champion_whose_windows_may_miss_steps_is_scored_beside_whole_ones_on_these(tmp_path):
    split = gappy_split(fewest=None)
    masked = opponent_of(masked_champion(tmp_path, 9), tiny_pipeline(), split)

    assert not masked.fits
    assert masked.windows.origin.tolist() == split.test.origin.tolist() == [40, 41, 42, 43, 52, 53, 54, 55]
    assert np.isfinite(masked.forecaster.predict(masked.windows)).all()


def test_a_champion_that_takes_other_columns_is_not_said_to_take_other_windows(tmp_path):
    with_calendar = opponent(tmp_path, lookback=6, calendar=("hour",))

    assert "takes other columns beside y: the verdict is on the 19 test windows" in with_calendar.remark
