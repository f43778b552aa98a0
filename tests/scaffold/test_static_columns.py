"""What init makes of columns that say one thing of each series."""

import pandas as pd
import pytest

from recurcast.scaffold.static_columns import guess_static


def table(**columns: list[object]) -> pd.DataFrame:
    shops = [f"s{number}" for number in range(6)]
    each = pd.DataFrame({"shop": shops} | columns)
    return pd.concat([each, each], ignore_index=True)


REGIONS, AREAS = ["n", "s", "n", "s", "w", "w"], [50.0, 60.0, 70.0, 80.0, 90.0, 99.0]


def chosen(found: pd.DataFrame, series: str | None = "shop") -> str:
    guess = guess_static(found, series, [name for name in found if name != "shop"])
    return "none" if guess is None else guess.value


def test_names_that_series_share_and_numbers_are_what_a_series_is() -> None:
    assert chosen(table(region=REGIONS, area=AREAS)) == "region, area"


@pytest.mark.parametrize(
    "columns",
    [
        {"city": [f"c{number}" for number in range(6)]},  # each its own: another name of the series
        {"country": ["DE"] * 6},
        {"shop_id": [11, 12, 13, 14, 15, 16]},
        {"Shop Nr": [11, 12, 13, 14, 15, 16]},
        {"y": AREAS},
    ],
)
def test_names_of_their_own_keys_and_what_is_the_same_everywhere_are_not(columns) -> None:
    assert chosen(table(**columns)) == "none"


def test_what_changes_with_time_is_not() -> None:
    rows = table(region=REGIONS)
    rows.loc[0, "region"] = "other"
    assert chosen(rows) == "none"


def test_a_missing_cell_is_no_other_word() -> None:
    rows = table(region=REGIONS)
    rows.loc[0, "region"] = None
    assert chosen(rows) == "region"


def test_of_one_series_nothing_is_said() -> None:
    assert chosen(table(region=REGIONS), None) == "none"
    few = table(region=REGIONS)
    assert chosen(few[few["shop"].isin(["s0", "s1", "s2"])]) == "none"
