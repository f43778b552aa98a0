import numpy as np
import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.scaffold.rhythm import (
    dense,
    guess_baseline,
    guess_frequency,
    guess_season,
    natural_cycles,
    steps_between,
)
from recurcast.series.grid import Grid

NOISE = np.random.default_rng(0).normal(size=2000)


def rows(ds, name="a"):
    return pd.DataFrame({"unique_id": name, "ds": ds.as_unit("ns"), "y": np.arange(len(ds), dtype=float)})


def test_the_frequency_is_the_one_that_all_rows_lie_on_also_with_a_gap():
    ds = pd.date_range("2024-01-01", periods=100, freq="30min", tz="UTC").delete([7, 8, 40])

    guess = guess_frequency(rows(ds), "UTC")

    assert (guess.value, guess.why) == ("30min", "all 97 rows lie on this grid")


def test_a_row_beside_the_grid_is_named():
    ds = pd.date_range("2024-01-01", periods=100, freq="h", tz="UTC")
    ds = ds.insert(50, ds[50] + pd.Timedelta("7min"))

    with pytest.raises(DataRejected, match=r"1 of 101 don't, such as series 'a' at 2024-01-03T02:07:00"):
        guess_frequency(rows(ds), "UTC")


def test_rows_at_irregular_times_are_refused():
    seconds = np.cumsum(np.random.default_rng(0).integers(1, 10_000, size=80))
    ds = pd.DatetimeIndex(pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(seconds, "s"))

    with pytest.raises(DataRejected, match="Bring them to a regular step first"):
        guess_frequency(rows(ds), "UTC")


def test_a_series_is_laid_out_with_its_gaps():
    ds = pd.date_range("2024-01-01", periods=5, freq="D", tz="UTC").delete(2)

    assert np.isnan(dense(rows(ds), Grid("D", "UTC"))["a"]).tolist() == [False, False, True, False, False]


@pytest.mark.parametrize(("frequency", "count"), [("h", 1000), ("MS", 300), ("B", 500)])
def test_steps_between_two_instants_are_those_of_pandas(frequency, count):
    steps = pd.date_range("2024-01-01", periods=count, freq=frequency, tz="UTC")

    assert steps_between(Grid(frequency, "UTC"), steps[0], steps[-1]).equals(steps.as_unit("ns"))


@pytest.mark.parametrize(
    ("frequency", "cycles"),
    [
        ("30min", {48: "day", 336: "week"}),
        ("min", {60: "hour", 1440: "day", 10080: "week"}),
        ("D", {7: "week", 365: "year"}),
        ("B", {5: "week", 260: "year"}),
        ("MS", {12: "year"}),
        ("7min", {1440: "week"}),
        ("YS", {}),
    ],
)
def test_the_natural_cycles_of_a_frequency_are_whole_numbers_of_steps(frequency, cycles):
    assert natural_cycles(frequency) == cycles


def test_a_daily_cycle_is_found_under_trend_and_noise():
    t = np.arange(1200)
    season = guess_season({"a": 0.01 * t + 3 * np.sin(2 * np.pi * t / 24) + 0.5 * NOISE[:1200]}, "h")

    assert season.steps == 24
    assert "a day: clear" in season.guess.why


def test_of_a_day_and_a_week_that_explain_as_much_the_day_is_taken_and_a_week_that_explains_more_is():
    t = np.arange(24 * 7 * 8)
    day = np.sin(2 * np.pi * t / 24)

    assert guess_season({"a": day + 0.1 * NOISE[: len(t)]}, "h").steps == 24
    assert guess_season({"a": np.where(t // 24 % 7 < 5, day, -day) + 0.1 * NOISE[: len(t)]}, "h").steps == 168


def test_noise_has_no_cycle_and_keeps_the_seasons_of_the_calendar():
    week = guess_season({"a": NOISE[:400]}, "D")

    assert (week.steps, week.seen) == (7, False)
    assert week.guess.why == "a week, by convention: no cycle is seen; looked at: week (7), year (365)"
    assert [guess_season({"a": NOISE}, each).steps for each in ("MS", "QE", "h", "30min", "15min", "6h")] == [
        *(12, 4, 24, 48, 96, 4)
    ]
    assert [guess_season({"a": NOISE[:400]}, each).steps for each in ("B", "W-SUN", "YS", "min")] == [1, 1, 1, 1]


def test_data_speak_against_a_season_that_wander_or_are_too_short_for_three_or_show_another_cycle():
    t = np.arange(1200)

    walk = guess_season({"a": np.cumsum(NOISE[:1500])}, "D")
    short = guess_season({"a": NOISE[:70]}, "h")
    other = guess_season({"a": np.sin(2 * np.pi * t / 30) + 0.5 * NOISE[:1200]}, "h")

    assert (walk.steps, walk.guess.why.split("; ")[-1]) == (1, "the last value says more than that of the week before")
    assert (short.steps, short.guess.why.split("; ")[-1]) == (1, "too few steps for 3 times a day")
    assert (other.steps, other.seen) == (30, True)
    assert guess_season({"a": np.cumsum(NOISE[:200])}, "MS").steps == 12


def test_a_cycle_that_no_calendar_knows_is_seen_in_the_autocorrelation():
    season = guess_season({"a": np.sin(0.1 * np.arange(1500)) + 0.1 * NOISE[:1500]}, "h")

    assert season.steps in (62, 63)
    assert "autocorrelation" in season.guess.why


def test_the_baseline_is_the_one_that_misses_less_at_the_horizon():
    saw = np.tile([0.0, 9.0, 0.0, 5.0], 50)
    slow = np.cumsum(NOISE[:400])

    assert guess_baseline({"a": saw}, 4, 2).value == "seasonal_naive"
    assert guess_baseline({"a": slow}, 24, 1).value == "naive"
    assert guess_baseline({"a": slow}, 1, 1).why == "no season to repeat"


def test_months_of_a_4_4_5_calendar_are_refused_by_their_name() -> None:
    weeks = pd.Series([4, 4, 5] * 25).cumsum()
    ds = pd.Timestamp("2015-01-04", tz="UTC") + pd.to_timedelta(7 * weeks, unit="D")
    rows = pd.DataFrame({"unique_id": "x", "ds": ds.astype("datetime64[ns, UTC]"), "y": 1.0})

    with pytest.raises(DataRejected, match="four or five weeks apart: months of a 4-4-5 calendar"):
        guess_frequency(rows, "UTC")


def test_a_series_without_a_value_says_nothing_of_its_panel():
    ds = pd.date_range("2024-01-01", periods=100, freq="D", tz="UTC")
    blank, waves = rows(ds, "a").assign(y=np.nan), rows(ds, "b").assign(y=NOISE[:100])

    assert list(dense(pd.concat([blank, waves]), Grid("D", "UTC"))) == ["b"]


def test_a_season_that_a_window_does_not_hold_is_no_baseline():
    saw = np.tile([0.0, 9.0, 0.0, 5.0], 50)

    assert guess_baseline({"a": saw}, 4, 2, held=4).value == "seasonal_naive"
    assert guess_baseline({"a": saw}, 4, 2, held=3).why == "a lookback of 3 steps holds no season of 4"
