"""The bundle on disk: read whole or not at all."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.forecasting.portable.bundle import Bundle, folder_of, read, write
from recurcast.series.grid import Grid
from support.exported import exported

SUNDAYS = pd.Timestamp("2024-01-07")


def every_fact() -> Bundle:
    made = exported("gru", 2, 2, levels=(80.0, 99.5), reset_after=False).bundle
    sparse = {"frequency": "2W-SUN", "timezone": "Europe/Amsterdam", "phase": 3_600_000_000_000}
    return dataclasses.replace(made.stamped(7, "2024-03-01T00:00:00Z"), **sparse, anchor=SUNDAYS.isoformat())


def test_what_is_written_is_read_to_the_last_bit(tmp_path: Path) -> None:
    bundle = every_fact()
    write(bundle, tmp_path / "bundle")
    again = read(tmp_path / "bundle")
    for fact in dataclasses.fields(Bundle):
        if fact.name not in ("weights", "widths"):
            assert getattr(again, fact.name) == getattr(bundle, fact.name), fact.name
    assert again.widths.tolist() == [[1.0, 2.0], [2.0, 4.0]]
    assert {name: (a.dtype, a.tobytes()) for name, a in again.weights.items()} == {
        name: (a.dtype, a.tobytes()) for name, a in bundle.weights.items()
    }
    assert again.grid == Grid("2W-SUN", "Europe/Amsterdam", pd.Timedelta("1h"), SUNDAYS)
    assert sorted(path.name for path in (tmp_path / "bundle").iterdir()) == ["bundle.json", "weights.npz"]


def test_a_bundle_says_which_version_it_is(tmp_path: Path) -> None:
    write(every_fact(), tmp_path)
    stated = json.loads((tmp_path / "bundle.json").read_text())
    assert (stated["version"], stated["as_of"], stated["pipeline"]) == (7, "2024-03-01T00:00:00Z", "tiny")


def test_a_baseline_has_neither_weights_nor_widths(tmp_path: Path) -> None:
    write(Bundle("tiny", "naive", "h", "UTC", phase=0, lookback=3, horizon=2), tmp_path)
    assert (read(tmp_path).weights, read(tmp_path).widths) == ({}, None)


def test_the_champions_bundle_lies_in_the_pipelines_folder() -> None:
    assert folder_of(Path("project"), "energy") == Path("project/data/energy/bundle")


def test_a_missing_bundle_says_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere lacks bundle\.json\. Export it again"):
        read(tmp_path / "nowhere")
    write(every_fact(), tmp_path)
    (tmp_path / "weights.npz").unlink()
    with pytest.raises(ValueError, match=r"lacks weights\.npz"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda text: text[:40], "no JSON"),
        (lambda text: "[]", "not of form 1"),
        (lambda text: text.replace('"form": 1', '"form": 2'), "not of form 1"),
        (lambda text: text.replace('"lookback"', '"look"'), "other fields"),
        (lambda text: text.replace('"digest": "', '"digest": "0'), "digest"),
    ],
)
def test_a_damaged_json_is_told(tmp_path: Path, spoil, why: str) -> None:
    write(every_fact(), tmp_path)
    stated = tmp_path / "bundle.json"
    stated.write_text(spoil(stated.read_text()))
    with pytest.raises(ValueError, match=why):
        read(tmp_path)


def test_weights_that_lost_a_byte_or_are_of_another_bundle_are_told(tmp_path: Path) -> None:
    write(every_fact(), tmp_path)
    weights = tmp_path / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"the digest of weights\.npz"):
        read(tmp_path)
    np.savez(weights, other=np.zeros(3))
    with pytest.raises(ValueError, match=r"the digest of weights\.npz"):
        read(tmp_path)
