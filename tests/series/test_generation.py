import math
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.polynomial import Polynomial

from recurcast.config.autoregression import moving_average_weights
from recurcast.config.generated import GeneratedSource
from recurcast.series import generation
from recurcast.series.generation import generate
from recurcast.series.random_numbers import Stream, logarithm, sine_of_turns

ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)
EVERYTHING: dict[str, Any] = {
    "series": 3,
    "level": 20.0,
    "level_std": 3.0,
    "trend": 0.01,
    "seasons": ({"period": 24, "amplitude": 2.0, "phase": 1.0}, {"period": 62.83185307179586, "amplitude": 1.0}),
    "noise": 0.3,
    "autoregression": (0.6, 0.3),
    "regimes": {"every": 100, "std": 2.0},
    "missing": {"every": 50, "length": 5},
    "anomalies": {"every": 80, "length": 3, "magnitude": 9.0},
}


def hours(first: float, stop: float, **settings: Any) -> pd.DataFrame:
    """The rows of the hourly steps first <= t < stop."""
    return generate(GeneratedSource(**settings), "h", ANCHOR + timedelta(hours=first), ANCHOR + timedelta(hours=stop))


def values(first: float, stop: float, **settings: Any) -> np.ndarray:
    return hours(first, stop, **settings)["y"].to_numpy()


