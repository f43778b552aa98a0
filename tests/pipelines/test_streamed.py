"""Intervals of a lake that is streamed, from the files to the champion, its refit, its track record and its forecasts."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.evaluation.by_file import judged_on
from recurcast.evaluation.champion_by_file import champions_part
from recurcast.evaluation.losses import Losses
from recurcast.forecasting import spool
from recurcast.pipelines.forecast import make_forecast
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.forecast import ForecastRequest
from recurcast.runs.train import Request, RunResult
from recurcast.series.windows import Split
from recurcast.tracking.artifacts import LOSSES
from recurcast.tracking.recorded_runs import artifact
from recurcast.tracking.registry.registry import champion_as_of
from recurcast.tracking.store import connect
from recurcast.training.fit import fit_cell
from support.lakes import AS_OF, SITES, STREAMED, lake_in, streamed, streamed_highway, windows_in

EARLIER = AS_OF - timedelta(hours=12)
CONFIG = streamed(serving="refit", charts="png", training={"epochs": 1})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake_in(tmp_path_factory.mktemp("project"))


def run(root: Path, as_of: object, config: PipelineConfig = CONFIG) -> RunResult:
    previous, following = (as_of + sign * timedelta(hours=6) for sign in (-1, 1))  # type: ignore[operator]
    return run_interval(Request(config, as_of, root, previous=previous, following=following), PLAIN)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def results(root: Path) -> list[RunResult]:
    return [run(root, EARLIER), run(root, AS_OF)]


def test_a_streamed_lake_is_trained_judged_against_its_champion_refitted_and_promoted(
    root: Path, results: list[RunResult]
) -> None:
    assert [each.outcome for each in results] == ["trained", "trained"]
    assert [each.decision.verdict for each in results if each.decision] == ["promote", "promote"]
    assert {row.competitor for row in results[1].leaderboard} >= {"champion", "gru", "seasonal_naive"}
    client = connect(root).client
    first, second = (client.get_run(each.run_id) for each in results)
    assert second.data.tags["layout"] == "5 places"
    assert first.data.tags["track"] == "scored"
    assert first.data.metrics["track/origins"] == 6 * len(SITES)
    assert "judged weights serve" not in "".join(results[1].remarks)
    assert run(root, AS_OF).outcome == "already done"


def test_a_streamed_highway_is_trained_judged_refitted_and_forecasts(root: Path, tmp_path: Path) -> None:
    config = streamed_highway(name="avenue", serving="refit", training={"seeds": 1, "combine": "best"})
    found = run(root, AS_OF, config)
    assert found.outcome == "trained"
    assert found.decision is not None
    assert found.decision.verdict == "promote"
    assert "judged weights serve" not in "".join(found.remarks)
    assert {row.competitor for row in found.leaderboard} == {"gru", "seasonal_naive", "naive", "moving_average"}
    made = make_forecast(ForecastRequest(config, AS_OF, root, output=tmp_path / "avenue.parquet")).made
    assert made is not None
    assert made.rows["unique_id"].nunique() == len(SITES)
    assert made.rows["y_hat"].notna().all()


def test_forecasts_of_very_many_series_stand_in_their_file_alone(
    root: Path, results: list[RunResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = make_forecast(ForecastRequest(CONFIG, AS_OF, root, output=tmp_path / "held.parquet"))
    assert held.made is not None
    assert held.made.of_all is None
    monkeypatch.setattr(spool, "MOST_HELD", 10)
    monkeypatch.setattr(spool, "MOST_SHOWN", 2)

    for ending in ("parquet", "csv"):
        found = make_forecast(ForecastRequest(CONFIG, AS_OF, root, output=tmp_path / f"laid.{ending}"))
        assert found.made is not None
        assert (found.outcome, found.run_id) == ("already done", held.run_id)
        assert found.made.of_all == (len(held.made.rows), len(SITES))
        assert found.made.rows["unique_id"].nunique() == 2
        assert f"{len(SITES)} series by version" in found.summary
    by_name = ["unique_id", "ds"]
    laid = pd.read_parquet(tmp_path / "laid.parquet").sort_values(by_name, ignore_index=True)
    pd.testing.assert_frame_equal(laid, pd.read_parquet(tmp_path / "held.parquet"))
    as_csv = pd.read_csv(tmp_path / "laid.csv").sort_values(by_name, ignore_index=True)
    assert as_csv["y_hat"].tolist() == pytest.approx(laid["y_hat"].tolist())
    other = make_forecast(ForecastRequest(CONFIG, AS_OF, root, horizon=2, output=tmp_path / "two.parquet"))
    assert other.outcome == "forecast"
    recorded = connect(root).client.download_artifacts(other.run_id, "forecast/forecast.parquet", str(tmp_path))
    assert len(pd.read_parquet(recorded)) == 2 * len(SITES)


def test_champions_of_other_windows_and_verdicts_given_again_are_those_of_the_whole(
    root: Path, results: list[RunResult], tmp_path: Path
) -> None:
    store = connect(root)
    champion = champion_as_of(store, CONFIG, AS_OF, tmp_path)
    assert champion is not None
    recorded = Losses.from_parquet(artifact(store, results[1].run_id, LOSSES))
    wider = {"windows": STREAMED["windows"] | {"lookback": 30, "horizon": 4}, "training": {"epochs": 1}}
    (of_lake, of_whole), (lake, whole) = two_ways(root, serving="refit")
    again, expected = (champions_part(recorded, *each, champion) for each in ((of_lake, lake), (of_whole, whole)))
    assert (again.coverage, again.fit_until) == (expected.coverage, expected.fit_until)
    assert_same(again.losses, expected.losses)
    assert again.duel is not None
    assert again.duel.score("champion", "mae") == pytest.approx(expected.duel.score("champion", "mae"), rel=1e-6)

    (of_lake, of_whole), (lake, whole) = two_ways(root, **wider)
    trained = [[fit_cell("gru", of_lake, lake)]]
    judged, whole_judged = (judged_on(*each, trained, champion) for each in ((of_lake, lake), (of_whole, whole)))
    assert judged.remark == whole_judged.remark
    assert "takes other windows (lookback 24, horizon 6): the verdict is on the" in judged.remark
    assert judged.coverage["champion"] == whole_judged.coverage["champion"]
    assert_same(judged.evidence, whole_judged.evidence)
    pd.testing.assert_frame_equal(judged.duel.overall, whole_judged.duel.overall, rtol=1e-5)
    pd.testing.assert_frame_equal(judged.duel.per_step, whole_judged.duel.per_step, rtol=1e-5, check_dtype=False)


def two_ways(root: Path, **changed: object) -> tuple[list[PipelineConfig], list[Split]]:
    """The pipeline that streams the lake, and the one that holds the same rows; and their windows."""
    configs = [streamed(path, **changed) for path in ("lake", "folder")]
    return configs, [windows_in(root, each) for each in configs]


def assert_same(found: Losses, expected: Losses) -> None:
    texts = {"unique_id": "str", "competitor": "str"}
    pd.testing.assert_frame_equal(found.rows.astype(texts), expected.rows.astype(texts), rtol=1e-5)


def test_a_broken_file_leaves_the_champion(root: Path, results: list[RunResult]) -> None:
    file = sorted((root / "lake").glob("*.parquet"))[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"x")
    try:
        with pytest.raises(DataRejected, match=f"'{file.name}' is another one"):
            run(root, AS_OF + timedelta(hours=6))
        with pytest.raises(DataRejected, match=f"'{file.name}' is another one"):
            make_forecast(ForecastRequest(CONFIG, AS_OF, root))
    finally:
        file.write_bytes(whole)
    registration, client = results[1].registration, connect(root).client
    assert registration is not None
    assert client.get_model_version_by_alias("loads", "champion").version == registration.version
