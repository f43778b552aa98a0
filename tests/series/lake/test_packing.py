"""A lake is packed: the same rows as before, each series whole in one file, all of it or nothing."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from recurcast.config.interval_sources import FolderSource
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series.digest import data_digest
from recurcast.series.lake import packing
from recurcast.series.lake.manifest import MANIFEST, manifest_of
from recurcast.series.sources import obtain
from support.databases import COLUMNS, loads, pipeline
from support.folders import to_months
from support.projects import recurcast

AS_OF = pd.Timestamp("2024-04-05T07:00Z").to_pydatetime()
SITES = ("north", "007", "south", "1e5", "é")


def test_a_lake_has_the_digest_of_the_csv_the_folder_and_the_parquet_that_it_was_packed_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recurcast.series.lake.spilling._ROWS_AT_ONCE", 500)  # several rounds
    table = loads(sites=SITES).sample(frac=1, random_state=1)
    berlin = table["ds"].dt.tz_convert("Europe/Berlin").dt.strftime("%d.%m.%Y %H:%M %z")
    text = table.assign(ds=berlin, heat=table["heat"].map("{:.1f}".format).str.replace(".", ","))
    text.to_csv(tmp_path / "loads.csv", index=False)
    to_months(table, tmp_path / "months")
    written = {"time_format": "%d.%m.%Y %H:%M %z", "numbers": {"heat": {"decimal": ","}}, "timezone": "Europe/Berlin"}
    as_csv = pipeline({"kind": "file", "path": "loads.csv"} | written)
    as_folder = pipeline({"kind": "folder", "path": "months", "timezone": "Europe/Berlin"})
    expected = obtain(as_folder, AS_OF, tmp_path)

    manifests = [packing.pack(of.source, "loads", tmp_path, tmp_path / to, 3) for of, to in
                 ((as_csv, "from-csv"), (as_folder, "from-folder"))]  # fmt: skip

    assert manifests[0] == manifests[1] == manifest_of((tmp_path / "from-csv" / MANIFEST).read_text(), "it")
    assert (manifests[0].rows, manifests[0].series) == (len(table), len(SITES))
    names = {MANIFEST, *(file.name for file in manifests[0].files)}
    assert {path.name for path in (tmp_path / "from-csv").iterdir()} == names, "nothing else is left in the lake"
    whole = [pd.read_parquet(tmp_path / "from-csv" / file.name) for file in manifests[0].files]
    assert all(own["site"].isin(whole[0]["site"]).sum() == 0 for own in whole[1:])
    assert all(own.sort_values(["site", "ds"]).equals(own) for own in whole)
    for lake in ("from-csv", "from-folder"):
        frame = obtain(pipeline({"kind": "folder", "path": lake, "timezone": "Europe/Berlin"}), AS_OF, tmp_path)
        pd.testing.assert_frame_equal(frame.rows, expected.rows)
        assert data_digest(frame) == data_digest(expected)
    again = packing.pack(pipeline({"kind": "folder", "path": "from-csv"}).source, "x", tmp_path, tmp_path / "again", 2)
    assert (again.rows, again.series, again.ends) == (manifests[0].rows, len(SITES), manifests[0].ends)


def test_a_packer_that_is_killed_leaves_nothing_that_reads_as_a_lake(tmp_path: Path) -> None:
    to_months(loads(sites=SITES), tmp_path / "months")
    slow = (
        "import sys; from recurcast.series.lake import packing; kept = packing._write; from pathlib import Path\n"
        "packing._write = lambda *given: (kept(*given), print('written', flush=True), sys.stdin.read())\n"
        "from recurcast.config.interval_sources import FolderSource\n"
        "source = FolderSource(path='months', columns={'unique_id': 'site'})\n"
        "packing.pack(source, 'x', Path('.'), Path('lake'), 3)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", slow], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as packer:
        assert packer.stdout is not None
        assert packer.stdout.readline() == b"written\n"
        packer.send_signal(signal.SIGKILL)
    left = list(tmp_path.glob(".lake.packing-*"))
    assert len(left) == 1
    assert not (tmp_path / "lake").exists()
    assert not list(tmp_path.rglob(MANIFEST))

    source = pipeline({"kind": "folder", "path": "months"}).source
    packing.pack(source, "x", tmp_path, tmp_path / "lake", 3)

    assert not left[0].exists()
    assert obtain(pipeline({"kind": "folder", "path": "lake"}), AS_OF, tmp_path).ids == tuple(sorted(SITES))


def test_what_can_be_no_lake_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    to_months(loads(), tmp_path / "months")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    source = pipeline({"kind": "folder", "path": "months"}).source
    for target in ("full", "months/lake"):
        with pytest.raises(ConfigurationError, match="a lake is packed into a folder"):
            packing.pack(source, "loads", tmp_path, tmp_path / target, 3)
    broken = loads()
    broken.assign(site=broken["site"].where(broken.index != 5)).to_parquet(tmp_path / "months" / "part.parquet")
    with pytest.raises(DataRejected, match="every row names its series"):
        packing.pack(source, "loads", tmp_path, tmp_path / "lake", 3)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["full", "months"]


def test_the_command_packs_a_folder_and_says_how_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to_months(loads().rename(columns={"site": "unique_id"}), tmp_path / "months")
    monkeypatch.chdir(tmp_path)

    ended = recurcast("lake", "pack", "months", "--to", "lake", "--files", "2", "--covariate", "heat")

    assert ended.exit_code == 0
    assert "1,440 rows of 2 series, 2024-03-20T00:00:00Z to 2024-04-18T23:00:00Z, in" in ended.stdout
    assert (
        "source: {kind: folder, path: lake, columns: {unique_id: unique_id, covariates: [heat], ds: ds}}"
        in ended.stdout
    )
    assert recurcast("lake", "pack", "months", "--to", "lake").exit_code == 2


def test_the_command_says_how_a_pipelines_lake_is_read_with_what_it_knows_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_months(loads(), tmp_path / "months")
    price = {"path": "price.csv", "columns": ["price"], "known": "always"}
    source = {"kind": "folder", "path": "months", "columns": COLUMNS, "snap": "1s", "known_ahead": [price]}
    block = {"name": "loads", "frequency": "h", "source": source, "network": {"kind": "highway"}}
    block |= {"parts": {"history": 96, "validation": 24, "test": 24}, "windows": {"lookback": 24, "horizon": 6}}
    deployments = [{"name": "loads", "entrypoint": "flows/train.py:train", "parameters": {"pipeline": block}}]
    (tmp_path / "prefect.yaml").write_text(yaml.safe_dump({"deployments": deployments}))
    monkeypatch.chdir(tmp_path)

    ended = recurcast("lake", "pack", "loads", "--to", "lake", "--files", "2", "--json")

    assert ended.exit_code == 0, ended.stderr
    stated = json.loads(ended.stdout)["source"]
    assert (stated["known_ahead"], stated["snap"]) == ([price], "1s")
    assert FolderSource.model_validate(stated).ahead == ("price",)

    (tmp_path / "loads").mkdir()  # which has no file: the pipeline is meant, as before
    assert recurcast("lake", "pack", "loads", "--to", "again", "--files", "2").exit_code == 0
    assert recurcast("lake", "pack", "./loads", "--to", "third").exit_code == 3


def test_a_lake_with_a_file_that_is_lost_cut_or_new_is_refused_by_name(tmp_path: Path) -> None:
    to_months(loads(sites=SITES), tmp_path / "months")
    packing.pack(pipeline({"kind": "folder", "path": "months"}).source, "x", tmp_path, tmp_path / "lake", 3)
    of_lake, file = pipeline({"kind": "folder", "path": "lake"}), next((tmp_path / "lake").glob("*.parquet"))
    whole = file.read_bytes()

    def expect_refused(received: str) -> None:
        with pytest.raises(DataRejected, match=rf"files that its manifest names: {received}.*lake pack"):
            obtain(of_lake, AS_OF, tmp_path)

    file.write_bytes(whole[:-100])
    expect_refused(f"'{file.name}' has .* bytes and not")
    file.rename(tmp_path / "lake" / "mine.parquet")
    expect_refused(f"'{file.name}' is not there")
    file.write_bytes(whole)
    expect_refused(r"'mine\.parquet' is none of them")
    (tmp_path / "lake" / MANIFEST).write_text('{"recurcast_lake": 1}')
    with pytest.raises(DataRejected, match="a lake's manifest is as `recurcast lake pack` wrote it"):
        obtain(of_lake, AS_OF, tmp_path)
