"""A search of a pipeline that streams its lake: settings are compared on a sample in memory, what wins is trained streamed."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.pipelines.search import run_search
from recurcast.pipelines.search_at_the_gate import run_proposal
from recurcast.pipelines.search_origins import Plan, digest_of, look, plan_origins
from recurcast.pipelines.search_sample import as_searched
from recurcast.pipelines.search_session import open_session
from recurcast.pipelines.stages import PLAIN
from recurcast.reporting.notes.search_lines import lines_of_begun
from recurcast.runs.search import Compared, SearchRecord, from_json, to_json
from recurcast.runs.search_proposal import proposal_of
from recurcast.runs.search_request import Begun, NobodyListens, SearchRequest
from recurcast.runs.train import Request
from recurcast.series.lake.lake import Lake
from recurcast.series.lake.manifest import LakeFile
from recurcast.series.lake.packing import pack
from recurcast.series.sampling import sample_of
from recurcast.tracking.notes import NOTE
from recurcast.tracking.search_page import PAGE
from recurcast.tracking.store import connect
from support.databases import COLUMNS, loads, pipeline
from support.lakes import AS_OF, SITES, STREAMED, lake_in, streamed
from support.searched import told

TOLD = "ettings were compared on 4 of 9 series, the same at each origin"


def searched(path: str = "lake", /, search: dict[str, Any] | None = None, **changed: Any) -> PipelineConfig:
    block = {"trials": 2, "origins": 1, "fresh_origins": 1, "pruner": "none", "accept": "gate", "sample_series": 4}
    space = {"space": {"network.units": [2, 3, 4, 5], "training.batch_size": [16, 32]}}
    return streamed(path, search=block | space | (search or {}), **changed)


class Heard(NobodyListens):
    lines: tuple[str, ...] = ()

    def begun(self, begun: Begun) -> None:
        self.lines = tuple(lines_of_begun(begun))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake_in(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def record(root: Path, heard: Heard) -> SearchRecord:
    return run_search(SearchRequest(searched(), AS_OF, root), heard)


def test_a_search_of_a_streamed_lake_ends_and_says_on_how_many_series_settings_were_compared(
    root: Path, record: SearchRecord, heard: Heard
) -> None:
    assert [each.state for each in record.trials] == ["finished", "finished"]
    assert record.compared == Compared(4, len(SITES))
    assert f"s{TOLD}" in heard.lines
    client = connect(root).client
    assert f"S{TOLD}." in client.get_run(record.run_id).data.tags[NOTE]
    page = client.download_artifacts(record.run_id, PAGE, str(root))
    assert f"S{TOLD}." in Path(page).read_text()
    assert from_json(to_json(record)) == record
    assert from_json(to_json(replace(record, compared=None))).compared is None


def test_it_goes_on_where_it_was_with_workers_that_draw_the_same_sample(root: Path, record: SearchRecord) -> None:
    more = run_search(SearchRequest(searched(search={"trials": 4}), AS_OF, root, workers=2))

    assert (more.run_id, more.trials[:2], len(more.trials)) == (record.run_id, record.trials, 4)
    assert more.compared == record.compared


def test_what_it_proposes_is_trained_on_the_whole_lake_streamed(root: Path, record: SearchRecord) -> None:
    winner = told(root, record, won=True)
    proposal = proposal_of(winner, searched())
    assert proposal.settings.keys() <= {"network.units", "training.batch_size", "search.read_until"}
    assert proposal.moved == ()

    result = run_proposal(Request(searched(), AS_OF + timedelta(hours=6), root, "schedule"), PLAIN)

    assert result is not None
    run = connect(root).client.get_run(result.run_id)
    assert (run.data.tags["layout"], run.data.tags["proposal"]) == ("5 places", record.id)
    assert {row.competitor for row in result.leaderboard} >= {"gru", "seasonal_naive"}
    assert not any("sample" in remark for remark in result.remarks)


def test_its_sample_is_that_of_the_same_rows_in_memory_at_each_origin_of_their_revisions(tmp_path: Path) -> None:
    root, plans = revised(tmp_path), dict[str, Plan]()
    for path in ("lake", "folder"):
        columns = {"columns": COLUMNS | {"available_at": "seen"}, "delay": "0min"}
        block = {"kind": "folder", "path": path, **columns}
        training = STREAMED["training"] | {"stream": path == "lake"}
        search = {"origins": 2, "fresh_origins": 1, "sample_series": 4}
        config = pipeline(block, **STREAMED | {"training": training, "search": search})
        plans[path] = plan_origins(config, AS_OF, root)
    lake, folder = (look(each, range(3)) for each in plans.values())

    assert plans["lake"].read_until == plans["folder"].read_until
    for own, expected in zip(lake, folder, strict=True):
        pd.testing.assert_frame_equal(own.frame.rows, expected.frame.rows)
        assert (own.frame.grid, own.frame.last_known) == (expected.frame.grid, expected.frame.last_known)
        assert own.baseline.overall.equals(expected.baseline.overall)
    assert digest_of(lake) == digest_of(folder)
    assert {float(each.frame.rows["y"].max()) == 500.0 for each in lake} == {True, False}, "one origin knew no revision"
    assert lake[2].frame.rows["unique_id"].nunique() == 4


def revised(root: Path) -> Path:
    """Rows of which each series' tenth-last-but-100 was revised to 500 some days later, as a folder and packed."""
    table = loads(days=18, sites=SITES).fillna(50.0)
    table = table.assign(seen=table["ds"] + pd.Timedelta("1h"))
    again = table.groupby("site", as_index=False).nth(150).assign(y=500.0, seen=pd.Timestamp("2024-03-31T00:00Z"))
    (root / "folder").mkdir()
    pd.concat([table, again]).to_parquet(root / "folder" / "all.parquet", index=False)
    source = pipeline({"kind": "folder", "path": "folder", "columns": COLUMNS | {"available_at": "seen"}}).source
    pack(source, "loads", root, root / "lake", 5)
    return root


