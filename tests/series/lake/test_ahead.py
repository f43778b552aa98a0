"""What is known ahead of a lake's series, file by file: what it is of the same rows in one place, and never all of it there."""

import gc
import pickle
import resource
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path
from platform import node
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError, DataRejected, RecurcastError
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.series.ahead import Ahead
from recurcast.series.ahead_files import AheadSource
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame
from recurcast.series.interval_digests import interval_digests
from recurcast.series.lake import ahead_parts
from recurcast.series.lake.frame import LakeFrame
from recurcast.series.lake.manifest import places_of
from recurcast.series.lake.scanning import obtain_by_file, reaching
from recurcast.series.lake.spilling import Spill
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from support.lakes import AS_OF, PLANS, SALE, SITES, WARMTH, ahead_in, lake_in, streamed_highway, windows_in

WAYS = {"shared": [WARMTH], "by series": [PLANS], "of one site": [SALE], "all": [WARMTH, PLANS, SALE]}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ahead_in(lake_in(tmp_path_factory.mktemp("lake")))


@pytest.fixture
def by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small texts are laid down as large ones are."""
    monkeypatch.setattr(ahead_parts, "AT_ONCE", 0)


def of(path: str, *blocks: dict[str, Any]) -> PipelineConfig:
    return streamed_highway(path, source={"known_ahead": list(blocks)})


def frames(root: Path, *blocks: dict[str, Any]) -> tuple[LakeFrame, SeriesFrame]:
    lake = obtain_by_file(of("lake", *blocks), AS_OF, root)
    assert lake is not None
    return lake, obtain(of("folder", *blocks), AS_OF, root)


def seen(ahead: Ahead | None, names: list[str], frame: SeriesFrame) -> np.ndarray:
    """What windows of the series see of all steps at every seventh of them, as their origin."""
    assert ahead is not None
    steps = frame.steps.append(frame.grid.steps_after(frame.steps[-1], 6)).as_unit("ns").asi8
    origins = np.append(steps[5:-6:7], steps[-6])
    every = np.repeat(names, len(origins))
    ds = np.broadcast_to(steps, (len(every), len(steps)))
    return ahead.at(list(every), ds, np.tile(origins, len(names)), np.full(len(every), 3600 * 10**9))


@pytest.mark.parametrize("way", WAYS)
def test_each_file_sees_of_its_series_what_they_see_in_one_place_and_the_digest_is_the_same(
    way: str, root: Path, by_place: None
) -> None:
    lake, whole = frames(root, *WAYS[way])

    assert lake.digest == data_digest(whole)
    assert (lake.ahead.names, lake.ahead.lag, lake.ahead.gap) == (whole.ahead.names, whole.ahead.lag, whole.ahead.gap)
    for piece in lake.pieces():
        names = list(piece.ids)
        np.testing.assert_array_equal(seen(piece.ahead, names, whole), seen(whole.ahead, names, whole))
        for block in piece.ahead.blocks:
            assert block.shared or set(block.rows["unique_id"]) <= set(names)
    some = list(SITES[1:6])
    few = lake.only(frozenset(some))
    np.testing.assert_array_equal(seen(few.ahead, some, whole), seen(whole.ahead, some, whole))
    assert few.rows.equals(whole.only(frozenset(some)).rows)


def test_a_frame_reaches_further_as_one_in_one_place_does(root: Path) -> None:
    blocks = WAYS["all"]
    lake, whole = (
        reaching(frame, of(path, *blocks), AS_OF, root, 14)
        for frame, path in zip(frames(root, *blocks), ("lake", "folder"), strict=True)
    )
    assert isinstance(lake, LakeFrame)
    assert lake.digest == data_digest(whole) != frames(root, *blocks)[0].digest
    shared = (lake.ahead.blocks[0].rows["ds"].max(), whole.ahead.blocks[0].rows["ds"].max())
    assert shared[0] == shared[1] == pd.Timestamp(AS_OF).value + 13 * 3600 * 10**9


def test_the_plan_of_a_backfill_counts_what_is_known_ahead_of_each_interval(root: Path, by_place: None) -> None:
    as_ofs = [AS_OF - timedelta(hours=5 * number) for number in range(5)]
    found = interval_digests(of("lake", *WAYS["all"]), as_ofs, root)
    expected = interval_digests(of("folder", *WAYS["all"]), as_ofs, root)
    runs = [data_digest(obtain(of("folder", *WAYS["all"]), each, root)) for each in as_ofs]

    assert [each.digest for each in found] == [each.digest for each in expected] == runs
    assert len({each.digest for each in found}) == len(as_ofs)


@pytest.mark.parametrize("block", [WARMTH, PLANS])
def test_a_value_of_the_past_that_changes_makes_intervals_stale_that_knew_it_and_no_others(
    block: dict[str, Any], tmp_path: Path
) -> None:
    root = ahead_in(lake_in(tmp_path))
    config, as_ofs = of("lake", block), [AS_OF - timedelta(hours=48), AS_OF]
    before = [each.digest for each in interval_digests(config, as_ofs, root)]
    file = root / block["path"]
    rows = pd.read_csv(file, parse_dates=["ds", "issued"]) if file.suffix == ".csv" else pd.read_parquet(file)
    known = rows[block["available_at"]]
    own = known[(known > as_ofs[0]) & (known <= as_ofs[1])].index[0]
    rows.loc[own, block["columns"][0]] = 77.0
    rows.to_csv(file, index=False) if file.suffix == ".csv" else rows.to_parquet(file, index=False)

    after = [each.digest for each in interval_digests(config, as_ofs, root)]

    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]
    frame = obtain_by_file(config, AS_OF, root)
    assert frame is not None
    assert frame.digest == after[1]
    assert fingerprint_of(config, after[1]) != fingerprint_of(config, before[1])


def _plans(**columns: Any) -> pd.DataFrame:
    hours = pd.date_range("2024-03-20", periods=500, freq="h", tz="UTC")
    every = [pd.DataFrame({"site": site, "ds": hours, "plan": 1.0}) for site in SITES]
    return pd.concat(every, ignore_index=True).assign(**columns)


PLAN: dict[str, Any] = {"path": "plans.parquet", "columns": ["plan"], "unique_id": "site", "known": "always"}
BROKEN: dict[str, tuple[pd.DataFrame, dict[str, Any], str]] = {
    "of other series": (
        _plans().assign(site=lambda rows: rows["site"].str.upper()),
        {},
        "names 'SITE 0' and 8 more, the source 'site 0' and 8 more",
    ),
    "at other steps": (_plans(ds=lambda rows: rows["ds"] + pd.Timedelta("7min")), {}, "has one at 0 of 239 steps"),
    "at few steps": (_plans().iloc[::4], {}, "has one at 60 of 239 steps"),
    "not finite": (
        _plans(plan=lambda rows: rows["plan"].mask(rows.index % 800 == 799, np.inf)),
        {},
        "'plan' holds inf at 2024-04-01T11:00:00.*, and 1 more values do so",
    ),
    "twice": (pd.concat([_plans(), _plans().iloc[600:601]]), {}, "series 'site 1', 2024-03-24T04:00:00.* more than once"),
    "another column": (_plans().rename(columns={"plan": "plans"}), {}, "has the column 'plan'.*has none of that name"),
    "nothing known before its time": (
        _plans(seen=AS_OF - timedelta(hours=1)),
        {"known": None, "available_at": "seen"},
        "of 'plan' nothing was known before its time up to 2024-04-01T07",
    ),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_refused_in_one_place_is_refused_of_all_files_in_the_same_words(broken: str, tmp_path: Path) -> None:
    table, changed, says = BROKEN[broken]
    root = lake_in(tmp_path)
    table.to_parquet(root / "plans.parquet", index=False)
    block = {name: value for name, value in (PLAN | changed).items() if value is not None}
    told = []
    for path in ("folder", "lake"):
        with pytest.raises(DataRejected, match=says) as refused:
            windows_in(root, of(path, block))
        told.append(str(refused.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("site", [SITES[0], SITES[5]])
def test_a_block_may_name_a_series_of_one_file_alone(site: str, tmp_path: Path) -> None:
    root = lake_in(tmp_path)
    table = _plans(plan=lambda rows: rows.index % 24 * 1.0)
    table[table["site"] == site].to_parquet(root / "plans.parquet", index=False)

    split, whole = windows_in(root, of("lake", PLAN)), windows_in(root, of("folder", PLAN))

    assert split.n_train == len(whole.train)
    assert split.overall.ahead.mean(axis=0) == pytest.approx([11.5], abs=0.2)


def test_a_number_that_can_not_be_read_is_told_with_its_file_and_where_rows_are_counted(
    root: Path, tmp_path: Path, by_place: None
) -> None:
    shutil.copytree(root / "lake", tmp_path / "lake")
    sale = pd.read_csv(root / "sale.csv", dtype=str)
    sale.loc[7, "sale"] = "mild"
    sale.to_csv(tmp_path / "sale.csv", index=False)
    with pytest.raises(
        DataRejected, match=r"'sale\.csv': row 8 .*mild.*, counted among those of the series of one file"
    ):
        obtain_by_file(of("lake", SALE), AS_OF, tmp_path)


def test_by_series_the_rows_of_one_place_are_there_at_a_time(
    root: Path, by_place: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, there = list[int](), list[int]()
    made = AheadSource.of

    def watched(source: AheadSource, found: pd.DataFrame) -> Any:
        names = set(map(str, found["unique_id"].unique()))
        assert len(set(places_of(names, 5).tolist())) == 1
        gc.collect()
        alive = [each for each in gc.get_objects() if isinstance(each, pd.DataFrame) and "staff" in each.columns]
        held.append(sum(len(each) for each in alive))
        there.append(len(found))
        return made(source, found)

    monkeypatch.setattr(AheadSource, "of", watched)
    frame = obtain_by_file(of("lake", PLANS), AS_OF, root)
    assert frame is not None
    assert sum(there) == len(pd.read_parquet(root / "plans.parquet"))
    assert len(there) > 2
    assert max(held) <= 2 * max(there), "those that are looked at, and nothing of the places before"
    assert not any(len(block.rows) for block in frame.ahead.blocks)
    assert not list(frame.known_ahead.folder.path.parent.glob("recurcast-ahead-*"))


def test_more_rows_of_a_place_than_the_memory_should_hold_are_refused(
    root: Path, by_place: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small(Spill):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self._most = 100

    monkeypatch.setattr(ahead_parts, "Spill", Small)
    says = r"lake's file \('plans\.parquet'\) is read whole, and holds at most 100 rows here; one of 5 holds more\. Pack the lake"
    with pytest.raises(ConfigurationError, match=says):
        obtain_by_file(of("lake", PLANS), AS_OF, root)


def test_what_was_laid_down_goes_with_the_frame_and_other_processes_read_it_or_lay_it_down_for_themselves(
    tmp_path: Path,
) -> None:
    root = ahead_in(lake_in(tmp_path))
    frame = obtain_by_file(of("lake", PLANS), AS_OF, root)
    assert frame is not None
    folder = frame.known_ahead.folder.path
    expected = [piece.ahead.blocks[0].rows for piece in frame.pieces()]
    sent = pickle.dumps(frame)
    copy = pickle.loads(sent)
    assert copy.known_ahead.folder.path == folder
    del copy
    gc.collect()
    assert len(list(folder.iterdir())) == 5, "a file for each place, and a copy takes none away"
    split = windows_in(root, of("lake", PLANS))
    own = split.frame.known_ahead.folder.path

    del frame, split
    gc.collect()

    assert not folder.exists()
    assert not own.exists()
    again = pickle.loads(sent)
    for piece, rows in zip(again.pieces(), expected, strict=True):
        names = set(rows["unique_id"])
        found = piece.ahead.blocks[0].rows
        assert found[found["unique_id"].isin(names)].reset_index(drop=True).equals(rows)
    table = pd.read_parquet(root / "plans.parquet")
    table.assign(staff=0.0).to_parquet(root / "plans.parquet", index=False)
    lost = pickle.loads(sent.replace(folder.name.encode(), folder.name[::-1].encode()))
    with pytest.raises(DataRejected, match=r"plan, staff: other values than when the run began\. Run again"):
        next(lost.pieces())


@pytest.mark.parametrize("most", [1_000, 50_000])
def test_where_there_is_no_room_to_lay_it_down_that_is_said(most: int, root: Path, by_place: None) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(
            RecurcastError, match=r"temporary folder .*: File too large\. Make room there.* TMPDIR"
        ) as refused:
            obtain_by_file(of("lake", PLANS), AS_OF, root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refused.value.exit_code == 1


def test_folders_of_runs_that_were_killed_are_taken_away(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, others = (tmp_path / f"recurcast-known-ahead-{node()}-{who}-x" for who in (2**22 + 5, 1))
    for each in (left, others):
        each.mkdir()
    frame = obtain_by_file(of("lake", PLANS), AS_OF, root)
    assert frame is not None
    assert not left.exists()
    assert others.exists(), "that process lives"


def test_a_query_by_series_is_the_file_of_the_same_rows(
    root: Path, by_place: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pd.read_parquet(root / "plans.parquet")
    for column in ("ds", "seen"):
        table[column] = table[column].dt.strftime("%Y-%m-%d %H:%M:%S")
    (root / "plans.db").unlink(missing_ok=True)
    connection = sqlite3.connect(root / "plans.db")
    table.to_sql("plans", connection, index=False)
    connection.close()
    query = "SELECT site, ds, seen, plan, staff FROM plans WHERE ds >= :start AND ds < :end"
    asked = {name: value for name, value in PLANS.items() if name != "path"} | {"url": "sqlite:///plans.db"}

    by_query, by_file = (obtain_by_file(of("lake", block), AS_OF, root) for block in (asked | {"query": query}, PLANS))

    assert by_query is not None
    assert by_file is not None
    assert by_query.digest == by_file.digest
    with pytest.raises(DataRejected, match="a query gives at least one row"):
        obtain_by_file(of("lake", asked | {"query": f"{query} AND plan > 99"}), AS_OF, root)


def test_a_sample_in_memory_sees_what_it_sees_of_the_whole(root: Path) -> None:
    training = {"sample_series": 5, "stream": False}
    configs = [
        streamed_highway("folder", source={"path": path, "known_ahead": WAYS["all"]}, training=training)
        for path in ("lake", "folder")
    ]
    lake, whole = (windows_in(root, config) for config in configs)
    assert lake.panel.ids == whole.panel.ids
    np.testing.assert_array_equal(lake.test.calendar, whole.test.calendar)
    np.testing.assert_array_equal(lake.train.calendar, whole.train.calendar)
    assert split_of(configs[0], obtain(configs[1], AS_OF, root).only(frozenset(lake.panel.ids))).panel.ids
