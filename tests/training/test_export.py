import numpy as np
import pandas as pd
import pytest

from recurcast.series.grid import Grid
from recurcast.training.export import baseline_bundle
from recurcast.training.networks import shape_of
from support.exported import exported
from support.tiny import tiny_pipeline


def test_a_bundle_holds_what_the_network_took_from_the_train_part() -> None:
    made = exported("lstm", 2, 2, levels=(80.0, 95.0), layers=2)
    shape = shape_of(made.split.train, made.split.validation_begins)
    bundle = made.bundle
    assert (bundle.kind, bundle.lookback, bundle.horizon, bundle.layers) == ("lstm", 6, 2, 2)
    assert (bundle.covariates, bundle.calendar, bundle.levels) == (("heat", "wind"), ("hour",), (80.0, 95.0))
    assert bundle.spread_floor == shape.spread_floor > 0
    np.testing.assert_allclose(bundle.weights["covariates.mean"], shape.covariates.mean(axis=0))
    np.testing.assert_allclose(bundle.weights["covariates.scale"], shape.covariates.std(axis=0))
    assert bundle.widths.shape == (2, 2)


def test_levels_without_widths_are_none() -> None:
    assert exported("rnn").bundle.levels == ()


@pytest.mark.parametrize(
    ("baseline", "season", "kind", "lookback"),
    [
        ("seasonal_naive", 12, "seasonal_naive", 12),
        ("seasonal_naive", 13, "seasonal_naive", 13),
        ("seasonal_naive", 1, "naive", 12),
        ("moving_average", 40, "moving_average", 40),
        ("naive", 40, "naive", 12),
    ],
)
def test_the_baseline_is_the_gates_own_and_reads_a_whole_season(
    baseline: str, season: int, kind: str, lookback: int
) -> None:
    grid = Grid("2W-SUN", "UTC", pd.Timedelta("7min"), pd.Timestamp("2024-01-07"))
    bundle = baseline_bundle(tiny_pipeline(season=season, gate={"baseline": baseline}), grid)
    assert (bundle.kind, bundle.lookback, bundle.season, bundle.fewest) == (kind, lookback, season, None)
    assert bundle.grid == grid


def test_the_baseline_of_windows_that_may_miss_steps_reads_as_far_back_as_the_network() -> None:
    pipeline = tiny_pipeline(network={"kind": "highway"}, training={})
    bundle = baseline_bundle(pipeline, Grid("h", "UTC"))
    assert (bundle.kind, bundle.lookback, bundle.fewest) == ("moving_average", 12 + 4 * 12, 13)
