import numpy as np
import pytest

from recurcast.evaluation.competitors import MovingAverage, Naive, SeasonalNaive
from recurcast.forecasting.portable.baselines import BASELINES, baseline_forecasts
from recurcast.forecasting.pyfunc_baseline import ServedBaseline
from recurcast.series.windows import Windows
from support.tiny import panel_of

NAN = float("nan")
WINDOWS = [
    [1.0, 2.0, 3.0, 4.0, NAN, 6.0],
    [7.0, NAN, NAN, NAN, NAN, NAN],
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
]
FORECASTS = {
    "seasonal_naive": [[4, 2, 6, 4], [7, 7, 7, 7], [4, 5, 6, 4]],
    "moving_average": [[5] * 4, [7] * 4, [5] * 4],
    "naive": [[6] * 4, [7] * 4, [6] * 4],
}


@pytest.mark.parametrize("kind", BASELINES)
def test_a_baseline_forecasts_from_what_is_known_alike_where_it_is_judged_and_where_it_serves(kind: str) -> None:
    window = np.array(WINDOWS)
    panel = panel_of(*([*own, *[NAN] * 4] for own in WINDOWS))
    windows = Windows("test", panel, 6, 4, np.arange(3), np.full(3, 6))
    judged = {each.name: each for each in (SeasonalNaive(3), MovingAverage(3), Naive())}[kind]

    assert baseline_forecasts(kind, window, 3, 4).tolist() == FORECASTS[kind]
    assert ServedBaseline(kind, 3, 4, fewest=1).predict(window[:, :, None]).tolist() == FORECASTS[kind]
    assert judged.predict(windows).tolist() == FORECASTS[kind]


@pytest.mark.parametrize("kind", BASELINES)
def test_a_season_longer_than_the_window_is_repeated_as_far_as_it_is_known(kind: str) -> None:
    found = baseline_forecasts(kind, np.array([[1.0, 2.0, 3.0]]), 5, 4).tolist()

    assert found == {"seasonal_naive": [[3, 3, 1, 2]], "moving_average": [[2] * 4], "naive": [[3] * 4]}[kind]
