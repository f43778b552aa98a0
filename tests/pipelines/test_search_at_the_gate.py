"""What a search proposed, trained once beside a scheduled run: the gate decides, and the interval's own run is what it was."""

from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from recurcast.pipelines.search import run_search
from recurcast.pipelines.search_at_the_gate import proposed, run_proposal
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.runs.search import SearchRecord
from recurcast.runs.train import Request, RunResult
from recurcast.tracking.intervals import recorded_intervals
from recurcast.tracking.registry.champion_history import championship_of
from recurcast.tracking.store import connect
from support.searched import AS_OF, asked, searched, told

ALWAYS = {"gate": {"policy": "always", "must_beat_baseline": False, "baseline": "moving_average"}}
SMALL = {"trials": 3, "accept": "gate"}


def scheduled(root: Path, **search: object) -> Request:
    return Request(searched(SMALL | search, **ALWAYS), AS_OF, root, "schedule")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proposed")


@pytest.fixture(scope="module")
def record(root: Path) -> SearchRecord:
    return told(root, run_search(asked(root, SMALL, **ALWAYS)), won=False)


@pytest.fixture(scope="module")
def own(root: Path, record: SearchRecord) -> RunResult:
    return run_interval(scheduled(root), PLAIN)


@pytest.fixture(scope="module")
def beside(root: Path, record: SearchRecord, own: RunResult) -> RunResult:
    assert run_proposal(scheduled(root), PLAIN) is None, "a winner that lost is not tried"
    told(root, record, won=True)
    for other in (
        replace(scheduled(root), trigger="manual"),
        replace(scheduled(root), promote=False),
        replace(scheduled(root), superseded="a newer one is due"),
        scheduled(root, accept="ask"),
        replace(scheduled(root), pipeline=searched(SMALL, **ALWAYS, season=2)),  # no longer what was searched
    ):
        assert run_proposal(other, PLAIN) is None
    found = run_proposal(scheduled(root), PLAIN)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def client(root: Path) -> MlflowClient:
    return connect(root).client


def test_the_winners_settings_are_trained_and_the_gate_decides(
    root: Path, record: SearchRecord, beside: RunResult
) -> None:
    pipeline = proposed(told(root, record, won=True), searched(SMALL, **ALWAYS))
    winner = told(root, record, won=True)
    trial = winner.trial(winner.winner)  # type: ignore[arg-type]
    assert pipeline.network.cells == (trial.cell,)
    assert pipeline.network.units == trial.settings["network.units"]
    assert pipeline.search.read_until == record.read_until
    assert beside.decision is not None
    assert beside.decision.verdict == "promote"
    assert championship_of(connect(root), "tiny").standing(set()).version == 2  # type: ignore[union-attr]
    assert any("recurcast search accept" in remark for remark in beside.remarks)


def test_the_interval_is_done_by_its_own_run_alone(
    root: Path, own: RunResult, beside: RunResult, client: MlflowClient, record: SearchRecord
) -> None:
    tags = client.get_run(beside.run_id).data.tags
    assert (tags["adhoc"], tags["proposal"], tags["as_of"]) == ("true", record.id, "2024-06-01T00:00:00Z")
    assert "track" not in tags
    (interval,) = recorded_intervals(connect(root), "tiny").values()
    assert interval.run_id == own.run_id
    stands = fingerprint_of(searched(SMALL, **ALWAYS), "").configuration
    assert [each.configuration for each in interval.fingerprints] == [stands]
    again = run_interval(scheduled(root), PLAIN)
    assert (again.outcome, again.run_id) == ("already done", own.run_id)


def test_it_is_tried_once(root: Path, beside: RunResult) -> None:
    assert run_proposal(scheduled(root), PLAIN) is None
