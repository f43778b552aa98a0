from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from recurcast.scaffold.files import project_file
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from recurcast.scaffold.sentinels import find_sentinels
from recurcast.series.sources import obtain

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)
HOURS = pd.date_range("2024-01-01", periods=1200, freq="h", tz="UTC")
T = np.arange(len(HOURS))
RANDOM = np.random.default_rng(1)
TEMPERATURE = (12 + 8 * np.sin(2 * np.pi * T / 24) + RANDOM.normal(size=len(T))).round(1)
PLACES = RANDOM.choice(len(T), 30, replace=False)


def rows(y, name="a"):
    return pd.DataFrame({"unique_id": name, "ds": HOURS[: len(y)], "y": np.asarray(y, dtype=float)})


def found(y):
    return [sentinel.value for sentinel in find_sentinels(rows(y), "y", "y")]


def put(y, *values):
    y = np.array(y, dtype=float)
    for number, value in enumerate(values):
        y[PLACES[number :: len(values)]] = value
    return y


@pytest.mark.parametrize("value", [-200, -999, 999.9, 9999, -9999, -99.9, 1e20, 9.96921e36, -32768, 12345.6])
def test_a_value_that_repeats_and_stands_far_off_is_one(value):
    assert found(put(TEMPERATURE, value)) == [value]


def test_several_are_found_and_said_with_their_rows():
    assert found(put(TEMPERATURE, -999, 9999)) == [-999, 9999]
    (one,) = find_sentinels(rows(put(TEMPERATURE, -200)), "y", "CO(GT)")
    assert one.told == f"30 rows of -200 in 'CO(GT)', nothing nearer than {np.delete(TEMPERATURE, PLACES).min():g}"


def test_zero_is_one_where_nothing_else_is_near_it_and_it_keeps_no_time():
    pressure = 1013 + 8 * RANDOM.normal(size=len(T))
    closed = np.where(HOURS.day_of_week == 6, 0, pressure)

    assert found(put(pressure, 0)) == [0]
    assert found(np.where(T % 24 == 3, 0, pressure)) == []
    assert found(closed) == []


@pytest.mark.parametrize(
    "values",
    [
        RANDOM.poisson(0.3, len(T)),
        np.where(RANDOM.random(len(T)) < 0.2, RANDOM.integers(100, 120, len(T)), 0),
        np.maximum(0, 400 * np.sin(2 * np.pi * (T - 6) / 24)),
        np.exp(np.cumsum(RANDOM.normal(size=len(T)) * 0.02)).round(2) * 100,
        np.minimum(60 + 20 * RANDOM.normal(size=len(T)) + 600 * (RANDOM.random(len(T)) < 0.01), 300).round(),
        RANDOM.integers(0, 100, len(T)),
        RANDOM.integers(0, 2, len(T)),
        np.full(len(T), 7),
        np.where(T == 5, -999, TEMPERATURE),
        np.clip(RANDOM.normal(60, 30, len(T)), 0, 100).round(),
    ],
    ids=["counts", "lumpy demand", "solar", "prices", "capped", "to 99", "flags", "constant", "once", "percent"],
)
def test_what_series_do_is_none(values):
    assert found(values) == []


def test_of_a_panel_each_series_that_holds_it_must_stand_far_off():
    large = rows(put(5_000 + 1_000 * np.sin(T / 4), -999), "large")
    small = rows(TEMPERATURE, "small")
    counts = rows(RANDOM.poisson(0.5, len(T)), "counts")
    pressure = rows(put(1013 + 8 * RANDOM.normal(size=len(T)), 0), "pressure")

    assert [each.value for each in find_sentinels(pd.concat([large, small]), "y", "y")] == [-999]
    assert find_sentinels(pd.concat([pressure, counts]), "y", "y") == []


@pytest.fixture
def measured(tmp_path):
    table = pd.DataFrame({"ds": HOURS.strftime("%Y-%m-%d %H:%M"), "co": put(TEMPERATURE + 30, -200)})
    table.to_csv(tmp_path / "air.csv", index=False)
    return tmp_path / "air.csv"


def test_it_is_offered_as_missing_said_with_doubt_and_read_so(measured):
    proposal = propose(measured, "air", Said(), NOW)
    (guess,) = [each for each in proposal.guesses if each.field == "checks.missing_values"]

    assert (guess.value, guess.instead, guess.doubt > 0) == ("[-200]", "--keep-values", True)
    assert guess.why.startswith("30 rows of -200 in 'co', nothing nearer than ")
    assert "missing_values: [-200]" in project_file(proposal)
    assert proposal.pipeline.checks.min_value == 0

    source = proposal.pipeline.source.model_copy(update={"path": "air.csv"})
    frame = obtain(proposal.pipeline.model_copy(update={"source": source}), proposal.as_of, measured.parent)
    assert frame.rows["y"].isna().sum() == 30
    assert frame.rows["y"].min() > 0


def test_kept_it_is_a_value(measured):
    proposal = propose(measured, "air", Said(keep_values=True), NOW)

    assert proposal.pipeline.checks.missing_values == ()
    assert proposal.pipeline.checks.min_value is None


def test_a_covariate_that_would_have_gaps_is_left_out_and_said(tmp_path):
    wind = (5 + np.sin(T)).round(2)
    table = pd.DataFrame({"ds": HOURS.strftime("%Y-%m-%d %H:%M"), "y": TEMPERATURE, "a": put(wind, -999), "b": wind})
    table.to_csv(tmp_path / "my.csv", index=False)

    proposal = propose(tmp_path / "my.csv", "my", Said(target="y"), NOW)
    (guess,) = [each for each in proposal.guesses if each.field == "source.columns.covariates"]

    assert proposal.pipeline.source.covariates == ("b",)
    assert "'a' is left out, which would have gaps: 30 rows of -999 in 'a'" in guess.why
