import os
import subprocess
import sys

import pytest

from recurcast.scheduling.flow_runs.current import outcome_tag
from support.judged import decision, promoted


@pytest.mark.parametrize(
    ("changed", "tag"),
    [
        ({}, "promote"),
        ({"decision": decision(verdict="keep")}, "keep"),
        ({"outcome": "already done"}, "already-done"),
        ({"outcome": "no new data", "decision": None}, "no-new-data"),
    ],
)
def test_a_run_is_found_by_its_verdict_or_else_by_its_outcome(changed: dict[str, object], tag: str) -> None:
    assert outcome_tag(promoted(**changed)) == tag


SAYS_ON = """
import sys
from rich.console import Console
from recurcast.scheduling.flow_runs.current import outlive_worker

outlive_worker()
sys.stdin.readline()
for console in (Console(), Console(stderr=True), Console()):
    console.print("nobody hears this")
print("nor this", flush=True)
open(sys.argv[1], "w").write("went on")
"""


def test_a_run_goes_on_when_the_worker_that_read_its_lines_is_gone(tmp_path):
    reading, writing = os.pipe()
    run = subprocess.Popen(
        [sys.executable, "-c", SAYS_ON, str(tmp_path / "done")],
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=writing,
        text=True,
    )
    os.close(writing)
    os.close(reading)
    run.communicate("go on\n", timeout=60)

    assert run.returncode == 0
    assert (tmp_path / "done").read_text() == "went on"
