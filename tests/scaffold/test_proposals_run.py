"""What `init` proposes passes all that a run asks before it trains: real validation, real windows, no TensorFlow."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recurcast.errors import DataRejected
from recurcast.pipelines.windows import windows_of
from recurcast.scaffold.first_run import first_as_of
from recurcast.scaffold.growth import guess_growth
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import Proposal, propose
from recurcast.series.files import read_file
from recurcast.series.sources import frame_known
from recurcast.series.validation.checks import validate

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)
FREQUENCIES = ("15min", "30min", "h", "6h", "D", "B", "W-SUN", "MS", "ME", "QS")


def first_run(proposal: Proposal, folder: Path) -> int:
    """Go as far as a first run does before it trains; return how many windows it would train on."""
    path = Path(proposal.pipeline.source.path).name
    pipeline = proposal.pipeline.model_copy(
        update={"source": proposal.pipeline.source.model_copy(update={"path": path})}
    )
    rows = read_file(pipeline.source, folder, pipeline.name)
    growth = guess_growth(rows, pipeline.frequency, NOW, pipeline.source.timezone)
    as_of = first_as_of(proposal.cron, pipeline.source.timezone, growth, NOW)
    frame = frame_known(pipeline, rows.assign(y=rows["y"].mask(rows["y"].isin(pipeline.checks.missing_values))), as_of)
    return len(windows_of(pipeline, validate(frame, pipeline, as_of).frame).train)


@st.composite
def files(draw: st.DrawFn) -> pd.DataFrame:
    """A file of one to four series: late, silent, gappy, constant or short ones among them, at all kinds of hours."""
    frequency = draw(st.sampled_from(FREQUENCIES))
    periods = draw(st.integers(60, 700))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    ends_now = draw(st.booleans())
    ds = pd.date_range(end="2026-11-26" if ends_now else "2022-03-31", periods=periods, freq=frequency)
    t = np.arange(len(ds))
    covariate = draw(st.booleans())
    parts = []
    for name in "abcd"[: draw(st.integers(1, 4))]:
        level, cycle = random.uniform(5, 500), random.choice([5, 7, 12, 24])
        table = pd.DataFrame({"ds": ds, "shop": name, "y": level * (1 + 0.3 * np.sin(2 * np.pi * t / cycle))})
        table["y"] += random.normal(size=len(t))
        if covariate:
            table["price"] = random.normal(size=len(t)).round(3)
        kind = draw(
            st.sampled_from(
                [
                    "whole",
                    "whole",
                    "late",
                    "silent",
                    "gappy",
                    "constant",
                    "short",
                    "open",
                    "empty",
                    "empty short",
                    "blank",
                ]
            )
        )
        if kind == "late":
            table = table.iloc[len(t) // 3 :]
        elif kind == "silent":
            table = table.iloc[: len(t) * 2 // 3]
        elif kind == "gappy":
            table = table[random.random(len(t)) > draw(st.floats(0.01, 0.8))]
        elif kind == "constant":
            table["y"] = 5.0
        elif kind == "short":
            table = table.tail(30)
        elif kind == "open":
            table = table[table["ds"].dt.day_of_week.lt(5) & table["ds"].dt.hour.between(8, 17)]
        elif kind in ("empty", "empty short"):
            table["y"] = table["y"].mask(random.random(len(t)) < 0.3)
            table = table if kind == "empty" else table.tail(30)
        elif kind == "blank":
            table["y"] = np.nan
        parts.append(table)
    return pd.concat(parts)


@given(table=files())
@settings(max_examples=40)
def test_what_is_proposed_is_not_refused_before_training(table: pd.DataFrame) -> None:
    with TemporaryDirectory() as folder:
        if table["shop"].nunique() == 1:
            table = table.drop(columns="shop")
        table.to_csv(Path(folder) / "my.csv", index=False)
        try:
            proposal = propose(Path(folder) / "my.csv", "my", Said(), NOW)
        except DataRejected:
            return
        assert first_run(proposal, Path(folder)) > 0


def opening_hours(folder: Path, **more: object) -> Path:
    ds = pd.date_range("2018-01-01", "2018-07-30 23:30", freq="30min")
    ds = ds[(ds.day_of_week < 5) & (ds.hour * 60 + ds.minute >= 540) & (ds.hour * 60 + ds.minute <= 930)]
    calls = np.random.default_rng(2).poisson(10 + 3 * np.sin(ds.hour))
    pd.DataFrame({"ds": ds.strftime("%Y-%m-%d %H:%M"), "calls": calls, **more}).to_csv(
        folder / "calls.csv", index=False
    )
    return folder / "calls.csv"


def test_half_hours_of_working_days_are_proposed_with_windows_that_miss_steps(tmp_path: Path) -> None:
    proposal = propose(opening_hours(tmp_path), "calls", Said(), NOW)

    assert (proposal.pipeline.network.kind, proposal.pipeline.season) == ("highway", 48)
    assert 0.75 < proposal.pipeline.checks.max_missing < 0.85
    assert first_run(proposal, tmp_path) > 1_000


def test_covariates_whose_windows_would_never_be_whole_are_left_out_and_said(tmp_path: Path) -> None:
    file = opening_hours(tmp_path)
    table = pd.read_csv(file)
    table["staff"] = np.random.default_rng(3).normal(size=len(table)).round(2)
    table.to_csv(file, index=False)

    proposal = propose(file, "calls", Said(target="calls"), NOW)
    (said,) = [guess for guess in proposal.guesses if guess.field == "source.columns.covariates"]

    assert proposal.pipeline.source.covariates == ()
    assert said.value == "none"
    assert (
        "'staff' would do, but with more a run would be refused: the train part holds at least one window" in said.why
    )
    assert first_run(proposal, tmp_path) > 1_000


def test_where_nothing_is_left_to_leave_out_the_runs_own_reason_is_given(tmp_path: Path) -> None:
    ds = pd.date_range("2018-01-01", periods=4000, freq="h")
    y = np.where(np.arange(4000) < 3900, np.nan, np.arange(4000) % 7)
    pd.DataFrame({"ds": ds.strftime("%Y-%m-%d %H:%M"), "y": y}).to_csv(tmp_path / "my.csv", index=False)

    with pytest.raises(DataRejected, match=r"values or more before the last \d+ steps: the best one has 0"):
        propose(tmp_path / "my.csv", "my", Said(), NOW)
