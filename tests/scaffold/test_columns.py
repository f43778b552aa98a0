import numpy as np
import pandas as pd
import pytest

from recurcast.config import Columns
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.scaffold.columns import guess_columns
from recurcast.scaffold.guess import Said

HOURS = [f"2024-01-01T{hour:02d}:00:00" for hour in range(24)]
WAVE = [5.0, 7.0, 6.0, 4.0] * 6


def guessed(table, **said):
    return guess_columns(pd.DataFrame(table), "file.csv", Said(**said))


def why(chosen, field):
    return next(guess.why for guess in chosen.guesses if guess.field == f"source.columns.{field}")


def test_of_a_column_of_times_and_one_of_numbers_nothing_is_in_doubt():
    chosen = guessed({"when": HOURS, "kwh": WAVE})

    assert (chosen.columns.ds, chosen.columns.y) == ("when", "kwh")
    assert (chosen.columns.unique_id, chosen.columns.covariates) == (None, ())
    assert why(chosen, "ds") == "alone holds dates"


def test_of_several_numbers_the_one_of_a_usual_name_is_forecast_and_the_others_are_inputs():
    chosen = guessed({"when": HOURS, "outdoor": WAVE[::-1], "demand": WAVE})

    assert (chosen.columns.y, chosen.columns.covariates) == ("demand", ("outdoor",))
    assert "other numbers: 'outdoor'; --target COLUMN says otherwise" in why(chosen, "y")


def test_what_the_user_says_is_not_guessed():
    chosen = guessed({"a": HOURS, "b": HOURS[::-1], "demand": WAVE, "other": WAVE[::-1]}, target="other", time="b")

    assert (chosen.columns.ds, chosen.columns.y) == ("b", "other")
    assert why(chosen, "y") == "said on the command line"


def test_times_that_repeat_are_told_apart_by_a_column_that_does():
    chosen = guessed({"shop": ["north"] * 24 + ["south"] * 24, "hour": HOURS * 2, "sold": WAVE * 2})

    assert chosen.columns.unique_id == "shop"
    assert why(chosen, "unique_id") == "tells 2 series apart, whose times repeat"


def test_a_time_that_stands_twice_makes_no_series_of_what_differs_there():
    chosen = guessed({"hour": [*HOURS, HOURS[3]], "sold": [*WAVE, 1.0], "pieces": [*map(int, WAVE), 1]})

    assert (chosen.columns.unique_id, chosen.columns.y) == (None, "sold")


def test_times_that_repeat_often_with_nothing_to_tell_them_apart_are_refused_with_the_first():
    with pytest.raises(DataRejected, match=r"holds '2024-01-01T00:00:00' more than once \(24 rows repeat a time\)"):
        guessed({"hour": [*HOURS, *HOURS], "sold": [*WAVE, *WAVE[::-1]]})


def test_a_counter_a_calendar_column_and_a_column_with_gaps_are_no_inputs():
    gaps = [None, *WAVE[1:]]
    chosen = guessed(
        {"Unnamed: 0": range(24), "when": HOURS, "hour": [h % 12 for h in range(24)], "y": WAVE, "rain": gaps}
    )

    assert (chosen.columns.y, chosen.columns.covariates) == ("y", ())


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"name": ["a", "b"], "y": [1.0, 2.0]}, "'file.csv' has none; its columns are 'name', 'y'"),
        ({"week": [5, 6], "y": [1.0, 2.0]}, "'week' of 'file.csv' holds numbers"),
        ({"ds": HOURS, "y": ["high"] * 24}, "what is forecast is a column of numbers that change"),
        ({"ds": HOURS, "y": [1.0] * 24}, "what is forecast is a column of numbers that change"),
    ],
)
def test_a_table_without_times_or_numbers_is_refused_and_told_what_it_has(table, says):
    with pytest.raises(DataRejected) as refused:
        guessed(table)

    assert says in str(refused.value)


def test_a_column_that_is_said_and_missing_is_answered_with_the_nearest():
    with pytest.raises(ConfigurationError, match="Did you mean 'demand'"):
        guessed({"ds": HOURS, "demand": WAVE}, target="demnad")


def test_a_said_target_of_words_is_refused_with_one_of_them():
    with pytest.raises(DataRejected, match=r"'colour' of 'file\.csv' holds 'red'"):
        guessed({"ds": HOURS, "colour": ["red"] * 24, "y": WAVE}, target="colour")


def test_two_columns_that_name_the_series_together_are_to_be_joined():
    table = {
        "shop": ["n"] * 48 + ["s"] * 48,
        "item": (["a"] * 24 + ["b"] * 24) * 2,
        "hour": HOURS * 4,
        "sold": WAVE * 4,
    }

    with pytest.raises(DataRejected, match="'shop', 'item' do so together"):
        guessed(table)


@pytest.mark.parametrize(
    "cells", [[b"\xff", b"a", b""], [[], [1], [2, 2]], [{"a": 1}, None, {}], [np.array([1.0]), np.array([]), None]]
)
def test_a_column_of_bytes_lists_or_mappings_is_neither_a_name_nor_a_number(cells: list[object]) -> None:
    table = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=3), "y": [5.0, 7.0, 4.0], "nested": cells})

    assert guess_columns(table, "x.parquet", Said()).columns == Columns(ds="ds", y="y")
    with pytest.raises(DataRejected, match="what is forecast is a column of numbers"):
        guess_columns(table, "x.parquet", Said(target="nested"))
    with pytest.raises(DataRejected, match="series"):
        guess_columns(table.assign(ds=table["ds"].iloc[0]), "x.parquet", Said())


@pytest.mark.parametrize(
    ("name", "numbers", "says"),
    [
        ("n", range(24), "'n' is taken for a count of the rows"),
        ("n", range(7, 31), "'n' is taken for a count of the rows"),
        ("hour", [hour % 12 for hour in range(24)], "'hour' is taken for a part of the date, by its name"),
    ],
)
def test_a_count_as_the_only_number_is_said_to_be_one_and_taken_where_it_is_wanted(name, numbers, says):
    table = {"when": HOURS, name: list(numbers)}

    with pytest.raises(DataRejected) as refused:
        guessed(table)

    assert says in str(refused.value)
    option, _, column = str(refused.value).rpartition(": ")[2].partition(" ")
    assert option == "--target"
    assert guessed(table, target=column.strip("'")).columns.y == name


def test_a_column_of_one_value_is_named_with_it():
    with pytest.raises(DataRejected, match=r"'y' is 3\.5 in every row; its columns are 'ds', 'y'\. Check the file$"):
        guessed({"ds": HOURS, "y": [3.5] * 24})


def test_keys_of_nineteen_digits_are_no_numbers():
    keys = [9_007_199_254_740_993 + 7 * hour * hour for hour in range(24)]
    chosen = guessed({"when": HOURS, "key": keys, "kwh": WAVE})
    assert (chosen.columns.y, chosen.columns.covariates) == ("kwh", ())