def steps_of(frame: pd.DataFrame) -> np.ndarray:
    return ((frame["ds"] - pd.Timestamp(ANCHOR)) // pd.Timedelta("1h")).to_numpy()


def between(frame: pd.DataFrame, first: int, stop: int) -> pd.DataFrame:
    steps = steps_of(frame)
    return frame[(steps >= first) & (steps < stop)].reset_index(drop=True)


def assert_same_bits(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert left["y"].to_numpy().tobytes() == right["y"].to_numpy().tobytes()


def autocorrelation(y: np.ndarray, lags: int) -> np.ndarray:
    centred = y - y.mean()
    return np.array([(centred[lag:] * centred[: len(y) - lag]).mean() for lag in range(lags + 1)]) / centred.var()


def test_any_interval_made_by_itself_has_the_bits_of_the_long_one() -> None:
    long = hours(-400, 400, **EVERYTHING)
    draw = np.random.default_rng(0)
    for length in range(1, 71):
        first = int(draw.integers(-400, 400 - length))
        assert_same_bits(hours(first, first + length, **EVERYTHING), between(long, first, first + length))


def test_intervals_may_be_made_in_any_order() -> None:
    borders = [-300, -47, 0, 1, 64, 500]
    pieces = list(pairwise(borders))
    backwards = [hours(*piece, **EVERYTHING) for piece in reversed(pieces)]
    joined = pd.concat(backwards).sort_values(["unique_id", "ds"], ignore_index=True)
    assert_same_bits(joined, hours(-300, 500, **EVERYTHING))


def test_a_long_run_in_several_passes_has_the_bits_of_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    once = hours(-100, 200, **EVERYTHING)
    monkeypatch.setattr(generation, "_STEPS_AT_ONCE", 37)
    assert_same_bits(hours(-100, 200, **EVERYTHING), once)


def test_the_bits_are_the_same_on_every_host_and_in_every_version() -> None:
    frame = hours(-500, 500, **EVERYTHING)
    digest = blake2b(frame["y"].to_numpy().tobytes(), digest_size=8).hexdigest()
    assert (len(frame), digest) == (2808, "346e287cfe152d6f")


def test_the_frame_has_the_house_columns_sorted_by_series_then_time() -> None:
    frame = hours(-5, 5, **EVERYTHING | {"series": 11, "missing": None})
    assert {column: str(dtype) for column, dtype in frame.dtypes.items()} == {
        "unique_id": "category",
        "ds": "datetime64[ns, UTC]",
        "y": "float64",
        "anomaly": "int8",
    }
    assert frame["unique_id"].unique().tolist() == [f"series-{index:02d}" for index in range(11)]
    assert frame.index.equals(pd.RangeIndex(110))
    assert_same_bits(frame, frame.sort_values(["unique_id", "ds"], ignore_index=True))
    assert steps_of(frame).reshape(11, 10).tolist() == [list(range(-5, 5))] * 11


def test_ten_series_are_named_without_padding() -> None:
    assert hours(0, 1, series=10)["unique_id"].tolist() == [f"series-{index}" for index in range(10)]


def test_without_anomalies_no_row_is_labelled() -> None:
    assert list(hours(0, 3).columns) == ["unique_id", "ds", "y"]


def test_an_empty_interval_gives_the_same_columns_and_no_row() -> None:
    full = hours(0, 10, **EVERYTHING)
    for first, stop in ((7, 7), (7, 3), (7.25, 7.75)):
        empty = hours(first, stop, **EVERYTHING)
        assert len(empty) == 0
        assert empty.dtypes.equals(full.dtypes)


def test_borders_off_the_grid_keep_the_steps_between_them() -> None:
    assert steps_of(hours(-2.5, 2.5)).tolist() == [-2, -1, 0, 1, 2]
    assert steps_of(hours(-2, 2)).tolist() == [-2, -1, 0, 1]


def test_the_grid_starts_at_the_anchor_not_at_the_full_hour() -> None:
    source = GeneratedSource(anchor=ANCHOR + timedelta(minutes=7), trend=1.0)
    frame = generate(source, "15min", ANCHOR, ANCHOR + timedelta(minutes=30))
    assert frame["ds"].dt.strftime("%H:%M").tolist() == ["00:07", "00:22"]
    assert frame["y"].tolist() == [0.0, 1.0]


def test_level_and_trend_are_a_line() -> None:
    assert values(-2, 3, level=5.0, trend=0.5).tolist() == [4.0, 4.5, 5.0, 5.5, 6.0]


def test_the_sine_follows_its_formula_with_normal_noise_around_it() -> None:
    tenth = {"period": 62.83185307179586, "amplitude": 1.0}
    t = np.arange(-1_000, 20_000)
    np.testing.assert_allclose(values(-1_000, 20_000, seasons=(tenth,)), np.sin(0.1 * t), atol=1e-11)
    noise = values(-1_000, 20_000, seasons=(tenth,), noise=0.1) - np.sin(0.1 * t)
    assert noise.std() == pytest.approx(0.1, rel=0.02)
    assert abs(noise.mean()) < 0.003


def test_a_season_has_phase_and_amplitude_and_repeats_to_the_bit() -> None:
    day = values(0, 24, seasons=({"period": 24, "amplitude": 3.0, "phase": math.pi / 2},))
    np.testing.assert_allclose(day, 3 * np.cos(2 * np.pi * np.arange(24) / 24), atol=1e-14)
    much_later = values(24 * 10_000, 24 * 10_001, seasons=({"period": 24, "amplitude": 3.0, "phase": math.pi / 2},))
    assert much_later.tobytes() == day.tobytes()


def test_noise_is_standard_normal_without_memory() -> None:
    noise = values(-50_000, 50_000, noise=1.0)
    assert abs(noise.mean()) < 0.01
    assert noise.std() == pytest.approx(1, abs=0.01)
    assert abs((noise**3).mean()) < 0.03
    assert (noise**4).mean() == pytest.approx(3, abs=0.06)
    for bound, inside in ((0.5, 0.382925), (1, 0.682689), (2, 0.954500), (3, 0.997300)):
        assert (np.abs(noise) < bound).mean() == pytest.approx(inside, abs=0.006)
    assert np.abs(autocorrelation(noise, 30)[1:]).max() < 0.015
    assert np.abs(autocorrelation(noise**2, 30)[1:]).max() < 0.015


def test_series_seeds_and_purposes_are_independent() -> None:
    names = ("series-0", "series-1", "series-2")
    streams = [Stream.of(seed, name, use) for seed in (0, 1) for name in names for use in ("noise", "autoregression")]
    correlations = np.corrcoef([stream.normals(np.arange(20_000)) for stream in streams])
    assert np.abs(correlations - np.eye(len(streams))).max() < 0.03


def test_several_series_differ_in_noise_and_level() -> None:
    noise = values(0, 100, series=3, noise=1.0).reshape(3, 100)
    assert len(np.unique(noise)) == 300
    levels = values(0, 2, series=2_000, level=50.0, level_std=4.0).reshape(2_000, 2)
    assert (levels[:, 0] == levels[:, 1]).all()
    assert levels.mean() == pytest.approx(50, abs=0.3)
    assert levels.std() == pytest.approx(4, rel=0.05)


def test_another_seed_gives_other_values_and_the_same_seed_the_same() -> None:
    assert not np.isin(values(0, 100, noise=1.0, seed=1), values(0, 100, noise=1.0, seed=2)).any()
    assert values(0, 100, noise=1.0, seed=1).tobytes() == values(0, 100, noise=1.0, seed=1).tobytes()


def test_autoregressive_noise_has_the_variance_and_autocorrelation_of_theory() -> None:
    first, second, std = 0.5, 0.3, 2.0
    y = values(0, 200_000, autoregression=(first, second), autoregression_noise=std)
    rho = [1.0, first / (1 - second)]
    for _ in range(10):
        rho.append(first * rho[-1] + second * rho[-2])
    np.testing.assert_allclose(autocorrelation(y, 11), rho, atol=0.02)
    assert y.var() == pytest.approx(std**2 / (1 - first * rho[1] - second * rho[2]), rel=0.03)


def test_autoregressive_noise_leaves_its_innovations_when_the_past_is_taken_off() -> None:
    y = values(0, 2_000, autoregression=(0.5, 0.3), autoregression_noise=2.0)
    innovations = Stream.of(0, "series-0", "autoregression").normals(np.arange(2_000))
    np.testing.assert_allclose(y[2:] - 0.5 * y[1:-1] - 0.3 * y[:-2], 2.0 * innovations[2:], atol=2e-8)


def test_the_weights_invert_the_autoregression_and_stop_where_nothing_is_left() -> None:
    assert moving_average_weights(()).tolist() == [1.0]
    assert moving_average_weights((0.0,)).tolist() == [1.0]
    np.testing.assert_allclose(moving_average_weights((0.5,)), 0.5 ** np.arange(30), rtol=0)
    weights = moving_average_weights((0.6, 0.3, -0.2))
    product = (Polynomial(weights) * Polynomial([1, -0.6, -0.3, 0.2])).coef
    np.testing.assert_allclose(product, [1] + [0] * (len(product) - 1), atol=1e-8)


def test_weights_that_pause_at_zero_are_not_cut_there() -> None:
    yearly = moving_average_weights((0.0,) * 11 + (0.5,))
    assert yearly[[0, 12, 24]].tolist() == [1.0, 0.5, 0.25]
    assert np.count_nonzero(yearly) == 30


@pytest.mark.parametrize("autoregression", [(1.0,), (-1.0,), (1.2,), (0.5, 0.5), (0.9, 0.2), (0.0, -1.1), (1e300,)])
def test_an_autoregression_that_is_not_stationary_is_refused(autoregression: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"autoregression is stationary.*received \[.*Make the coefficients smaller"):
        GeneratedSource(autoregression=autoregression)


def test_an_autoregression_that_forgets_too_slowly_is_refused() -> None:
    assert 9_000 < len(moving_average_weights((0.9978,))) <= 10_000
    with pytest.raises(ValueError, match=r"forgets within 10,000 steps; received \[0.9999\]"):
        moving_average_weights((0.9999,))


def test_a_regime_lasts_until_the_one_change_of_each_block() -> None:
    levels = values(-100_000, 100_000, regimes={"every": 50, "std": 3.0})
    changes = np.flatnonzero(np.diff(levels)) + 1
    per_block = np.bincount(changes // 50, minlength=4_000)
    assert per_block[1:].tolist() == [1] * 3_999
    assert np.bincount(changes % 50, minlength=50).min() > 40
    drawn = levels[changes]
    assert len(np.unique(drawn)) == len(drawn)
    assert abs(drawn.mean()) < 0.2
    assert drawn.std() == pytest.approx(3, rel=0.05)


def test_each_block_misses_one_stretch_of_at_most_the_given_length() -> None:
    frame = hours(-2_000, 2_000, missing={"every": 20, "length": 4}, noise=1.0)
    absent = ~np.isin(np.arange(-2_000, 2_000), steps_of(frame)).reshape(200, 20)
    lengths = absent.sum(axis=1)
    begins = absent.argmax(axis=1)
    for row, begin, length in zip(absent, begins, lengths, strict=True):
        assert row[begin : begin + length].all()
    assert np.bincount(lengths).tolist()[0] == 0
    assert (np.bincount(lengths, minlength=5)[1:] > 30).all()
    assert begins.min() == 0
    assert (begins + lengths).max() == 20
    whole = hours(-2_000, 2_000, noise=1.0)
    assert_same_bits(frame, whole[whole["ds"].isin(frame["ds"])].reset_index(drop=True))


def test_labels_stand_exactly_where_the_values_are_shifted() -> None:
    everything = EVERYTHING | {"missing": None}
    labelled = hours(-800, 800, **everything)
    plain = hours(-800, 800, **everything | {"anomalies": None})
    shift = (labelled["y"] - plain["y"]).to_numpy()
    assert ((shift != 0) == (labelled["anomaly"] == 1)).all()
    np.testing.assert_allclose(np.abs(shift[shift != 0]), 9.0, atol=1e-12)


def test_each_block_has_one_anomaly_of_full_length_up_or_down() -> None:
    shift = values(-8_000, 8_000, anomalies={"every": 40, "length": 3, "magnitude": 5.0}).reshape(400, 40)
    begins = (shift != 0).argmax(axis=1)
    signs = np.sign(shift[np.arange(400), begins])
    expected = np.zeros_like(shift)
    for block, begin in enumerate(begins):
        expected[block, begin : begin + 3] = 5.0 * signs[block]
    assert (shift == expected).all()
    assert begins.min() == 0
    assert begins.max() == 37
    assert 0.4 < (signs > 0).mean() < 0.6


def test_sine_and_logarithm_agree_with_numpy() -> None:
    turns = np.linspace(-3, 3, 10_001)
    np.testing.assert_allclose(sine_of_turns(turns), np.sin(2 * np.pi * turns), atol=4e-15)
    assert sine_of_turns(np.array([0, 0.25, 0.5, 0.75, 1, -0.25])).tolist() == [0, 1, 0, -1, 0, -1]
    positive = np.concatenate([np.geomspace(1e-300, 1e300, 10_001), 1 - np.geomspace(1e-15, 0.5, 101)])
    np.testing.assert_allclose(logarithm(positive), np.log(positive), rtol=1e-15)
