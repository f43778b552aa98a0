"""Columns that go on where y ends, as `init` sees them."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from recurcast.config import PipelineConfig
from recurcast.scaffold.files import project_file
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import Proposal, propose
from recurcast.series.sources import last_row, obtain

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)


def written(root: Path, ahead: int, end: str = "2024-06-01", **changed: object) -> Proposal:
    """A file of hours whose temperature and holidays go on for so many rows after the newest load."""
    random = np.random.default_rng(0)
    known = 24 * 60
    hours = pd.date_range(end=pd.Timestamp(end, tz="UTC") + pd.Timedelta(ahead, "h"), periods=known + ahead, freq="h")
    load = 50 + 10 * np.sin(np.arange(known + ahead) * 2 * np.pi / 24) + random.normal(size=known + ahead)
    table = pd.DataFrame({"time": hours, "load": load, "temperature": random.normal(10, 3, known + ahead)})
    table["holiday"] = (hours.day_of_year % 17 == 0).astype(int)
    table["humidity"] = random.normal(60, 5, known + ahead)
    table.loc[known:, ["load", "humidity"]] = np.nan
    (root / "data").mkdir(exist_ok=True)
    table.assign(**changed).to_csv(root / "data" / "load.csv", index=False)
    return propose(root / "data" / "load.csv", "load", Said(target="load", horizon=24), NOW)


def test_columns_that_go_on_after_the_newest_y_are_proposed_as_known_ahead(tmp_path: Path) -> None:
    proposal = written(tmp_path, ahead=36)
    pipeline = proposal.pipeline
    assert pipeline.source.ahead == ("temperature", "holiday")
    assert pipeline.source.covariates == ()
    assert pipeline.network.kind == "highway"
    (guess,) = (each for each in proposal.guesses if each.field == "source.known_ahead")
    assert "go on to 2024-06-02T12:00:00Z, where y ends at 2024-06-01T00:00:00Z" in guess.why
    assert guess.doubt > 0


def test_what_is_written_reads_the_same_and_knows_the_hours_ahead(tmp_path: Path) -> None:
    proposal = written(tmp_path, ahead=36)
    blocks = yaml.safe_load(project_file(proposal))["deployments"]
    stated = next(each for each in blocks if each.get("name") == "load")["parameters"]["pipeline"]
    pipeline = PipelineConfig.model_validate(stated)
    assert pipeline == proposal.pipeline
    last, known = last_row(pipeline, tmp_path)
    assert last == datetime(2024, 6, 1, tzinfo=UTC)
    frame = obtain(pipeline, known, tmp_path)
    assert frame.rows["y"].notna().iloc[-1]
    assert frame.ahead is not None
    assert frame.ahead.blocks[0].rows["ds"].max() == pd.Timestamp("2024-06-02T00:00Z").value


def test_a_single_row_more_or_none_is_no_reason(tmp_path: Path) -> None:
    assert written(tmp_path, ahead=1).pipeline.source.ahead == ()
    assert written(tmp_path, ahead=0).pipeline.source.ahead == ()


def test_a_file_that_reaches_past_now_grows_and_knows_what_is_ahead(tmp_path: Path) -> None:
    pipeline = written(tmp_path, ahead=36, end="2026-11-27T19:00").pipeline
    assert not pipeline.source.static
    assert pipeline.source.ahead == ("temperature", "holiday")


def test_a_column_with_a_name_of_the_frames_own_is_not_proposed_as_known_ahead(tmp_path: Path) -> None:
    flags = np.arange(24 * 60 + 36) % 5 == 0
    assert written(tmp_path, ahead=36, anomaly=flags * 1).pipeline.source.ahead == ("temperature", "holiday")
    assert written(tmp_path, ahead=36, available_at=flags * 1).pipeline.source.ahead == ("temperature", "holiday")


def test_times_of_a_spreadsheet_that_go_on_are_rounded_as_those_with_y(tmp_path: Path) -> None:
    hours = pd.date_range("2024-04-01", periods=24 * 60 + 36, freq="h")
    off = hours + pd.to_timedelta(np.random.default_rng(1).integers(-3, 4, len(hours)), "ms")
    pipeline = written(tmp_path, ahead=36, time=off.strftime("%Y-%m-%d %H:%M:%S.%f")).pipeline
    assert (pipeline.source.snap, pipeline.source.ahead) == ("1s", ("temperature", "holiday"))
    frame = obtain(pipeline, last_row(pipeline, tmp_path)[1], tmp_path)
    assert frame.ahead is not None
    assert frame.grid.contains(pd.to_datetime(pd.Series(frame.ahead.blocks[0].rows["ds"]), utc=True)).all()
