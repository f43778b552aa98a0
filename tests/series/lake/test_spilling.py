"""Tables are laid down by the file that their series go to, small ones together, each name as it stood."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.config.interval_sources import FolderSource
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series.lake import spilling
from recurcast.series.lake.manifest import places_of
from recurcast.series.lake.spilling import Spill

PLACES = 4
SOURCE = FolderSource.model_validate({"path": "loads", "columns": {"unique_id": "site"}})


def table(*sites: object) -> pd.DataFrame:
    return pd.DataFrame({"site": pd.Series(sites), "y": np.arange(len(sites), dtype="float64")})


def laid(folder: Path, *tables: pd.DataFrame) -> dict[int, list[pd.DataFrame]]:
    spill = Spill(folder, SOURCE, "loads", PLACES)
    for each in tables:
        spill.add(each)
    spill.write()
    return {place: list(spill.parts(place)) for place in range(PLACES)}


def test_each_row_lies_where_its_series_belongs_in_the_order_in_which_it_came(tmp_path: Path) -> None:
    sites = ["a", "b", "c", "a", "d", "b", "a"]

    found = laid(tmp_path, table(*sites[:3]), table(*sites[3:]))

    for place, parts in found.items():
        rows = pd.concat(parts) if parts else table()
        own = [site for site in sites if places_of([site], PLACES)[0] == place]
        assert rows["site"].tolist() == own
    assert pd.concat(found[int(places_of(["a"], PLACES)[0])]).query("site == 'a'")["y"].tolist() == [0.0, 0.0, 3.0]


def test_small_tables_leave_one_at_each_place_and_not_one_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [table("a", "b", "c", "d", "e", "f") for _ in range(50)]
    assert max(len(parts) for parts in laid(tmp_path, *(each.copy() for each in many)).values()) == 1
    monkeypatch.setattr(spilling, "_ROWS_AT_ONCE", 60)  # five rounds
    assert max(len(parts) for parts in laid(tmp_path, *many).values()) == 5


def test_a_number_keeps_its_name_beside_tables_of_texts(tmp_path: Path) -> None:
    for number, (numbers, names) in enumerate(((table(7, 8), {"7", "8"}), (table(7.5, 8.0), {"7.5", "8.0"}))):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = laid(folder, numbers, table("north", "7"), numbers.copy())
        assert {str(site) for parts in found.values() for each in parts for site in each["site"]} == names | {
            "north",
            "7",
        }


def test_whole_numbers_in_one_table_and_fractions_in_another_are_no_names(tmp_path: Path) -> None:
    with pytest.raises(DataRejected, match="'site' has whole numbers in some files and fractions in others") as refused:
        laid(tmp_path, table(7, 8), table("north"), table(7.0, 9.0))
    assert refused.value.exit_code == 3


def test_a_file_that_would_hold_more_rows_than_the_memory_should_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = Spill(tmp_path, SOURCE, "loads", PLACES)
    monkeypatch.setattr(spill, "_most", 10)
    spill.add(table(*["a"] * 11))
    with pytest.raises(ConfigurationError, match=r"at most 10 rows here; one of 4 holds more\. Take more --files"):
        spill.write()
