import numpy as np
import pytest

from recurcast.config import WindowsConfig
from recurcast.errors import DataRejected
from recurcast.evaluation.conformal import Intervals, calibrate, refuse_too_few, refuse_too_few_known, spreads_of
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.forecasting.portable.highway import Highway
from recurcast.forecasting.portable.network import spreads
from recurcast.series.windows import windows_at
from support.tiny import panel_of, split_of

NAN = float("nan")


def test_the_half_width_is_the_residual_of_the_conformal_rank():
    targets = np.arange(1.0, 10.0)[:, None]
    intervals = calibrate(np.zeros((9, 1)), targets, np.ones(9), (50.0, 80.0, 90.0))

    # of 9 residuals 1..9: ceil(10 * 0.5) = 5, ceil(10 * 0.8) = 8, ceil(10 * 0.9) = 9
    assert intervals.widths.ravel().tolist() == [5, 8, 9]


def test_each_step_of_the_horizon_has_its_own_width_in_the_windows_scale():
    targets = np.stack([np.arange(1.0, 20.0), 10 * np.arange(1.0, 20.0)], axis=1)
    intervals = calibrate(np.zeros((19, 2)), targets, np.full(19, 2.0), (95.0,))

    assert intervals.widths.tolist() == [[9.5, 95.0]]


def test_coverage_is_the_share_of_targets_inside_with_the_border():
    intervals = Intervals((80.0, 99.5), np.array([[1.0], [2.0]]))
    forecasts, targets = np.zeros((4, 1)), np.array([[0.5], [2.0], [-3.0], [8.1]])

    assert intervals.coverage(forecasts, targets, np.array([1.0, 2.0, 1.0, 4.0])) == {"80": 0.5, "99.5": 0.5}


def test_fewer_steps_than_calibrated_are_covered_by_their_own_widths():
    intervals = Intervals((80.0,), np.array([[1.0, 50.0]]))

    assert intervals.coverage(np.zeros((2, 1)), np.array([[0.0], [9.0]]), np.ones(2)) == {"80": 0.5}


def test_on_exchangeable_noise_coverage_is_nominal():
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(500, 3)), rng.normal(size=(20_000, 3))
    intervals = calibrate(np.zeros_like(before), before, np.ones(500), (80.0, 95.0))
    shares = intervals.coverage(np.zeros_like(after), after, np.ones(20_000))

    assert shares["80"] == pytest.approx(0.80, abs=0.03)
    assert shares["95"] == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(("level", "enough"), [(80.0, 4), (90.0, 9), (95.0, 19), (99.5, 199)])
def test_a_level_that_needs_more_residuals_than_there_are_is_refused_with_the_number_needed(level, enough):
    refuse_too_few(enough, (50.0, level))
    with pytest.raises(DataRejected, match=rf"needs {enough} windows in the calibration part: there are {enough - 1}"):
        refuse_too_few(enough - 1, (50.0, level))


def test_spreads_are_the_windows_own_with_the_floor_and_one_where_nothing_is_scaled():
    split = split_of([0.0, 2.0] * 6 + [5.0] * 8, parts=(10, 5, 5), lookback=2)

    assert spreads_of(split.train, "window", 0.1).tolist() == [1.0] * len(split.train)
    assert spreads_of(split.test, "window", 0.1).tolist() == [0.1] * len(split.test)
    assert spreads_of(split.test, "none", 0.1).tolist() == [1.0] * len(split.test)


def test_targets_that_are_not_known_set_no_width_and_count_in_no_coverage():
    targets = np.stack([np.arange(1.0, 13.0), np.arange(1.0, 13.0)], axis=1)
    targets[9:, 1] = NAN
    intervals = calibrate(np.zeros((12, 2)), targets, np.ones(12), (50.0, 80.0))

    # at the first step ceil(13 * 0.5) = 7 and ceil(13 * 0.8) = 11 of 12, at the second 5 and 8 of 9
    assert intervals.widths.tolist() == [[7, 5], [11, 8]]
    assert intervals.coverage(np.zeros((12, 2)), targets, np.ones(12)) == {"50": 12 / 21, "80": 19 / 21}
    assert intervals.coverage(np.zeros((1, 2)), np.full((1, 2), NAN), np.ones(1)) == {}


def test_a_level_needs_its_residuals_at_every_step_of_the_horizon():
    y = [float(step % 5) for step in range(30)]
    y[23] = NAN
    panel = panel_of(y)
    windows = windows_at("calibration", panel, np.arange(10, 29), WindowsConfig(lookback=8, horizon=2), fewest=1)

    assert len(windows) == 19
    refuse_too_few_known(windows, (90.0,))
    with pytest.raises(DataRejected, match="95% needs 19 windows in the calibration part: there are 18"):
        refuse_too_few_known(windows, (95.0,))


def test_the_spread_of_a_window_that_misses_steps_is_that_of_the_others():
    windows = windows_at("test", panel_of([0.0, NAN, 2.0, 9.0]), np.array([3]), WindowsConfig(lookback=3), fewest=2)

    assert spreads_of(windows, "window", 0.1).tolist() == [1.0]


def test_the_spread_of_a_network_with_a_highway_is_the_one_that_its_bundle_computes():
    facts = Highway(season=2, horizon=1, lookback=2, reach=6, patch=1, log=True, offset=1.0, smallest=0.1, noise=0.5)
    bundle = Bundle("tiny", "gru", "h", "UTC", 0, lookback=6, horizon=1, season=2, highway=facts)
    panel = panel_of([1.0, 3.0, NAN, 4.0, 1.0, 2.0, 5.0, 8.0])
    windows = windows_at("test", panel, np.array([6, 7]), WindowsConfig(lookback=6), fewest=3)

    found = spreads_of(windows, "window", 1e9, facts)
    assert found.tolist() == spreads(bundle, windows.inputs).tolist()
    assert np.isfinite(found).all()
    assert calibrate(np.zeros((9, 1)), np.ones((9, 1)), np.ones(9), (50.0,), facts).highway is facts
