"""Champions of the run's windows and of others, as untrained networks on series that can be checked by eye."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from recurcast.evaluation.champion import Opponent, narrowed, opponent_of
from recurcast.evaluation.competitors import Naive
from recurcast.evaluation.metrics import evaluate
from support.champions import champion_of
from support.tiny import AS_OF, split_of, tiny_pipeline

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
