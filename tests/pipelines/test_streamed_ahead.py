"""A lake with what is known ahead, from its files to the champion: trained, refitted, explained, searched, forecast."""

import gc
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.pipelines.explain import explain
from recurcast.pipelines.forecast import forecast_from_bundle, make_forecast
from recurcast.pipelines.search_origins import look, plan_origins
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.forecast import ForecastRequest, MadeForecast
from recurcast.runs.train import Request, RunResult
from recurcast.tracking.store import connect
from recurcast.training.highway import lesson
from support.lakes import AS_OF, PLANS, SALE, SITES, WARMTH, ahead_in, lake_in, streamed_highway

EARLIER = AS_OF - timedelta(hours=12)


def of(path: str, **changed: Any) -> PipelineConfig:
    source = {"known_ahead": [WARMTH, PLANS, SALE], "columns": {"unique_id": "site"}}
    training, forecast = {"seeds": 1, "combine": "best"}, {"levels": [80], "recursive": True}
    block: dict[str, Any] = {"name": "avenue", "serving": "refit", "training": training, "forecast": forecast}
    return streamed_highway(path, source=source, **block | changed)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ahead_in(lake_in(tmp_path_factory.mktemp("project")))


@pytest.fixture(autouse=True, scope="module")
def _few_steps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "_FEWEST_STEPS", 40)
        patch.setattr(lesson, "_MOST_STEPS", 40)
        patch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("temporary")))
        yield


@pytest.fixture(scope="module")
def results(root: Path) -> list[RunResult]:
    spans = timedelta(hours=6)
    requests = [
        Request(of("lake"), as_of, root, previous=as_of - spans, following=as_of + spans) for as_of in (EARLIER, AS_OF)
    ]
    return [run_interval(each, PLAIN) for each in requests]


def test_it_is_trained_judged_against_its_champion_refitted_and_tracked_and_leaves_nothing_behind(
    root: Path, results: list[RunResult]
) -> None:
    assert [each.outcome for each in results] == ["trained", "trained"]
    assert {row.competitor for row in results[1].leaderboard} >= {"champion", "gru", "seasonal_naive"}
    assert "judged weights serve" not in "".join(results[1].remarks)
    first = connect(root).client.get_run(results[0].run_id)
    assert first.data.tags["track"] == "scored"
    assert first.data.metrics["track/origins"] == 6 * len(SITES)
    gc.collect()
    assert not list(Path(tempfile.gettempdir()).glob("recurcast-*"))
    assert run_interval(Request(of("lake"), AS_OF, root), PLAIN).outcome == "already done"


def made(root: Path, path: str, output: Path, horizon: int | None = None) -> MadeForecast:
    request = ForecastRequest(of(path), AS_OF, root, horizon=horizon, output=output, flagging="yes")
    found = forecast_from_bundle(request).made
    assert found is not None
    return found


@pytest.mark.parametrize("horizon", [None, 2, 14])
def test_its_forecasts_are_those_of_the_same_rows_in_one_place(
    horizon: int | None, root: Path, results: list[RunResult], tmp_path: Path
) -> None:
    lake, whole = (made(root, path, tmp_path / f"{path}.parquet", horizon) for path in ("lake", "folder"))

    pd.testing.assert_frame_equal(lake.rows, whole.rows, rtol=1e-5)
    assert lake.rows.groupby("unique_id").size().tolist() == [horizon or 6] * len(SITES)
    assert lake.remarks == whole.remarks
    assert f"no 'plan' is known ahead of series '{SITES[2]}': forecast without it, as trained" in lake.remarks
    assert (
        f"no 'sale' is known ahead of series '{SITES[0]}' and 7 more: forecast without it, as trained" in lake.remarks
    )
    assert lake.flags is not None
    assert whole.flags is not None
    pd.testing.assert_frame_equal(lake.flags.rows, whole.flags.rows, rtol=1e-5)


def test_a_forecast_is_recorded_by_what_is_known_ahead_as_that_of_one_place_is(
    root: Path, results: list[RunResult], tmp_path: Path
) -> None:
    requests = [
        ForecastRequest(of(path), AS_OF, root, horizon=horizon, output=tmp_path / "it.parquet")
        for horizon in (None, 14)
        for path in ("lake", "folder")
    ]
    assert [make_forecast(each).outcome for each in requests] == ["forecast", "already done"] * 2


def test_where_it_ends_too_early_the_horizon_that_is_offered_is_one_that_every_file_reaches(
    root: Path, results: list[RunResult], tmp_path: Path
) -> None:
    told = []
    for path in ("lake", "folder"):
        with pytest.raises(DataRejected, match="'plan' of series 'site 0' has no value at 2024-04-0") as refused:
            made(root, path, tmp_path / "long.parquet", 20)
        told.append(str(refused.value))
    assert told[0] == told[1]
    assert "(--horizon 16)" in told[0]
    assert len(made(root, "lake", tmp_path / "short.parquet", 16).rows) == 16 * len(SITES)


def test_it_is_explained_as_in_one_place(root: Path, results: list[RunResult]) -> None:
    lake, whole = (replace(explain(of(path), None, root), pipeline=of("folder")) for path in ("lake", "folder"))
    assert lake == whole
    assert lake.importances is not None
    assert {each.name for each in lake.importances.inputs} == {"hour", "warmth", "plan", "staff", "sale"}


def test_a_search_sees_ahead_of_its_sample_what_was_known_at_each_origin(root: Path) -> None:
    search = {"origins": 1, "fresh_origins": 1, "sample_series": 6, "space": {"network.units": [2, 3]}}
    of_lake, of_whole = (plan_origins(of(path, search=search), AS_OF, root) for path in ("lake", "folder"))
    from recurcast.series.splitting import split_of

    for lake, whole in zip(look(of_lake, range(2)), look(of_whole, range(2)), strict=True):
        ours, theirs = (split_of(of_lake.pipeline, each.frame) for each in (lake, whole))
        assert ours.panel.ids == theirs.panel.ids
        assert set(lake.frame.ahead.blocks[1].rows["unique_id"]) <= set(ours.panel.ids)
        np.testing.assert_array_equal(ours.test.calendar, theirs.test.calendar)
        np.testing.assert_array_equal(ours.train.calendar, theirs.train.calendar)


def test_an_interval_whose_tariff_of_the_past_changed_is_done_again(tmp_path: Path) -> None:
    root, config = ahead_in(lake_in(tmp_path)), of("lake", serving="judged", forecast={"levels": []})
    request = Request(config, AS_OF, root)
    assert [run_interval(request, PLAIN).outcome for _ in range(2)] == ["trained", "already done"]
    sale = pd.read_csv(root / "sale.csv")
    sale.loc[12, "sale"] = 5
    sale.to_csv(root / "sale.csv", index=False)
    assert run_interval(request, PLAIN).outcome == "trained"
