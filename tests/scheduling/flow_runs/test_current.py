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
