"""A folder in a bucket: read as one here, by the parts that are needed, and what an S3 that fails gets."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series.sources import obtain
from support.databases import loads, pipeline
from support.folders import to_months
from support.s3 import Wire, lacking, place, s3, upload

AS_OF = datetime(2024, 4, 5, 7, tzinfo=UTC)
FOLDER = {"kind": "folder", "path": "s3://lake/heat"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Wire]]:
    """An S3 whose bucket `lake` has the rows by months."""
    if lacking() is not None:
        pytest.skip(str(lacking()))
    folder = tmp_path_factory.mktemp("lake")
    to_months(loads(), folder / "heat")
    with s3() as (address, wire), pytest.MonkeyPatch.context() as patch:
        place(patch, address)
        upload(folder, "lake")
        yield address, wire


@pytest.fixture
def wire(store: tuple[str, Wire], monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The wire, which fails again after the test as little as before."""
    place(monkeypatch, store[0])
    yield store[1]
    store[1].answers = store[1].cut_after = None


def answer(status: str, code: str) -> bytes:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{status}</Message></Error>".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def refused(root: Path) -> str:
    with pytest.raises(DataRejected) as rejected:
        obtain(pipeline(FOLDER), AS_OF, root)
    assert "s3cret" not in str(rejected.value)
    return str(rejected.value)


def test_rows_of_a_bucket_are_those_of_a_folder_here(wire: Wire, tmp_path: Path) -> None:
    to_months(loads(), tmp_path / "heat")
    frame = obtain(pipeline(FOLDER), AS_OF, tmp_path)
    assert frame.rows.equals(obtain(pipeline({"kind": "folder", "path": "heat"}), AS_OF, tmp_path).rows)
    assert wire.sent > 0
    assert pipeline(FOLDER).source.origin.type == "s3"


def test_an_s3_that_refuses_says_whose_keys_to_set(wire: Wire, tmp_path: Path) -> None:
    wire.answers = answer("403 Forbidden", "AccessDenied")
    told = refused(tmp_path)
    assert "the folder of 'loads' (s3://lake/heat) lets the run in" in told
    assert "Set AWS_ACCESS_KEY_ID" in told


def test_an_s3_that_fails_is_said(wire: Wire, tmp_path: Path) -> None:
    wire.answers = answer("500 Internal Server Error", "InternalError")
    assert "the folder of 'loads' (s3://lake/heat) gives its files, whole" in refused(tmp_path)


def test_an_s3_that_stops_half_way_is_said_with_the_file(wire: Wire, tmp_path: Path) -> None:
    wire.cut_after = 4_000
    told = refused(tmp_path)
    assert "gives its files, whole: 'year=2024/month=03/part-0.parquet'" in told


def test_a_bucket_or_a_package_that_is_not_there_is_said(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataRejected, match=r"the folder of 'loads' \(s3://nowhere/heat\) is there"):
        obtain(pipeline(FOLDER | {"path": "s3://nowhere/heat"}), AS_OF, tmp_path)
    with pytest.raises(ConfigurationError, match="needs a package that is not installed"):
        obtain(pipeline(FOLDER | {"path": "abfs://lake/heat"}), AS_OF, tmp_path)
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3")
    with pytest.raises(ConfigurationError, match=r"pip install 'recurcast\[s3\]'"):
        obtain(pipeline(FOLDER), AS_OF, tmp_path)
