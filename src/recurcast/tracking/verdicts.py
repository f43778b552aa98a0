"""Provisional verdicts: read from the runs that gave them, and replaced by final ones."""

import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from recurcast.config import PipelineConfig
from recurcast.evaluation import METRICS, Evaluation
from recurcast.intervals import parse_instant
from recurcast.losses import Losses
from recurcast.promotion import CHAMPION, Decision
from recurcast.tracking.artifacts import DECISION, LEADERBOARD, LOSSES
from recurcast.tracking.history import trained_runs
from recurcast.tracking.registry import Champion, decide_again, version_of_run
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, store_errors


@dataclass(frozen=True)
class ProvisionalVerdict:
    """What a verdict was given on: the challenger with its validation score, and the losses of all competitors."""

    run: TrackedRun
    as_of: datetime
    version: int
    challenger: str
    validation_score: float
    losses: Losses
    leaderboard: dict[str, Any]
    """As it is stored: `columns`, the competitor first, and `data`."""
    data: str
    """Digest of the rows."""


def provisional_instants(store: Store, name: str) -> list[datetime]:
    """Return the as_of of each interval of the pipeline whose verdict is not final."""
    with store_errors(store.uri):
        found = store.client.search_model_versions(f"name='{name}' and tags.provisional = 'true'", max_results=100_000)
    return [parse_instant(each.tags["as_of"]) for each in found]


def provisional_verdict(store: Store, name: str, as_of: datetime) -> ProvisionalVerdict:
    """Return the provisional verdict of an interval that has one."""
    recorded = trained_runs(store, name, as_of)[0]
    run = TrackedRun(store, recorded.info.experiment_id, recorded.info.run_id)
    version = version_of_run(store, name, run.run_id)
    assert version is not None, "an interval is provisional because its version says so"
    with tempfile.TemporaryDirectory() as folder, store_errors(store.uri):

        def artifact(path: str) -> Path:
            return Path(store.client.download_artifacts(run.run_id, path, folder))

        losses = Losses.from_parquet(artifact(LOSSES).read_bytes())
        decision = json.loads(artifact(DECISION).read_text("utf-8"))
        leaderboard = json.loads(artifact(LEADERBOARD).read_text("utf-8"))
    return ProvisionalVerdict(
        run,
        as_of,
        int(version.version),
        decision["challenger"],
        decision["validation_score"],
        losses,
        leaderboard,
        recorded.data.tags["data"],
    )


def record_final_verdict(
    store: Store,
    pipeline: PipelineConfig,
    verdict: ProvisionalVerdict,
    decision: Decision,
    losses: Losses,
    champion: Champion | None,
    scored: Evaluation | None,
) -> None:
    """Put the final verdict where the provisional one stood; the version last, because it is what makes it final.

    `scored` has the champion's scores on the test windows, which take their row on the leaderboard.
    """
    run = verdict.run
    run.file(losses.to_parquet(), LOSSES)
    run.text(json.dumps(vars(decision), indent=2), DECISION)
    rows = [row for row in verdict.leaderboard["data"] if row[0] != CHAMPION]
    if champion is not None and scored is not None:
        rows.append([CHAMPION, *(scored.score(CHAMPION, metric) for metric in METRICS)])
        run.tag(champion_version=str(champion.version))
        run.metrics({f"{CHAMPION}/{metric}": [scored.score(CHAMPION, metric)] for metric in METRICS}, verdict.as_of)
    run.text(json.dumps(verdict.leaderboard | {"data": rows}), LEADERBOARD)
    run.tag(decision=decision.verdict, reason=decision.reason, provisional="false")
    decide_again(store, pipeline.name, verdict.as_of, verdict.version, decision)
