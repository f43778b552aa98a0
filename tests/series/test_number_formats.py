"""How a column writes its numbers: decided over all rows, read to the value that was written."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurcast.config.reading import NumberFormat
from recurcast.errors import DataRejected
from recurcast.series.number_formats import Beside, Nearly, Written, decide, look
from recurcast.series.number_reader import NumberReader
from recurcast.series.numbers import to_numbers

SIGNS = [(".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'")]


def read(texts: list[str], beside: Beside | None = None) -> list[float]:
    """What the decision makes of the texts."""
    found = decide(texts, beside)
    assert found is not None, texts
    return to_numbers(pd.Series(texts, dtype="str"), "y", found.how).tolist()


def written(value: float, decimal: str, thousands: str, digits: int) -> str:
    return f"{value:,.{digits}f}".translate({ord(","): thousands, ord("."): decimal})


@pytest.mark.parametrize(("decimal", "thousands"), SIGNS)
@pytest.mark.parametrize("decorated", ["{}", "${}", "{} €", "{} kWh", "{}%", "{} m³/h", "EUR {}", " {} "])
def test_numbers_of_all_signs_and_units_come_back_as_they_were(decimal: str, thousands: str, decorated: str) -> None:
    values = [1234567.25, 0.5, 12.75, 999.0, 45238.5]
    texts = [decorated.format(written(value, decimal, thousands, 2)) for value in values]

    assert read(texts) == values


@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=5, max_size=20),
    st.sampled_from([("", ""), ("€", ""), ("", " MW")]),
    st.sampled_from(SIGNS),
)
def test_no_column_is_read_to_other_values(values: list[object], unit: tuple[str, str], signs: tuple[str, str]) -> None:
    numbers = [float(str(value)) for value in values]
    texts = [f"{unit[0]}{written(value, *signs, 2)}{unit[1]}" for value in numbers]
    found = decide([*texts, f"{unit[0]}{written(1234.25, *signs, 2)}{unit[1]}"])

    assert found is not None
    assert to_numbers(pd.Series(texts, dtype="str"), "y", found.how).tolist() == numbers


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["(1,234)", "5,678,901"], [-1234, 5678901]),
        (["−5.2", "3.1"], [-5.2, 3.1]),
        (["12-", "13"], [-12, 13]),
        (["1\u00a0234,5", "12,0"], [1234.5, 12]),
        (["1\u202f234", "999"], [1234, 999]),
        (["1’234.50", "12.00"], [1234.5, 12]),
        (["1,23,456", "12,345", "99,99,999"], [123456, 12345, 9999999]),
        (["-$5.00", "$5.00", "($3.00)", "$-1.00"], [-5, 5, -3, -1]),
        (["+3.5", "-2"], [3.5, -2]),
        (["1.5e3", "2E-2"], [1500, 0.02]),
        (["0 %", "12 %", "3.5%"], [0, 12, 3.5]),
    ],
)
def test_negative_numbers_and_spaces_of_all_kinds_are_read(texts: list[str], values: list[float]) -> None:
    assert read(texts) == values


@pytest.mark.parametrize(
    ("texts", "beside", "values", "doubt"),
    [
        (["45,238", "51,037"], Beside(","), [45238, 51037], 0.3),
        (["45,238", "51,037"], Beside(";"), [45.238, 51.037], 0.5),
        (["45,238", "51,037"], Beside(";", decimal="."), [45238, 51037], 0.1),
        (["45,238", "51,037"], Beside(",", said=","), [45.238, 51.037], 0),
        (["45,238", "999"], Beside(";"), [45238, 999], 0.3),
        (["45,230", "999"], Beside(";"), [45230, 999], 0.1),
        (["45,238", "0,5"], Beside(","), [45.238, 0.5], 0),
        (["45,238", "0,238"], Beside(","), [45.238, 0.238], 0),
        (["45,238", "1,045,238"], Beside(";"), [45238, 1045238], 0),
        (["1.234", "12.501"], Beside(","), [1.234, 12.501], 0.1),
        (["1.234", "12.501"], Beside(";"), [1.234, 12.501], 0.5),
        (["1.234", "12.501"], Beside(";", decimal=","), [1234, 12501], 0.1),
        (["1.234", "12.501"], Beside(",", said=","), [1234, 12501], 0),
        (["1.234", "12.500", "999"], Beside(","), [1234, 12500, 999], 0.1),
        (["1.234", "12345"], Beside(";"), [1.234, 12345], 0.3),
        (["1.234", "12.345.678"], Beside(","), [1234, 12345678], 0),
    ],
)
def test_three_digits_behind_a_sign_are_decided_by_the_column_then_by_the_file(
    texts: list[str], beside: Beside, values: list[float], doubt: float
) -> None:
    found = decide(texts, beside)

    assert found is not None
    assert (to_numbers(pd.Series(texts, dtype="str"), "y", found.how).tolist(), found.doubt) == (values, doubt)


def test_what_plain_reading_gives_needs_no_word() -> None:
    assert decide(["1", "2.5", "-3e2"]) == Written(None, "all rows are read so: decimal '.'", decimal=".")


def test_words_for_a_missing_value_are_said() -> None:
    found = decide(["5", "-", "7.1", "n.a."])

    assert found is not None
    assert found.how == NumberFormat(missing=("-", "n.a."))
    read_back = to_numbers(pd.Series(["5", "-", None]), "y", found.how).tolist()
    assert read_back[0] == 5
    assert math.isnan(read_back[1])
    assert math.isnan(read_back[2])


@pytest.mark.parametrize(
    ("texts", "other"),
    [
        (["12", "13", "14", "broken"], "broken"),
        (["5 MW", "3 GW"], "MW' beside 'GW"),
        (["$5", "6"], "$' beside '"),
        (["1,5", "2.5", "3,5"], "2.5"),
    ],
)
def test_what_nearly_holds_numbers_is_told_with_what_does_not(texts: list[str], other: str) -> None:
    found = look(texts)

    assert isinstance(found, Nearly)
    assert found.other == other


@pytest.mark.parametrize(
    "texts",
    [
        ["a", "b", "5"],
        ["2024-01-01", "2024-01-02"],
        ["01.02.2024"],
        ["1.2.24"],
        ["12:30"],
        ["007", "012"],
        ["R1", "R2"],
        [""],
        [],
        ["-"],
    ],
)
def test_words_dates_and_names_are_no_numbers(texts: list[str]) -> None:
    assert look(texts) is None


@given(st.text(max_size=40), st.sampled_from(SIGNS))
def test_any_text_is_a_number_or_none(text: str, signs: tuple[str, str]) -> None:
    how = NumberFormat.model_validate({"decimal": signs[0], "thousands": signs[1], "unit": "kWh"})
    assert isinstance(NumberReader(how).number(text), float | None)
    assert look([text, text[::-1]]) is None or text


def test_a_cell_of_another_form_is_refused_with_its_row() -> None:
    with pytest.raises(DataRejected, match=r"row 1 holds '1\.234,5'"):
        to_numbers(pd.Series(["1.234,5", "1,5"]), "y", NumberFormat(decimal=","))


def test_whole_numbers_that_float64_would_round_are_refused_with_their_row() -> None:
    kept = [2**53, -(2**53), 2**60, 7]
    assert to_numbers(pd.Series(kept), "y").tolist() == [float(each) for each in kept]
    with pytest.raises(DataRejected, match="row 2 holds 9007199254740993"):
        to_numbers(pd.Series([1, 2**53 + 1]), "y")


@pytest.mark.parametrize(("text", "value"), [("¥9,917", 9917.0), ("4.958 €", 4958.0), ("12.345 zł", 12345.0)])
def test_money_has_no_thousandths(text: str, value: float) -> None:
    assert read([text, text], Beside(delimiter=";")) == [value, value]


def test_blanks_among_numbers_are_missing() -> None:
    assert read(["1.5", " "])[0] == 1.5
    assert math.isnan(read(["1.5", " "])[1])
