"""Workers beside this process: which can't be used, and which may give other bits."""

from dataclasses import replace

import pytest

from recurcast.errors import ExecutorUnavailable
from recurcast.executors.facts import doubts, facts_here, refuse_others

OWN = facts_here()
SAME = replace(OWN)


@pytest.mark.parametrize(
    ("worker", "why"),
    [
        (ModuleNotFoundError("No module named 'recurcast'"), "lacks a module: No module named 'recurcast'"),
        (replace(OWN, packages={**OWN.packages, "tensorflow": ""}), "lacks tensorflow"),
        (replace(OWN, python="3.9.1"), "has Python 3.9.1"),
        (replace(OWN, engine="2024.1.0"), "has distributed 2024.1.0"),
        (replace(OWN, code="0"), "has another recurcast"),
        (TimeoutError("no answer"), "answers with TimeoutError: no answer"),
    ],
)
def test_a_worker_that_can_t_fit_is_named_in_one_message_with_what_to_do(worker, why):
    with pytest.raises(ExecutorUnavailable) as refused:
        refuse_others({"tcp://a:1": SAME, "tcp://b:2": worker}, OWN, "tcp://s:8786")
    assert f"tcp://b:2 {why}" in str(refused.value)
    assert "tcp://a:1" not in str(refused.value)
    assert "--executor here" in str(refused.value)
    assert refused.value.exit_code == 1


def test_another_processor_or_another_lock_is_no_error_but_said():
    other = replace(OWN, processor="Another 9000", packages={**OWN.packages, "scipy": "0.1"})

    refuse_others({"tcp://a:1": other}, OWN, "tcp://s:8786")
    processor, lock = doubts({"tcp://a:1": other, "tcp://b:2": SAME}, OWN)

    assert processor.startswith(
        "bits may differ from those of a run here: workers have the processor Another 9000, this"
    )
    assert lock == f"bits may differ from those of a run here: workers have scipy 0.1 (here {OWN.packages['scipy']})"
    assert doubts({"tcp://b:2": SAME}, OWN) == ()
