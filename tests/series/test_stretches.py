"""What is computed a stretch at a time is what the whole gives, and names by codes are the names."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.series import stretches as stretching
from recurcast.series import windows as windowing
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame, in_order
from recurcast.series.grid import grid_of
from recurcast.series.ids import coded, places_and_names
from recurcast.series.parquet_columns import read_parquet
from recurcast.series.splitting import split_of
from recurcast.series.stretches import of_whole_groups, places_of
from recurcast.series.validation import parts
from recurcast.series.validation.checks import check, validate
from recurcast.series.validation.facts import gather_facts
from recurcast.series.validation.report import ValidationFailed
from recurcast.series.validation.rules import rules_of

AS_OF = datetime(2024, 1, 5, tzinfo=UTC)
STEPS = pd.date_range(end="2024-01-04 23:00", periods=90, freq="h", tz="UTC").as_unit("ns")


def pipeline(**fields: Any) -> PipelineConfig:
    return PipelineConfig.model_validate(
        {
            "name": "demand",
            "source": {"kind": "file", "path": "demand.csv", "columns": {"unique_id": "id"}},
            "frequency": "h",
            "parts": {"history": 60, "validation": 15, "test": 15},
            "windows": {"lookback": 3, "horizon": 2},
            "checks": {"max_missing": 0.5},
        }
        | fields
    )


def gappy() -> SeriesFrame:
    """Five series of ninety steps that lack steps and values, one of which is flat at its end."""
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"unique_id": np.repeat(["e", "b", "d", "a", "c"], 90), "ds": list(STEPS) * 5})
    rows["y"] = random.integers(0, 4, 450).astype(float)
    rows.loc[60:89, "y"] = 7.0
    rows["y"] = rows["y"].mask(random.random(450) < 0.1)
    rows = in_order(rows[random.random(450) > 0.05].assign(unique_id=coded(rows["unique_id"])))
    rows = rows.reset_index(drop=True).astype({"ds": "datetime64[ns, UTC]"})
    return SeriesFrame(rows, grid_of(rows["ds"], "h", "UTC"), STEPS)


@pytest.mark.parametrize("fields", [{}, {"network": {"kind": "highway"}, "season": 4}])
def test_facts_and_windows_are_the_same_whatever_a_stretch_holds(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any]
) -> None:
    config, frame = pipeline(**fields), gappy()

    def all_that_is_found() -> list[Any]:
        facts, split = gather_facts(frame, config, AS_OF), split_of(config, frame)
        panel, parts = split.panel, (split.train, split.validation, split.test)
        grid = grid_of(frame.rows["ds"], "h", "UTC")
        arrays = [panel.values, *(each for part in parts for each in (part.series, part.origin, part.starts))]
        return [facts.series.to_csv(), facts.rows["on_grid"].tolist(), grid, *(each.tolist() for each in arrays)]

    whole = str(all_that_is_found())
    for length in (1, 7, 100):
        monkeypatch.setattr(stretching, "ROWS_OF_A_STRETCH", length)
        monkeypatch.setattr(windowing, "_POINTS_AT_ONCE", length)
        assert str(all_that_is_found()) == whole


def test_rules_say_the_same_of_rows_that_are_checked_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = gappy()
    rows = pd.concat([frame.rows, frame.rows.iloc[[148, 149, 150, 149]]], ignore_index=True)
    rows.loc[[5, 100, 300], "y"] = 1e101
    rows.loc[[7, 301], "ds"] += pd.Timedelta("1min")
    config = pipeline(checks={"max_missing": 0.05, "max_value": 3.0})
    frame = SeriesFrame(in_order(rows).reset_index(drop=True), frame.grid, STEPS)
    facts = gather_facts(frame, config, AS_OF)
    rules = rules_of(config, frame, facts, AS_OF)
    whole = check(rules, facts)
    assert {each.rule for each in whole if not each.success} > {"unique", "on_grid", "bounds", "present_y"}
    monkeypatch.setattr(parts, "ROWS_OF_A_PART", 150)  # the parts end between the rows of one instant
    assert check(rules, facts) == whole
    assert check(rules_of(pipeline(), gappy(), facts, AS_OF), gather_facts(gappy(), pipeline(), AS_OF))[0].success
    with pytest.raises(ValidationFailed):
        validate(frame, config, AS_OF)


def test_places_are_those_of_pandas_index() -> None:
    random = np.random.default_rng(1)
    steps = pd.DatetimeIndex(np.unique(random.integers(-(10**6), 10**6, 500)), tz="UTC").as_unit("ns")
    asked = random.integers(-(2**62), 2**62, 2000)
    asked[:1500] = random.choice(steps.asi8, 1500)
    assert (places_of(asked, steps) == steps.asi8.searchsorted(asked) % 500)[:1500].all()
    assert (places_of(asked, steps) == pd.Index(steps.asi8).get_indexer(pd.Index(asked))).all()
    assert places_of(asked, steps[:0]).tolist() == [-1] * 2000


def test_groups_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretching, "ROWS_OF_A_STRETCH", 4)
    codes = np.repeat([0, 1, 2, 3, 4], [1, 2, 9, 3, 1])
    assert [(each.start, each.stop) for each in of_whole_groups(codes)] == [(0, 3), (3, 12), (12, 16)]


def test_names_by_codes_are_sorted_whatever_they_were_and_change_no_digest() -> None:
    frame = gappy()
    texts = frame.rows.assign(unique_id=frame.rows["unique_id"].astype("str"))
    other = texts.assign(unique_id=pd.Categorical(texts["unique_id"], ["z", "e", "b", "d", "a", "c"], ordered=True))
    for rows in (texts, other):
        names = coded(rows["unique_id"])
        assert names.cat.categories.tolist() == ["a", "b", "c", "d", "e"]
        assert names.astype("str").equals(texts["unique_id"])
        assert places_and_names(rows["unique_id"])[1] == ("a", "b", "c", "d", "e")
        assert data_digest(SeriesFrame(rows, frame.grid, STEPS)) == data_digest(frame)


def test_a_long_parquet_file_is_read_as_pandas_reads_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recurcast.series.parquet_columns._LONG", 2)
    table = pd.DataFrame(
        {"id": ["b", "a", None], "ds": STEPS[:3], "y": [1, None, 3], "n": [1, 2, 3], "v": [[1], [], [2]]}
    )
    for number, (kept, by_codes) in enumerate(
        [(table.drop(columns="v"), "id"), (table, None), (table.drop(columns="v").set_index(["id", "ds"]), None)]
    ):
        kept.to_parquet(tmp_path / f"{number}.parquet")
        found, expected = (
            read_parquet(tmp_path / f"{number}.parquet", "id"),
            pd.read_parquet(tmp_path / f"{number}.parquet"),
        )
        if by_codes:
            assert isinstance(found["id"].dtype, pd.CategoricalDtype)
            found = found.astype({"id": "str"})
        pd.testing.assert_frame_equal(found, expected)
