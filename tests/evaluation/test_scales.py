import numpy as np
import pandas as pd
import pytest

from recurcast.evaluation.scales import common_measure, rounding_of, scales_of, seasonal_error, told_of_scales
from support.tiny import split_of

NAN = float("nan")
STEPS = np.arange(20_000)
NOISE = np.random.default_rng(3).normal(size=20_000)


def scale_of(y, season):
    (scale,) = seasonal_error(np.array([y], dtype=np.float64), season)
    return scale


@pytest.mark.parametrize(
    ("y", "season"),
    [
        pytest.param(np.sin(2 * np.pi * STEPS / 24), 24, id="a sine of the step's number"),
        pytest.param(1000 + 5 * np.cos(2 * np.pi * STEPS / 7), 7, id="far from zero"),
        pytest.param(1e-12 * np.sin(2 * np.pi * STEPS / 24), 24, id="a tiny unit"),
        pytest.param(np.cumsum(np.tile([0.1, 0.2, -0.3], 6000)), 3, id="a sum that runs on"),
        pytest.param(np.tile([0.1, 0.7], 500) + 0.1 - 0.1, 2, id="a constant added and taken away"),
        pytest.param(np.full(500, 0.1), 1, id="constant"),
        pytest.param(np.zeros(500), 1, id="nothing but zeros"),
    ],
)
def test_what_repeats_itself_but_for_rounding_has_no_scale(y, season):
    assert scale_of(y, season) == 0


@pytest.mark.parametrize(
    ("y", "season", "expected"),
    [
        pytest.param(1e-12 * NOISE, 24, 1e-12 * np.abs(NOISE[24:] - NOISE[:-24]).mean(), id="a tiny unit"),
        pytest.param(1e9 + STEPS % 2, 1, 1.0, id="a high level that moves by 1"),
        pytest.param(1e-300 * (1 + STEPS % 2), 1, 1e-300, id="near the smallest numbers"),
        pytest.param(np.sin(2 * np.pi * STEPS / 24) * (1 + 1e-9 * STEPS), 24, 24e-9 * 2 / np.pi, id="it grows slowly"),
    ],
)
def test_what_moves_has_a_scale_however_small_beside_other_series(y, season, expected):
    assert scale_of(y, season) == pytest.approx(expected, rel=0.01)


def test_five_million_steps_of_a_high_level_that_moves_by_one_have_a_scale():
    assert scale_of(1e9 + np.arange(5_000_000) % 2, 1) == 1.0


@pytest.mark.parametrize("y", [[1.0, 2.0, 3.0], [1.0, NAN, 3.0, NAN, 5.0, NAN], [NAN] * 6])
def test_where_no_two_values_are_a_season_apart_there_is_none_at_all(y):
    assert np.isnan(scale_of(y, 3))


def test_gaps_leave_the_pairs_that_are_there():
    assert scale_of([1.0, 2.0, NAN, 5.0, 1.0, NAN], 2) == 3.0
    assert scale_of([1.0, 2.0, NAN, 2.0, 1.0, NAN], 2) == 0


def test_rounding_is_of_each_series_own_magnitude_and_of_none_where_nothing_is_known():
    small, large, unknown = rounding_of(np.array([[1.0] * 8, [-1e6] * 8, [NAN] * 8]))

    assert small == 8 * 2**-52
    assert large == 1e6 * small
    assert unknown == 0


@pytest.mark.parametrize("layout", ["one column", "with covariates", "by column"])
def test_many_series_have_each_the_scale_that_it_has_alone_to_the_bit(layout):
    y = np.random.default_rng(1).lognormal(0, 3, size=(700, 1003))
    y[::3, ::5], y[1::3, :] = NAN, np.round(y[1::3, :])
    many = {"one column": y, "with covariates": np.stack([y, y], axis=2)[:, :, 0], "by column": np.asfortranarray(y)}

    alone = [seasonal_error(row[None, :].copy(), 24)[0] for row in y]
    assert (seasonal_error(many[layout], 24) == alone).all()
    assert alone[1] == np.abs(y[1, 24:] - y[1, :-24]).mean()
    assert (rounding_of(many[layout]) == [rounding_of(row[None, :].copy())[0] for row in y]).all()


def test_a_split_finds_its_scales_once_for_each_season():
    split = split_of([1.0, 3.0, 2.0, 5.0, 1.0, 7.0, 4.0, 9.0, 9.0, 9.0], parts=(6, 2, 2), lookback=2)
    found = scales_of(split, 2)

    assert found.seasonal == np.abs(np.array([1.0, 3.0, 2.0, 5.0]) - [2.0, 5.0, 1.0, 7.0]).mean()
    assert scales_of(split, 2) is found
    assert scales_of(split, 1).seasonal != found.seasonal


def test_nothing_is_told_where_every_series_has_a_scale():
    assert told_of_scales(pd.Series({"a": 0.5, "b": 2.0})) == ""
    assert told_of_scales(pd.Series(dtype="float64")) == ""


@pytest.mark.parametrize(
    ("scales", "told"),
    [
        ({"a": 0.0}, "MAE judges, since MASE has no scale: the train part repeats itself from season to season"),
        ({"a": NAN}, "MAE judges, since MASE has no scale: the train part has no two values a season apart"),
        (
            {"a": NAN, "b": 0.0},
            "MAE judges, since MASE has no scale: of 2 series each one's train part repeats itself from season to season "
            "or has no two values a season apart",
        ),
        (
            {"a": 1.0, "b": 0.0, "c": 0.0},
            "MASE leaves out 2 of 3 series, whose train part repeats itself from season to season: 'b', 'c'",
        ),
        (
            {"a": 1.0} | {f"s{number:04d}": NAN for number in range(2000)},
            "MASE leaves out 2,000 of 2,001 series, whose train part has no two values a season apart: "
            "'s0000', 's0001', 's0002' and 1,997 more",
        ),
    ],
)
def test_series_without_a_scale_are_named_and_where_none_has_one_mae_judges(scales, told):
    assert told_of_scales(pd.Series(scales)) == told


def test_a_name_as_long_as_a_page_is_shortened():
    assert len(told_of_scales(pd.Series({"a": 1.0, "b" * 5000: 0.0}))) < 200


def test_intervals_stand_beside_each_other_by_the_gate_s_metric_or_by_the_only_one_there_is():
    assert common_measure(["mae", "mase", None], "mase") == "mase"
    assert common_measure(["mae", None], "mase") == "mae"
    assert common_measure([None], "rmse") == "rmse"
