"""What the terminal shows while a run works."""

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from recurcast.cli.display.run import TerminalProgress, print_result
from support.judged import decision, promoted


def shown(terminal: bool, visible: bool = True) -> tuple[TerminalProgress, io.StringIO]:
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=120, color_system=None)
    return TerminalProgress(console, "tiny as of 2024-06-01", shown=visible), written


def run(progress: TerminalProgress) -> list[Any]:
    with progress:
        progress.stage("cut windows")
        progress.stage("train")
        progress.epoch("lstm", 1, 5, 0.5, 0.75)
        progress.epoch("rnn", 1, 5, 0.25, 0.3)
        progress.epoch("lstm", 2, 5, 0.125, 0.0625)
        progress.epoch("rnn", 5, 5, 0.2, 0.2)
        progress.stage("evaluate")
        progress.stage("done")
    return progress._bars.tasks


def test_each_cell_has_a_bar_of_its_own_below_the_training() -> None:
    tasks = run(shown(terminal=True)[0])

    assert [task.description for task in tasks] == ["cut windows", "train", "  lstm", "  rnn", "evaluate"]
    assert [(task.completed, task.total) for task in tasks[2:4]] == [(2, 5), (5, 5)]
    assert tasks[2].fields["note"] == "epoch 2/5  loss 0.125  validation 0.0625"


def test_when_the_run_is_over_every_clock_stands_that_of_a_cell_that_stopped_early_too() -> None:
    assert all(task.finished or task.stop_time is not None for task in run(shown(terminal=True)[0]))


def test_a_terminal_shows_the_bars_and_elsewhere_there_is_a_line_per_stage() -> None:
    progress, written = shown(terminal=True)
    run(progress)
    for line in ("train", "lstm", "epoch 2/5  loss 0.125  validation 0.0625", "epoch 5/5"):
        assert line in written.getvalue()

    progress, written = shown(terminal=False)
    run(progress)
    assert written.getvalue().split("\n") == ["tiny as of 2024-06-01", "  cut windows", "  train", "  evaluate", ""]


def test_why_fits_by_others_have_not_begun_is_said_once() -> None:
    for visible, lines in ((True, ["tiny as of 2024-06-01", "  fits wait", ""]), (False, [""])):
        progress, written = shown(terminal=False, visible=visible)
        with progress:
            for why in ("", "fits wait", "", "fits wait"):
                progress.waits(why)
        assert written.getvalue().split("\n") == lines


def test_where_nothing_is_to_be_shown_nothing_is() -> None:
    progress, written = shown(terminal=True, visible=False)
    run(progress)
    assert written.getvalue() == ""


def test_series_that_a_reason_or_a_note_names_are_no_markup() -> None:
    written = io.StringIO()
    judged = promoted(
        decision=decision(reason="MASE leaves out '[/red]' and '[bold]'"), remarks=("series '[/x]' was left out",)
    )
    print_result(Console(file=written, width=200), judged, Path())

    assert "PROMOTE MASE leaves out '[/red]' and '[bold]'." in written.getvalue()
    assert "note: series '[/x]' was left out" in written.getvalue()
