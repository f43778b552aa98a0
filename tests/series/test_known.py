"""In which range of as_ofs each row counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from recurcast.series.known import known_ranges

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
AS_OFS = [MONDAY + hours * HOUR for hours in range(6)]


def table(*rows: tuple[str, float, float], has_revisions: bool = False) -> pd.DataFrame:
    """Rows of (series, hour of ds, hour of available_at)."""
    made = pd.DataFrame(
        {
            "unique_id": [name for name, _, _ in rows],
            "ds": [MONDAY + ds * HOUR for _, ds, _ in rows],
            "available_at": [MONDAY + seen * HOUR for _, _, seen in rows],
        }
    ).astype({"ds": "datetime64[ns, UTC]", "available_at": "datetime64[ns, UTC]"})
    made.attrs["has_revisions"] = has_revisions
    return made


def ranges(*rows: tuple[str, float, float], **settings: Any) -> list[tuple[int, int]]:
    known = known_ranges(table(*rows, **settings), AS_OFS)
    return list(zip(known.first.tolist(), known.stop.tolist(), strict=True))


def test_a_row_counts_from_the_first_as_of_after_it_on() -> None:
    assert ranges(("a", -1, -1), ("a", 0, 0), ("a", 0.5, 0.5), ("a", 4, 4)) == [(0, 6), (1, 6), (1, 6), (5, 6)]


def test_a_row_counts_from_the_as_of_on_at_which_it_is_available() -> None:
    assert ranges(("a", 0, 3), ("a", 0, 3.5), ("a", 3, 1)) == [(3, 6), (4, 6), (4, 6)]


def test_a_row_that_no_as_of_knows_has_an_empty_range() -> None:
    assert ranges(("a", 5, 5), ("a", 0, 9)) == [(6, 6), (6, 6)]


def test_a_row_counts_until_its_revision_is_known() -> None:
    assert ranges(("a", 0, 4), ("a", 0, 2), ("b", 0, 3), has_revisions=True) == [(4, 6), (2, 4), (3, 6)]


def test_of_revisions_of_the_same_instant_the_last_one_of_the_file_counts() -> None:
    assert ranges(("a", 0, 2), ("a", 0, 2), ("a", 0, 5), has_revisions=True) == [(2, 2), (2, 5), (5, 6)]


def test_rows_of_one_timestamp_are_no_revisions_unless_the_file_says_when_they_were_known() -> None:
    assert ranges(("a", 0, 4), ("a", 0, 2)) == [(4, 6), (2, 6)]


def test_the_ranges_hold_what_asking_each_as_of_by_itself_gives() -> None:
    draw = np.random.default_rng(7)
    drawn = zip(draw.choice(["a", "b"], 200), draw.integers(-2, 6, 200), draw.integers(0, 8, 200) / 2, strict=True)
    rows = table(*((str(name), float(ds), float(max(ds, seen))) for name, ds, seen in drawn), has_revisions=True)
    known = known_ranges(rows, AS_OFS)
    for index, as_of in enumerate(AS_OFS):
        seen = rows[(rows["ds"] < as_of) & (rows["available_at"] <= as_of)]
        latest = seen.sort_values("available_at", kind="stable").drop_duplicates(["unique_id", "ds"], keep="last")
        assert set(rows.index[(known.first <= index) & (index < known.stop)]) == set(latest.index)
