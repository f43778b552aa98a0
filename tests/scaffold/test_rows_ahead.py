"""Rows ahead of now: the file grows, and what is still to come is not missing."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.forecasting.newest import newest_windows
from recurcast.pipelines.windows import windows_of
from recurcast.scaffold.first_run import first_as_of
from recurcast.scaffold.growth import guess_growth
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import Proposal, propose
from recurcast.series.sources import obtain
from recurcast.series.validation.checks import validate

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)


def file_of(
    folder: Path, *, late: int = 0, ahead: int = 48, covariate: bool = True, values_ahead: bool = False
) -> Path:
    """Hourly load up to now, `late` hours less, and rows with weather alone for the hours ahead."""
    ds = pd.date_range(end=pd.Timestamp(NOW) + pd.Timedelta(hours=ahead), periods=900 + ahead, freq="h")
    t = np.arange(len(ds))
    load = 500 + 100 * np.sin(2 * np.pi * t / 24) + np.random.default_rng(0).normal(size=len(t))
    if not values_ahead:
        load[len(t) - ahead - late :] = np.nan
    table = pd.DataFrame({"time": ds.strftime("%Y-%m-%dT%H:%M:%SZ"), "load": load.round(2)})
    if covariate:
        table["radiation"] = np.maximum(0, 400 * np.sin(2 * np.pi * (t - 6) / 24)).round(1)
    table.to_csv(folder / "load.csv", index=False)
    return folder / "load.csv"


def said(proposal: Proposal, field: str) -> str:
    return next(guess.why for guess in proposal.guesses if guess.field == field)


@pytest.mark.parametrize("covariate", [True, False])
@pytest.mark.parametrize("values_ahead", [True, False])
def test_a_file_that_reaches_past_now_grows_and_misses_nothing(
    tmp_path: Path, covariate: bool, values_ahead: bool
) -> None:
    proposal = propose(file_of(tmp_path, covariate=covariate, values_ahead=values_ahead), "load", Said(), NOW)
    checks = proposal.pipeline.checks

    assert (proposal.pipeline.source.static, proposal.pipeline.source.delay, proposal.as_of) == (False, "1h", NOW)
    assert "48 rows lie ahead of now" in said(proposal, "source.static")
    assert (checks.max_missing, checks.max_bad_series) == (0.01, 0)
    assert not any(guess.field == "checks.max_flat" for guess in proposal.guesses)
    assert proposal.pipeline.parts.steps <= 900


@pytest.mark.parametrize("covariate", [True, False])
def test_its_first_run_trains_on_what_is_known_and_a_forecast_begins_behind_it(tmp_path: Path, covariate: bool) -> None:
    file = file_of(tmp_path, covariate=covariate)
    proposal = propose(file, "load", Said(), NOW)
    own = {"path": file.name}
    ahead = tuple(block.model_copy(update=own) for block in proposal.pipeline.source.known_ahead)
    source = proposal.pipeline.source.model_copy(update={**own, "known_ahead": ahead})
    pipeline = proposal.pipeline.model_copy(update={"source": source})
    for as_of in (NOW, datetime(2026, 11, 27, tzinfo=UTC)):
        frame = obtain(pipeline, as_of, tmp_path)
        validated = validate(frame, pipeline, as_of)
        newest = newest_windows(
            frame, pipeline.checks, as_of, pipeline.seen.lookback, pipeline.source.covariates, pipeline.fewest
        )

        assert frame.rows["y"].notna().all()
        assert validated.report.missing_share == 0
        assert len(windows_of(pipeline, validated.frame).train) > 100
        assert newest.panel.steps[-1] == pd.Timestamp(as_of) - pd.Timedelta("1h")


@pytest.mark.parametrize(("late", "delay"), [(0, "1h"), (1, "1h"), (5, "5h"), (200, "200h")])
def test_targets_that_come_late_are_a_delay_however_long(tmp_path: Path, late: int, delay: str) -> None:
    proposal = propose(file_of(tmp_path, late=late), "load", Said(), NOW)

    assert not proposal.pipeline.source.static
    assert pd.Timedelta(proposal.pipeline.source.delay) == pd.Timedelta(delay)
    assert proposal.pipeline.checks.max_missing == 0.01


@pytest.mark.parametrize("frequency", ["D", "B", "W-SUN", "MS", "ME"])
def test_the_same_holds_of_days_weeks_and_months(frequency: str) -> None:
    ds = pd.date_range(end="2026-11-24", periods=200, freq=frequency, tz="UTC")
    empty = pd.date_range(ds[-1], periods=9, freq=frequency)[1:]
    rows = pd.DataFrame({"unique_id": "a", "ds": ds.append(empty), "y": [1.0] * 200 + [np.nan] * 8})

    growth = guess_growth(rows, frequency, NOW)
    alone = guess_growth(rows.head(200), frequency, NOW)

    assert not growth.static
    assert (growth.newest, growth.delay.value) == (alone.newest, alone.delay.value)


def test_a_file_that_ends_before_now_is_read_as_ever() -> None:
    ds = pd.date_range("2024-01-01", periods=200, freq="h", tz="UTC")
    growth = guess_growth(pd.DataFrame({"unique_id": "a", "ds": ds, "y": [1.0] * 190 + [np.nan] * 10}), "h", NOW)

    assert growth.static
    assert growth.newest == ds[-1]


@pytest.mark.parametrize(
    ("cron", "tick"),
    [
        ("0 * * * *", "2026-11-27T20:00Z"),
        ("0 0,12 * * *", "2026-11-27T12:00Z"),
        ("0 6 * * *", "2026-11-27T06:00Z"),
        ("0 6 * * SUN", "2026-11-22T06:00Z"),
        ("0 6 * * TUE-SAT", "2026-11-27T06:00Z"),
        ("0 6 5 * *", "2026-11-05T06:00Z"),
    ],
)
def test_the_first_run_of_a_growing_file_is_as_of_the_latest_tick(cron: str, tick: str) -> None:
    ds = pd.date_range(end="2026-11-27T19:00Z", periods=100, freq="h")
    growth = guess_growth(pd.DataFrame({"unique_id": "a", "ds": ds, "y": 1.0}), "h", NOW)

    assert pd.Timestamp(first_as_of(cron, "UTC", growth, NOW)) == pd.Timestamp(tick)
