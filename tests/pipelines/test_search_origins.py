"""Where a search looks: before the test part, each origin with what was known then, the fresh ones last."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import TooLittleHistory
from recurcast.pipelines.search_origins import look, plan_origins
from recurcast.pipelines.windows import windows_of
from support.searched import AS_OF, searched

FILE = {"kind": "file", "path": "y.csv"}


def write(root: Path, rows: pd.DataFrame) -> None:
    rows.to_csv(root / "y.csv", index=False)


def hours(count: int, end: datetime = AS_OF) -> pd.DataFrame:
    ds = pd.date_range(end=pd.Timestamp(end) - pd.Timedelta("1h"), periods=count, freq="h")
    return pd.DataFrame({"ds": ds.strftime("%Y-%m-%dT%H:%M:%SZ"), "y": np.sin(np.arange(count) / 2) + 5})


@pytest.mark.parametrize("delay", ["0min", "2h"])
def test_scored_parts_follow_one_another_up_to_the_test_part(tmp_path: Path, delay: str) -> None:
    pipeline = searched(source=FILE | {"delay": delay})
    write(tmp_path, hours(500))
    plan = plan_origins(pipeline, AS_OF, tmp_path)
    origins = look(plan, range(3))
    scored = [windows_of(plan.pipeline, each.frame).test.panel.steps[-plan.scored :] for each in origins]

    assert plan.scored == 36
    assert all((later[0] - earlier[-1]) == pd.Timedelta("1h") for earlier, later in pairwise(scored))
    assert scored[-1][-1] + pd.Timedelta("1h") == plan.read_until
    # The run as of then begins its test part there, and knows nothing that these don't.
    last = pd.Timestamp(AS_OF) - pd.Timedelta(delay) - (pd.Timedelta(0) if delay != "0min" else pd.Timedelta("1h"))
    assert plan.read_until == last - pd.Timedelta("35h")
    for each in origins:
        assert each.frame.rows["ds"].max() + pd.Timedelta(delay) <= each.instant
        assert each.instant <= AS_OF


def test_where_series_begin_late_less_is_scored_and_half_of_the_train_part_is_kept(tmp_path: Path) -> None:
    write(tmp_path, hours(150))  # all that the parts hold
    plan = plan_origins(searched(source=FILE), AS_OF, tmp_path)
    earliest, *_ = look(plan, [0])
    split = windows_of(plan.pipeline, earliest.frame)

    assert plan.scored == (150 - 36 - 24 - 45) // 3
    assert split.validation_begins >= 45


def test_series_that_are_too_short_are_refused_with_what_they_would_need(tmp_path: Path) -> None:
    write(tmp_path, hours(79))
    with pytest.raises(TooLittleHistory, match=r"2 origins and 1 fresh ones needs 80 steps at least.*: 79 are known"):
        plan_origins(searched(source=FILE), AS_OF, tmp_path)
    write(tmp_path, hours(80))
    assert plan_origins(searched(source=FILE), AS_OF, tmp_path).scored == 2


def test_an_origin_sees_a_revision_only_once_it_was_known(tmp_path: Path) -> None:
    rows = hours(500)
    later = rows.iloc[[-120]].assign(y=99.0, available_at="2024-05-30T00:00:00Z")
    first = rows.assign(available_at=rows["ds"])
    write(tmp_path, pd.concat([first, later]))
    pipeline = searched(source=FILE | {"columns": {"available_at": "available_at"}})
    *_, last_but_one, fresh = look(plan_origins(pipeline, AS_OF, tmp_path), range(3))

    assert last_but_one.frame.rows["y"].max() < 99
    assert last_but_one.instant < datetime(2024, 5, 30, tzinfo=UTC)
    assert fresh.instant < datetime(2024, 5, 30, 13, tzinfo=UTC)


def test_of_parts_that_end_with_each_series_the_last_rows_of_each_are_left_out(tmp_path: Path) -> None:
    long, short = hours(500).assign(site="a"), hours(460, datetime(2024, 5, 30, tzinfo=UTC)).assign(site="b")
    write(tmp_path, pd.concat([long, short]))
    source: dict[str, Any] = FILE | {"static": True, "columns": {"unique_id": "site"}}
    parts = {"history": 90, "validation": 24, "test": 36, "align": "last_row"}
    highway: dict[str, Any] = {"source": source, "parts": parts, "network": {"kind": "highway"}, "training": {}}
    plan = plan_origins(searched({"space": None}, **highway), AS_OF, tmp_path)
    *_, fresh = look(plan, range(3))
    ends = fresh.frame.rows.groupby("unique_id")["ds"].max()

    assert ends["a"] == pd.Timestamp(AS_OF) - pd.Timedelta("37h")
    assert ends["b"] == pd.Timestamp("2024-05-30", tz="UTC") - pd.Timedelta("37h")
    known = windows_of(plan.pipeline, fresh.frame).panel
    assert not np.isnan(known.y[:, -1]).any()


def test_a_series_that_was_too_short_at_an_origin_is_left_out_there_alone(tmp_path: Path) -> None:
    young = hours(120).assign(site="young")
    write(tmp_path, pd.concat([hours(500).assign(site="old"), young]))
    source: dict[str, Any] = FILE | {"columns": {"unique_id": "site"}}
    highway: dict[str, Any] = {"source": source, "network": {"kind": "highway"}, "training": {}}
    first, _, fresh = look(plan_origins(searched({"space": None}, **highway), AS_OF, tmp_path), range(3))

    assert (first.frame.ids, fresh.frame.ids) == (("old",), ("old", "young"))
