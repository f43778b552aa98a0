"""`recurcast init` in a real terminal: one screen, a question, and nothing written before it is answered."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.cells import cell_len

from support.projects import one_json_object, recurcast
from support.terminal import in_terminal

QUESTION = "Write the project to mine? [y/N/?]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with half a year of a shop's hours."""
    hours = np.arange(4000)
    ds = pd.date_range("2023-03-01", periods=4000, freq="h", tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    sold = 50 + 20 * (hours % 24 > 8) + np.random.default_rng(0).normal(size=4000)
    pd.DataFrame({"hour": ds, "sold": sold.round(2)}).to_csv(tmp_path / "shop.csv", index=False)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (100, 32), (120, 40)])
def test_one_screen_shows_rows_plot_and_decisions_and_no_writes_nothing(folder: Path, columns: int, rows: int) -> None:
    screen = in_terminal(
        folder,
        *("init", "mine", "--csv", "shop.csv", "--timezone", "Europe/Amsterdam"),
        columns=columns,
        rows=rows,
        typed=["n\n"],
    )

    assert screen.exit_code == 0
    assert names(folder) == ["shop.csv"]
    question = next(number for number, line in enumerate(screen.lines) if line.startswith(QUESTION))
    seen = screen.lines[: question + 1]
    assert max(map(cell_len, seen)) <= columns, "no line is broken"
    assert len(seen) <= rows
    assert seen[0] == "shop.csv: 4,000 rows of 1 series"
    assert "  2023-03-01 00:00  Wed 2023-03-01 01:00 +0100  shop    " in "\n".join(seen)
    assert "  2023-08-14 15:00  Mon 2023-08-14 17:00 +0200  shop    " in "\n".join(seen)
    assert "season 24" in "\n".join(seen)
    assert any("⣿" in line for line in seen), "a plot"
    assert screen.lines[question + 1].startswith(
        "Nothing was written. Say what you know better, such as: recurcast init mine"
    )


@pytest.mark.parametrize("answer", ["\n", "no\n", "\x04"])
def test_no_answer_is_no(folder: Path, answer: str) -> None:
    screen = in_terminal(folder, "init", "mine", "--csv", "shop.csv", typed=[answer])

    assert (screen.exit_code, names(folder)) == (0, ["shop.csv"])
    assert screen.lines[-1].startswith("Nothing was written.")


def test_a_question_mark_or_what_is_no_answer_explains_and_asks_again(folder: Path) -> None:
    screen = in_terminal(folder, "init", "mine", "--csv", "shop.csv", typed=["?\n", "perhaps\n", "y\n"])

    told = "\n".join(screen.lines)
    assert screen.exit_code == 0
    assert told.count("guessed, each with its evidence:") == 2
    assert "frequency: h  # all 4,000 rows lie on this grid" in told
    assert told.count(QUESTION) == 3
    assert (folder / "mine" / "prefect.yaml").is_file()
    assert told.endswith("recurcast up   # the two pages, and the schedule that trains and forecasts from now on")


def test_ctrl_c_at_the_question_leaves_nothing_behind(folder: Path) -> None:
    screen = in_terminal(folder, "init", "mine", "--csv", "shop.csv", typed=["\x03"])

    assert (screen.exit_code, names(folder)) == (130, ["shop.csv"])
    assert "stopped by ctrl-c" in screen.lines[-1]


def test_yes_is_not_asked_and_json_is_one_object(folder: Path) -> None:
    agreed = in_terminal(folder, "init", "mine", "--csv", "shop.csv", "--yes")
    as_json = in_terminal(folder, "init", "other", "--csv", "shop.csv", "--json")

    assert (agreed.exit_code, as_json.exit_code) == (0, 0)
    assert "[y/N/?]" not in agreed.written
    assert names(folder) == ["mine", "other", "shop.csv"]
    said = one_json_object(as_json.written.replace("\r\n", "\n"))
    assert (said["rows"], said["series"], said["first"]["ds"]) == (4000, 1, "2023-03-01T00:00:00Z")


def test_elsewhere_the_same_is_printed_without_colours_with_all_evidence_and_nobody_is_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    begun = recurcast("init", "mine", "--csv", "shop.csv")

    assert begun.exit_code == 0
    assert "\x1b" not in begun.stdout
    assert "[y/N/?]" not in begun.stdout
    for part in ("shop.csv: 4,000 rows of 1 series", "... 3,994 between", "  season: 24  # a day"):
        assert part in begun.stdout
