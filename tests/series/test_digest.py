"""The data's digest: every cell counts, the order does not, and disjoint rows add up."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.series import digest as fingerprint
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid

STEPS = pd.date_range("2024-01-01", periods=6, freq="h", tz="UTC").as_unit("ns")
MODULUS = 1 << 128


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unique_id": ["a"] * 6 + ["b"] * 6,
            "ds": [*STEPS, *STEPS],
            "y": [1.0, 2.0, 3.0, 4.0, np.nan, 6.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "heat": np.arange(12.0),
        }
    ).astype({"ds": "datetime64[ns, UTC]"})


def digest(table: pd.DataFrame, **changed: Any) -> str:
    facts: dict[str, Any] = {"grid": Grid("h", "UTC"), "steps": STEPS, "covariates": ("heat",)}
    return data_digest(SeriesFrame(table, **facts | changed))


def test_a_digest_is_32_hexadecimal_digits_and_the_same_each_time() -> None:
    assert len(digest(rows())) == 32
    assert int(digest(rows()), 16) >= 0
    assert digest(rows()) == digest(rows())


def test_a_digest_is_the_same_on_every_host() -> None:
    # A digest that a new version computes otherwise would take every interval for a changed one.
    assert digest(rows()) == "3f0456f8460c78d7d2539135b2b2424b"


def test_any_cell_changes_the_digest() -> None:
    seen = {digest(rows())}
    for column, other in (("unique_id", "c"), ("ds", STEPS[0] - pd.Timedelta("1ns")), ("y", 9.5), ("heat", np.nan)):
        for row in range(12):
            table = rows()
            table.loc[row, column] = other
            seen.add(digest(table))
    assert len(seen) == 1 + 4 * 12


def test_the_smallest_change_of_a_value_changes_the_digest() -> None:
    table = rows()
    table.loc[3, "y"] = np.nextafter(table.loc[3, "y"], np.inf)
    assert digest(table) != digest(rows())


def test_a_shift_of_all_timestamps_changes_the_digest() -> None:
    table = rows()
    for shift in ("1h", "1ns", "365D"):
        assert digest(table.assign(ds=table["ds"] + pd.Timedelta(shift))) != digest(table)


def test_values_that_change_places_change_the_digest() -> None:
    table = rows()
    places = {
        "two rows": table.assign(y=table["y"].iloc[[1, 0, *range(2, 12)]].to_numpy()),
        "two series": table.assign(unique_id=["b"] * 6 + ["a"] * 6),
        "two columns": table.rename(columns={"y": "heat", "heat": "y"}),
    }
    assert len({digest(table), *(digest(other) for other in places.values())}) == 4


def test_the_order_of_the_rows_does_not_count() -> None:
    shuffled = rows().sample(frac=1, random_state=3)
    assert shuffled["y"].tolist() != rows()["y"].tolist()
    assert digest(shuffled) == digest(rows())


def test_rows_that_are_hashed_in_several_stretches_have_the_digest_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = digest(rows())
    monkeypatch.setattr(fingerprint, "_ROWS_AT_ONCE", 5)

    assert digest(rows()) == at_once


def test_a_row_more_or_twice_changes_the_digest() -> None:
    table = rows()
    twice = pd.concat([table, table.tail(1)])
    thrice = pd.concat([twice, table.tail(1)])
    assert len({digest(each) for each in (table, table.head(11), twice, thrice)}) == 4


def test_the_digests_of_disjoint_rows_add_up() -> None:
    table = rows()
    nothing = int(digest(table.head(0)), 16)
    for cut in (1, 5, 11):
        first, second = int(digest(table.head(cut)), 16), int(digest(table.tail(12 - cut)), 16)
        assert (first + second - nothing) % MODULUS == int(digest(table), 16)


def test_a_missing_value_is_one_value_however_it_came_about() -> None:
    table = rows()
    table.loc[4, "y"] = np.copysign(np.nan, -1)
    assert digest(table) == digest(rows())


@pytest.mark.parametrize(
    "changed", [{"grid": Grid("30min", "UTC")}, {"grid": Grid("h", "Asia/Tokyo")}, {"covariates": ()}]
)
def test_frequency_zone_and_covariates_count(changed: dict[str, Any]) -> None:
    assert digest(rows(), **changed) != digest(rows())


def test_columns_that_no_stage_looks_at_do_not_count() -> None:
    assert digest(rows().assign(anomaly=1.0)) == digest(rows())
