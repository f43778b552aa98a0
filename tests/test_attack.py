"""A small part of `benchmarks/attack.py`, the same files and configurations each time; and that it sees what gives way."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """What judges commands; its folder holds files called as libraries are, so it is on the path no longer than needed."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    from attacks import judged

    yield judged
    for name in [each for each in sys.modules if each.partition(".")[0] == "attacks"]:
        del sys.modules[name]


def test_mutated_files_and_configurations_end_with_a_word_of_ours_in_little_memory_and_time(tmp_path):
    """`--only CASE` repeats one that gives way; what it was given lies in the folder that is named."""
    numbers = (
        "--files",
        "6",
        "--configurations",
        "6",
        "--kills",
        "0",
        "--whole",
        "0",
        "--compared",
        "0",
        "--jobs",
        "2",
    )
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "attack.py", *numbers, "--keep", tmp_path],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 cases" in done.stdout
    assert "stopped at training" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("exit_code", "said", "kind"),
    [
        (0, "done", None),
        (3, "recurcast: every row names its series: row 5 holds none. Fill it", None),
        (2, json.dumps({"error": "a season is whole steps", "exit_code": 2}), None),
        (1, "recurcast: MemoryError: . Run again with -v to see where.", "unexplained exit"),
        (2, "recurcast: KeyError: 'columns'. Run again with -v to see where.", "unexplained exit"),
        (2, "", "unexplained exit"),
        (-11, "", "unexplained exit"),
        (0, "Traceback (most recent call last):\n  File ...", "traceback"),
        (0, "/x.py:3: UserWarning: Could not infer format", "untidy"),
    ],
)
def test_an_end_is_judged_by_its_exit_code_and_its_words(judged, exit_code, said, kind):
    from attacks.warm import Outcome

    assert judged.kind_of(Outcome(("run",), exit_code, said, 1.0, 1.0, 10)) == kind


@pytest.mark.usefixtures("judged")
def test_what_is_lost_doubled_or_wrong_after_a_kill_is_seen():
    from attacks.invariants import DOUBLED, LOST, WRONG, champion, once

    assert [each.kind for each in once("runs", ["a", "b"], ["a", "b"])] == []
    assert [each.kind for each in once("runs", ["a", "a"], ["a", "b"])] == [LOST, DOUBLED]
    newest = {"as_of": "2024-06-02", "decision": "promote", "version": 2}
    verdicts = [newest, {"as_of": "2024-06-01", "decision": "promote", "version": 3}]
    assert champion(verdicts, "2") == []
    assert [each.kind for each in champion(verdicts, "3")] == [WRONG]
    assert [each.kind for each in champion(verdicts, None)] == [WRONG]
    assert champion([newest | {"provisional": True}, verdicts[1]], "3") == []


def test_a_command_that_computes_or_grows_without_end_is_ended_and_told_apart(judged, tmp_path, monkeypatch):
    from attacks import warm
    from attacks.watching import Limits, resident

    def endless() -> int:
        while True:
            pass

    def growing() -> int:
        held = []
        while True:
            held.append(b"x" * 2**24)

    found = []
    for broken, limits in ((endless, Limits(0.5, 2**34)), (growing, Limits(60, resident(os.getpid()) + 2**28))):
        monkeypatch.setattr(warm, "_main", broken)
        folder = tmp_path / broken.__name__
        folder.mkdir()
        found.append(warm.call(("run",), folder, limits))

    assert [judged.kind_of(each) for each in found] == ["hang", "memory"]
