"""The screen of `init`, at several sizes and for many kinds of files."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from recurcast.cli.display.proposal import doubtful, print_proposal
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.proposal import Proposal, Seen, propose

NOW = datetime(2024, 6, 1, 10, 20, tzinfo=UTC)
LONG = "the main meter of the building behind the station, second entrance, third floor"
UNSURE = tuple(
    Guess(f"source.field{n}", f"value {n}", f"because {'of much that is to be said ' * n}", n / 10, f"--flag{n} OTHER")
    for n in range(1, 6)
)


@pytest.fixture(scope="module")
def proposal(tmp_path_factory: pytest.TempPathFactory) -> Proposal:
    """A proposal for 400 days of a shop."""
    file = tmp_path_factory.mktemp("data") / "shop.csv"
    ds = pd.date_range("2023-01-01", periods=400, freq="D").strftime("%Y-%m-%d")
    pd.DataFrame({"ds": ds, "y": 10 + np.sin(np.arange(400)) + np.arange(400) % 7}).to_csv(file, index=False)
    return propose(file, "shop", Said(timezone="Europe/Amsterdam"), NOW)


def rows(values: object, *, series: str | list[str] = "shop", start: str = "2023-10-28T22:00") -> pd.DataFrame:
    y = np.asarray(values, dtype=float)
    ds = pd.date_range(start, periods=len(y), freq="h", tz="UTC").as_unit("ns")
    return pd.DataFrame({"unique_id": series, "ds": ds, "y": y})


def screen(
    proposal: Proposal,
    shown: pd.DataFrame | None = None,
    columns: int = 80,
    lines: int = 24,
    *,
    terminal: bool = True,
    file: str = "shop.csv",
) -> list[str]:
    """The screen's lines for other rows than the proposal's own."""
    seen = proposal.seen if shown is None else Seen(len(shown), shown)
    console = Console(
        file=io.StringIO(), width=columns, height=lines, force_terminal=terminal, color_system=None, _environ={}
    )
    print_proposal(console, file, replace(proposal, seen=seen))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n").split("\n")


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (80, 40), (100, 30), (120, 40), (132, 25)])
@pytest.mark.parametrize(
    "shown",
    [
        None,
        rows(np.arange(100.0)),
        rows([-1234567.891, 2.0, 3.5] * 20, series=LONG),
        rows([1e99, -1e99, 1e-12] * 20, series="東京都千代田区丸の内一丁目九番地" * 3),
        rows([1.0] * 40, series="\x1b[31mred\x1b[0m"),
        rows([np.nan] * 10 + [5.0] + [np.nan] * 10),
        rows(np.sin(np.arange(6000.0)), series=[f"series {n % 3000:04}" for n in range(6000)]),
        rows([1.0, 2.0]),
    ],
    ids=["shop", "line", "long name", "wide", "steering", "one value", "thousands", "two rows"],
)
def test_all_of_it_fits_on_one_screen_whatever_the_file_holds(
    proposal: Proposal, shown: pd.DataFrame | None, columns: int, lines: int
) -> None:
    told = screen(replace(proposal, guesses=(*proposal.guesses, *UNSURE)), shown, columns, lines)

    assert len(told) + 1 <= lines, "the question has a line too"
    assert max(map(cell_len, told)) <= columns
    assert not any("\x1b" in line for line in told)


@pytest.mark.parametrize("column", ["x" * 200, "\x1b\x1b\x1b" * 30, "東京都" * 40])
def test_a_column_of_a_long_name_fits_on_its_line(proposal: Proposal, column: str) -> None:
    guess = Guess(f"source.numbers.{column}", "decimal ','", "all rows are read so")

    told = screen(replace(proposal, guesses=(guess,)), columns=82, lines=30)

    assert max(map(cell_len, told)) <= 82


TEXT = st.text(max_size=60)
GUESS = st.builds(Guess, TEXT, TEXT, TEXT, st.floats(0, 1), TEXT)
VALUES = st.lists(st.floats(-1e100, 1e100) | st.just(float("nan")), min_size=1, max_size=40)


@settings(max_examples=150)
@given(
    columns=st.integers(80, 140),
    lines=st.integers(24, 60),
    name=TEXT,
    guesses=st.lists(GUESS, max_size=6),
    values=VALUES,
)
def test_no_name_no_value_and_no_evidence_breaks_the_screen(
    proposal: Proposal, columns: int, lines: int, name: str, guesses: list[Guess], values: list[float]
) -> None:
    told = screen(replace(proposal, guesses=tuple(guesses)), rows(values, series=name), columns, lines, file=name)

    assert len(told) + 1 <= lines
    assert max(map(cell_len, told)) <= columns


def test_first_and_last_rows_stand_in_utc_and_on_the_clock_of_the_place_also_where_it_is_changed(
    proposal: Proposal,
) -> None:
    shown = screen(proposal, rows([1, 2, 3, np.nan, -5.25]))

    assert [" ".join(line.split()) for line in shown[1:7]] == [
        "time in UTC in Europe/Amsterdam series y",
        "2023-10-28 22:00 Sun 2023-10-29 00:00 +0200 shop 1",
        "2023-10-28 23:00 Sun 2023-10-29 01:00 +0200 shop 2",
        "... 1 between",
        "2023-10-29 01:00 Sun 2023-10-29 02:00 +0100 shop missing",
        "2023-10-29 02:00 Sun 2023-10-29 03:00 +0100 shop -5.25",
    ]


def test_of_many_series_the_first_rows_of_the_first_and_the_last_of_the_last_stand_there(proposal: Proposal) -> None:
    shown = screen(proposal, rows(range(300), series=[f"s{n // 3:02}" for n in range(300)]))

    assert shown[0].startswith("shop.csv: 300 rows of 100 series")
    assert [line.split()[-2] for line in (*shown[2:4], *shown[5:7])] == ["s00", "s00", "s99", "s99"]


def test_the_three_least_sure_guesses_stand_with_what_says_otherwise_the_most_doubtful_first(
    proposal: Proposal,
) -> None:
    told = "\n".join(screen(replace(proposal, guesses=(*proposal.guesses, *UNSURE)), columns=120, lines=40))

    assert [guess.field[-1] for guess in doubtful(UNSURE)] == ["5", "4", "3"]
    assert "Least sure:\n  1. source.field5 value 5, because of much" in told
    assert told.count("otherwise --flag") == 3
    assert "--flag5 OTHER" in told
    assert "--flag2" not in told


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (100, 33), (120, 40)])
def test_of_more_decisions_than_there_is_room_for_the_last_are_behind_the_question_mark(
    proposal: Proposal, columns: int, lines: int
) -> None:
    many = tuple(Guess(f"source.numbers.column {n}", "decimal ',', thousands '.'", "so it is") for n in range(90))
    told = screen(replace(proposal, guesses=(*proposal.guesses, *many)), columns=columns, lines=lines)

    assert len(told) == lines - 1
    assert "  ... and more: ? shows all" in told


def test_where_nothing_is_unsure_that_is_said(proposal: Proposal) -> None:
    sure = tuple(replace(guess, doubt=0.0) for guess in proposal.guesses)

    assert screen(replace(proposal, guesses=sure))[-1] == "Nothing in it was a close call."


def test_a_zone_that_is_utc_has_no_second_column(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    ds = pd.date_range("2023-01-01", periods=400, freq="h", tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    pd.DataFrame({"ds": ds, "y": np.arange(400) % 24 + np.sin(np.arange(400))}).to_csv(file, index=False)

    assert screen(propose(file, "a", Said(), NOW))[1].split() == ["time", "in", "UTC", "series", "y"]


def test_without_a_terminal_it_is_as_wide_as_eighty_columns_and_has_room(proposal: Proposal) -> None:
    shown = screen(proposal, rows(np.arange(100.0)), terminal=False)

    assert "" in shown
    assert max(map(cell_len, shown)) <= 80


def test_rows_that_are_not_used_are_counted(proposal: Proposal) -> None:
    assert (
        "rows of 1 series; 99 more not used" in screen(replace(proposal, seen=replace(proposal.seen, in_file=499)))[0]
    )