def test_a_series_that_comes_in_the_test_part_changes_no_sample(tmp_path: Path) -> None:
    root = lake_in(tmp_path)
    table = pd.read_parquet(root / "folder" / "all.parquet")
    new = [table[table["site"] == SITES[0]].tail(20).assign(site=f"new {number}") for number in range(30)]
    pd.concat([table, *new]).to_parquet(root / "folder" / "all.parquet", index=False)
    pack(streamed("folder").source, "loads", root, root / "wider", 5)

    for path in ("folder", "wider"):
        config = searched(path, training={"sample_series": None})
        sample = plan_origins(config, AS_OF, root).sample
        assert sample is not None
        assert sample.names == sample_of(SITES, 4, 4)
        assert sample.compared == Compared(4, len(SITES))


def test_each_file_is_read_twice_however_many_origins_there_are(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, table = Counter[str](), Lake.table

    def counted(lake: Lake, file: LakeFile) -> pd.DataFrame:
        read[file.name] += 1
        return table(lake, file)

    monkeypatch.setattr(Lake, "table", counted)
    look(plan_origins(searched(search={"origins": 2}), AS_OF, root), range(3))

    assert set(read.values()) == {2}
    assert len(read) == 4


@pytest.mark.parametrize(
    ("search", "changed", "sampled"),
    [
        ({"sample_series": None}, {}, 2_000),
        ({}, {}, 4),
        ({"sample_series": None}, {"training": {"sample_series": 3}}, 3),
        ({}, {"training": {"sample_series": 3}}, 4),
    ],
)
def test_how_many_series_are_compared_is_said_or_follows(
    search: dict[str, Any], changed: dict[str, Any], sampled: int
) -> None:
    config = searched("folder" if changed else "lake", search, **changed)
    found = as_searched(config)

    assert (found.training.sample_series, found.training.stream) == (sampled, False)
    in_memory = searched("folder", {"sample_series": None})
    assert as_searched(in_memory) is in_memory, "the digest of a search that was begun before there was a sample stays"


def test_all_series_of_a_lake_that_has_no_more_are_compared_and_nothing_is_said(root: Path) -> None:
    session = open_session(SearchRequest(searched(search={"sample_series": None}), AS_OF, root))

    assert set(session.origins[0].frame.ids) <= set(SITES)
    assert len(session.origins[0].frame.ids) >= len(SITES) - 2
    assert session.compared is None


def test_a_sample_that_no_memory_holds_and_a_folder_that_is_no_lake_are_refused(root: Path) -> None:
    parts = STREAMED["parts"] | {"history": 1_500_000}
    with pytest.raises(
        ConfigurationError, match=r"Or compare settings on fewer series than 2,000: search.sample_series"
    ):
        plan_origins(searched(search={"sample_series": None}, parts=parts), AS_OF, root)
    folder = searched("folder")
    unpacked = folder.model_copy(update={"training": folder.training.model_copy(update={"stream": True})})
    with pytest.raises(ConfigurationError, match="the folder of 'loads' has no manifest"):
        plan_origins(unpacked, AS_OF, root)


def test_a_file_that_changed_ends_a_search_before_a_trial(tmp_path: Path) -> None:
    root = lake_in(tmp_path)
    file = next((root / "lake").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    with pytest.raises(DataRejected, match=f"'{file.name}' is another one"):
        run_search(SearchRequest(searched(), AS_OF, root))
    assert not (root / "mlflow.db").exists()


def test_a_sample_of_which_no_series_can_be_used_is_refused_with_how_many_it_is_of(tmp_path: Path) -> None:
    table = loads(days=18, sites=SITES).fillna(50.0)
    drawn = sample_of(SITES, 2, STREAMED["training"]["seed"])
    (tmp_path / "folder").mkdir()
    table.assign(y=table["y"].mask(table["site"].isin(drawn), 5.0)).to_parquet(tmp_path / "folder" / "all.parquet")
    pack(pipeline({"kind": "folder", "path": "folder"}).source, "loads", tmp_path, tmp_path / "lake", 5)

    told = (
        r"not all series are constant.*; settings are compared on 2 of 9 series.*on more series: search.sample_series"
    )
    for path in ("folder", "lake"):
        with pytest.raises(DataRejected, match=told):
            look(plan_origins(searched(path, {"sample_series": 2}), AS_OF, tmp_path), range(2))
