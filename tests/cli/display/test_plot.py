import numpy as np
import pandas as pd
import pytest

from recurcast.cli.display.plot import drawn


def rows(values, frequency="h"):
    ds = pd.date_range("2024-01-01", periods=len(values), freq=frequency, tz="UTC").as_unit("ns")
    return pd.DataFrame({"ds": ds, "y": np.asarray(values, dtype=float)})


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right():
    assert drawn(rows(np.arange(8.0)), 4, 2) == ["⠀⠀⡠⠊", "⡠⠊⠀⠀"]


def test_a_peak_among_a_million_values_is_seen():
    values = np.zeros(1_000_000)
    values[500_000] = 1.0

    top, *_ = drawn(rows(values, "min"), 40, 3)

    assert sum(sign != "⠀" for sign in top) == 1


def test_a_gap_is_blank_and_no_line_goes_across_it():
    values = np.ones(100)
    values[40:60] = np.nan

    (line,) = drawn(rows(values), 10, 1)

    assert [sign == "⠀" for sign in line] == [False] * 4 + [True] * 2 + [False] * 4


def test_few_values_are_joined():
    assert not any(sign == "⠀" for sign in drawn(rows([1.0, 1.0, 1.0]), 20, 1)[0])


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [5.0], [-1e99, 1e99], [0.0, 0.0], [1e-300, 2e-300]])
def test_whatever_the_values_are_there_are_as_many_lines_as_asked_for_each_as_wide(values):
    lines = drawn(rows(values), 30, 4)

    assert [len(line) for line in lines] == [30] * 4
