import numpy as np

from recurcast.evaluation.competitors import Naive
from recurcast.evaluation.metrics import evaluate
from recurcast.reporting.charts import Bands, side_by_side
from support.tiny import split_of, tiny_pipeline

BERLIN = tiny_pipeline(
    source={"kind": "file", "path": "demand.csv", "timezone": "Europe/Berlin"}, windows={"lookback": 2, "horizon": 2}
)


def evaluated(*series):
    split = split_of(*series, parts=(8, 4, 5), lookback=2, horizon=2)
    return evaluate([Naive()], split.test, split, 1, "naive")


def test_the_newest_windows_of_the_first_series_lie_side_by_side_without_overlap():
    shown = side_by_side(BERLIN, evaluated([float(step) for step in range(17)], [0.0] * 17))

    # Five test steps hold two windows of two, counted back from the end.
    assert shown.observed.tolist() == [13, 14, 15, 16]
    assert shown.forecasts["naive"].tolist() == [12, 12, 14, 14]
    assert shown.series == "series-0"
    assert f"{shown.times[-1]:%Y-%m-%d %H:%M}" == "2024-06-01 01:00"  # 23:00 UTC in Berlin's summer


def test_intervals_lie_around_the_forecast_of_their_competitor_the_widest_first():
    evaluation = evaluated([float(step) for step in range(17)])
    widths = np.stack([np.full((len(evaluation.windows), 2), half) for half in (1.0, 3.0)])
    shown = side_by_side(BERLIN, evaluation, Bands("naive", (80.0, 95.0), widths))

    assert [band.level for band in shown.bands] == [95, 80]
    assert shown.bands[1].low.tolist() == [11, 11, 13, 13]
    assert shown.bands[0].high.tolist() == [15, 15, 17, 17]
