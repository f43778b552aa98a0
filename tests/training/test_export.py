import numpy as np
import pandas as pd

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


def test_the_baseline_is_seasonal_where_the_lookback_holds_a_season() -> None:
    grid = Grid("2W-SUN", "UTC", pd.Timedelta("7min"), pd.Timestamp("2024-01-07"))
    kinds = [baseline_bundle(tiny_pipeline(season=season), grid).kind for season in (1, 12, 13)]
    assert kinds == ["naive", "seasonal_naive", "naive"]
    assert baseline_bundle(tiny_pipeline(), grid).grid == grid
