"""Numbers as files write them: decided over all rows, said, and read back to the value."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from support.proposed import NOW, case, proposed

DAYS = pd.date_range("2024-01-01", periods=200, freq="D")
VALUES = [1_000.0 + 250 * (day % 7) + day for day in range(200)]


def written(folder: Path, column: list[str], name: str = "sales.csv", sep: str = ",", **more: list[str]) -> Path:
    table = pd.DataFrame({"day": DAYS.strftime("%Y-%m-%d"), "sold": column, **more})
    table.to_csv(folder / name, index=False, sep=sep)
    return folder / name


@pytest.mark.parametrize("shape", ["{:,.0f}", "${:,.2f}", "{:.1f} %", "{:.0f} kWh", "€{:,.0f}", "{:,.2f}"])
def test_signs_and_units_are_taken_off_and_said(tmp_path: Path, shape: str) -> None:
    found = proposed(written(tmp_path, [shape.format(value) for value in VALUES]), tmp_path / "project")

    assert found.rows["y"].tolist() == VALUES
    assert found.guess("source.numbers.sold").value


def test_points_between_thousands_are_told_from_fractions_by_all_rows(tmp_path: Path) -> None:
    texts = [f"{value:,.0f}".replace(",", ".") for value in VALUES]
    assert proposed(written(tmp_path, [*texts[:-1], "999"]), tmp_path / "a").rows["y"].tolist() == [*VALUES[:-1], 999]
    assert proposed(written(tmp_path, [*texts[:-1], "1.5"]), tmp_path / "b").rows["y"].iloc[0] == 1.0
    open_ = proposed(written(tmp_path, texts, sep=";"), tmp_path / "c")
    assert open_.rows["y"].iloc[0] == 1.0
    assert (open_.guess("source.numbers.sold").doubt, open_.guess("source.numbers.sold").instead) == (
        0.5,
        "--decimal ,",
    )
    said = proposed(written(tmp_path, texts, sep=";"), tmp_path / "d", decimal=",")
    assert said.rows["y"].tolist() == VALUES


def test_the_flag_that_a_doubt_names_turns_the_reading(tmp_path: Path) -> None:
    file = written(tmp_path, [f"{value:,.0f}" for value in VALUES])
    found = proposed(file, tmp_path / "a")
    guess = found.guess("source.numbers.sold")
    option, sign = guess.instead.split()

    assert found.rows["y"].tolist() == VALUES
    assert option == "--decimal"
    other = proposed(file, tmp_path / "b", decimal=sign)
    assert other.rows["y"].tolist() == [value / 1_000 for value in VALUES]


def test_another_column_tells_the_sign(tmp_path: Path) -> None:
    heat = [f"{day / 8:.3f}".rstrip("0").replace(".", ",") or "0" for day in range(200)]
    texts = [f"{value:,.0f}".replace(",", ".") for value in VALUES]
    found = proposed(written(tmp_path, texts, sep=";", heat=heat), tmp_path / "project")

    assert found.rows["y"].tolist() == VALUES
    assert found.rows["heat"].tolist() == [day / 8 for day in range(200)]


def test_a_column_that_nearly_holds_numbers_is_named_with_its_row(tmp_path: Path) -> None:
    rain = [f"{day % 9}.5" for day in range(200)]
    rain[40] = "broken"
    file = written(tmp_path, [str(value) for value in VALUES], rain=rain)

    guess = next(each for each in propose(file, "sales", Said(), NOW).guesses if each.field == "source.numbers.rain")
    assert guess.value == "not read"
    assert "row 41 holds 'broken'" in guess.why
    with pytest.raises(DataRejected, match="row 41 holds 'broken'"):
        propose(file, "sales", Said(target="rain"), NOW)


def test_the_only_column_that_nearly_holds_numbers_is_refused_with_its_row(tmp_path: Path) -> None:
    texts = ["<0.5" if day % 5 == 3 else f"{day % 9}.25" for day in range(200)]
    with pytest.raises(DataRejected, match=r"the column 'sold' holds numbers: row 4 holds '<0\.5'"):
        propose(written(tmp_path, texts), "sales", Said(), NOW)


def test_words_for_missing_values_are_missing(tmp_path: Path) -> None:
    texts = [f"{value:.1f}" for value in VALUES]
    texts[3] = texts[70] = "-"
    found = proposed(written(tmp_path, texts), tmp_path / "project")

    expected = np.array(VALUES)
    expected[[3, 70]] = np.nan
    np.testing.assert_array_equal(found.rows["y"], expected)


def test_digits_with_leading_zeros_name_series(tmp_path: Path) -> None:
    parts = [pd.DataFrame({"day": DAYS, "shop": shop, "sold": VALUES}) for shop in ("007", "070", "700")]
    pd.concat(parts).to_csv(tmp_path / "shops.csv", index=False)

    found = proposed(tmp_path / "shops.csv", tmp_path / "project")

    assert found.rows["unique_id"].unique().tolist() == ["007", "070", "700"]
    one = written(tmp_path, [str(value) for value in VALUES], shop=["0072"] * 100 + ["0081"] * 100)
    assert propose(one, "sales", Said(), NOW).pipeline.source.covariates == ()


def test_whole_numbers_name_series_whatever_the_decimal_sign_is_said_to_be(tmp_path: Path) -> None:
    texts = [f"{value:.1f}".replace(".", ",") for value in VALUES]
    parts = [pd.DataFrame({"day": DAYS.strftime("%Y-%m-%d"), "shop": shop, "sold": texts}) for shop in (1, 2)]
    pd.concat(parts).to_csv(tmp_path / "shops.csv", index=False, sep=";")

    found = proposed(tmp_path / "shops.csv", tmp_path / "project", decimal=",")

    assert found.rows["unique_id"].unique().tolist() == ["1", "2"]
    assert found.rows["y"].tolist() == VALUES * 2


def test_hours_of_a_clock_are_no_numbers(tmp_path: Path) -> None:
    file = written(tmp_path, [str(value) for value in VALUES], at=[f"{8 + day % 9} h" for day in range(200)])
    assert propose(file, "sales", Said(), NOW).pipeline.source.covariates == ()


def test_thousands_of_visitors_are_thousands(tmp_path: Path) -> None:
    rows = proposed(case("thousands_commas.csv"), tmp_path).rows

    raw = pd.read_csv(case("thousands_commas.csv"), dtype="str")["Visitors"]
    assert rows["y"].tolist() == [float(each.replace(",", "")) for each in raw]
    assert rows["y"].iloc[0] == 45_238


def test_prices_in_dollars_are_prices(tmp_path: Path) -> None:
    found = proposed(case("dollar_amounts.csv"), tmp_path)

    assert found.proposal.pipeline.source.columns.y == "Close/Last"  # type: ignore[union-attr]
    newest = found.rows.loc[found.rows["ds"].idxmax()]
    assert (newest["ds"], newest["y"], newest["Open"]) == (pd.Timestamp("2023-09-08", tz="UTC"), 157.84, 158.0)
