"""Provisional verdicts: read from the runs that gave them, and replaced by final ones."""

import json
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from mlflow.entities.model_registry import ModelVersion

from recurcast.config import PipelineConfig
from recurcast.config.metrics import METRICS
from recurcast.evaluation.champion import Champion
from recurcast.evaluation.competitors import CHAMPION
from recurcast.evaluation.losses import Losses
from recurcast.instants import format_instant, parse_instant
from recurcast.promotion.gate import Decision
from recurcast.reporting.notes.report_link import still_linked
from recurcast.reporting.notes.run import interval_note
from recurcast.reporting.palette import VERDICTS
from recurcast.runs.leaderboard import ranked
from recurcast.runs.train import plain
from recurcast.tracking.artifacts import DECISION, LEADERBOARD, LOSSES
from recurcast.tracking.decisions import decision_in, decision_text
from recurcast.tracking.notes import NOTE
from recurcast.tracking.recorded_runs import artifact
from recurcast.tracking.registry.registry import decide_again
from recurcast.tracking.runs import COLOUR, TrackedRun
from recurcast.tracking.stamps import last_steps
from recurcast.tracking.store import Store, store_errors

if TYPE_CHECKING:
    from recurcast.evaluation.evaluate import ChampionsPart


@dataclass(frozen=True)
class ProvisionalVerdict:
    """What a verdict was given on: the challenger with its validation score, and the losses of all competitors."""

    run: TrackedRun
    as_of: datetime
    version: int
    challenger: str
    validation_score: float
    losses: Losses
    """Of the test part, and of the calibration part where the run was of a version that recorded them."""
    leaderboard: dict[str, Any]
    """As it is stored: `columns`, the competitor first, and `data`."""
    configuration: str
    data: str
    calendar: str
    """Digests, of the fields that change numbers, of the rows and of the days that calendars told."""
    validation_baseline_score: float | None
    """None of a verdict of an earlier version."""


def provisional_instants(store: Store, name: str) -> list[datetime]:
    """Return the as_of of each verdict of the pipeline that is not final."""
    return [parse_instant(each.tags["as_of"]) for each in _provisional(store, name)]


def provisional_verdict(store: Store, name: str, as_of: datetime) -> ProvisionalVerdict:
    """Return the provisional verdict of an interval that has one; of several the newest version's."""
    instant = format_instant(as_of)
    version = max(_provisional(store, name, f" and tags.as_of = '{instant}'"), key=lambda each: int(each.version))
    with store_errors(store.uri):
        recorded = store.client.get_run(version.tags["run"])
    run = TrackedRun(store, recorded.info.experiment_id, recorded.info.run_id)
    with store_errors(store.uri):
        losses = Losses.from_parquet(artifact(store, run.run_id, LOSSES))
        decision = decision_in(artifact(store, run.run_id, DECISION).decode())
        leaderboard = json.loads(artifact(store, run.run_id, LEADERBOARD))
    return ProvisionalVerdict(
        run,
        as_of,
        int(version.version),
        decision.challenger,
        decision.validation_score,
        losses,
        leaderboard,
        recorded.data.tags["configuration"],
        recorded.data.tags["data"],
        recorded.data.tags.get("calendar", ""),
        decision.validation_baseline_score,
    )


def _provisional(store: Store, name: str, condition: str = "") -> list[ModelVersion]:
    with store_errors(store.uri):
        wanted = f"name='{name}' and tags.provisional = 'true'{condition}"
        return list(store.client.search_model_versions(wanted, max_results=100_000))


def record_final_verdict(
    store: Store,
    pipeline: PipelineConfig,
    verdict: ProvisionalVerdict,
    decision: Decision,
    met: "ChampionsPart",
    champion: Champion | None,
) -> None:
    """Put the final verdict where the provisional one stood; the version last, because it is what makes it final."""
    run = verdict.run
    run.file(met.losses.to_parquet(), LOSSES)
    run.text(decision_text(decision), DECISION)
    with store_errors(store.uri):
        standing = store.client.get_run(run.run_id).data
    figures = {name: [nan] for name in standing.metrics if name.startswith("gate/")} | decision.figures
    columns = verdict.leaderboard["columns"]
    rows = [row for row in verdict.leaderboard["data"] if row[0] != CHAMPION]
    if champion is not None and met.duel is not None:
        scores = {metric: met.duel.score(CHAMPION, metric) for metric in METRICS}
        shares = {f"coverage_{level}": share for level, share in met.coverage.items()}
        row = {"competitor": CHAMPION} | scores | shares
        rows.append([row.get(column) for column in columns])
        run.tag(champion_version=str(champion.version))
        figures |= {f"{CHAMPION}/{metric}": [score] for metric, score in scores.items()}
    # What is no number takes the place of one alone.
    told = {name: values for name, values in figures.items() if isfinite(values[0]) or name in standing.metrics}
    run.metrics(told, verdict.as_of, None, last_steps(standing))
    run.text(json.dumps(plain(verdict.leaderboard | {"data": rows})), LEADERBOARD)
    best_first = ranked((dict(zip(columns, row, strict=True)) for row in rows), decision.metric)
    note = still_linked(interval_note(pipeline, decision, best_first, verdict.version), standing.tags.get(NOTE, ""))
    said = {NOTE: note, COLOUR: VERDICTS[decision.verdict]}
    run.tag(decision=decision.verdict, reason=decision.reason, provisional="false", **said)
    decide_again(store, pipeline, verdict.version, decision)
