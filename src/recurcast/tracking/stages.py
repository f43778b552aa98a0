"""What the stages leave in MLflow, and the record that sums a run up."""

import json
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import pandas as pd

from recurcast import environment
from recurcast.config.metrics import METRICS
from recurcast.evaluation.competitors import CHAMPION
from recurcast.evaluation.evaluate import Judgement
from recurcast.evaluation.metrics import Evaluation
from recurcast.forecasting.portable.bodies import BODIES
from recurcast.promotion.entries import Registration
from recurcast.promotion.gate import Decision
from recurcast.reporting.notes.run import beside_linear, interval_note
from recurcast.reporting.palette import VERDICTS
from recurcast.runs.leaderboard import Row, ranked
from recurcast.runs.train import Request, RunResult
from recurcast.series.validation.report import ValidationReport
from recurcast.series.windows import Split
from recurcast.tracking.artifacts import DECISION, LOSSES
from recurcast.tracking.charts import log_forecasts_of_cell, log_loss_curve
from recurcast.tracking.decisions import decision_text
from recurcast.tracking.models.network import log_network
from recurcast.tracking.notes import NOTE
from recurcast.tracking.runs import COLOUR, TrackedRun
from recurcast.tracking.trained import TrainedCell
from recurcast.training.fit import FittedCell


def log_fitted(run: TrackedRun, request: Request, seeds: tuple[FittedCell, ...], split: Split) -> TrainedCell:
    """Record one cell in its run, the best of its seeds: curves, model, loss chart; of the others what they reached."""
    fitted, *siblings = seeds
    curves = {
        "loss/train": [epoch.train for epoch in fitted.epochs],
        "loss/validation": [epoch.validation for epoch in fitted.epochs],
    }
    if siblings:
        by_seed = sorted(seeds, key=lambda each: each.seed)
        curves["seeds/validation_loss"] = [each.validation_loss for each in by_seed]
    run.params(
        {"kept_epoch": fitted.kept, "n_weights": fitted.network.forecaster.count_params(), "kept_seed": fitted.seed},
        weights=fitted.weights_digest,
        diverged=str(fitted.diverged).lower(),
        program=fitted.program,
        processor=fitted.processor or environment.processor(),
        threads=fitted.threads or environment.threads(),
    )
    # Before the curves: MLflow looks through the metrics that it finds, for some to stand with the model as well.
    model_id = log_network(run, fitted.network, split.train.slice(0, 2))
    run.metrics(curves, request.as_of)
    log_loss_curve(run, request, fitted)
    return TrainedCell(fitted, run, model_id, tuple(siblings))


def log_refitted(judged: TrainedCell, fitted: FittedCell, split: Split) -> TrainedCell:
    """Record the weights that serve in the run of the cell that was judged, as a model of their own."""
    judged.run.tag(refit=fitted.weights_digest)
    model_id = log_network(judged.run, fitted.network, split.train.slice(0, 2))
    return replace(judged, fitted=fitted, model_id=model_id)


def log_judgement(
    run: TrackedRun, request: Request, split: Split, trained: tuple[TrainedCell, ...], judgement: Judgement
) -> None:
    """Add the scores to the cells' runs, and the tables of all competitors to the parent."""
    for each in trained:
        cell = each.fitted.cell
        scores = {
            f"{part.part}/{m}": [part.score(cell, m)]
            for part in (judgement.validation, judgement.test)
            for m in METRICS
        }
        shares = {f"test/coverage_{level}": [share] for level, share in judgement.coverage.get(cell, {}).items()}
        each.run.metrics(_with_a_number(scores | shares), request.as_of, each.model_id)
        each.run.metrics(_per_step(judgement.test, cell), request.as_of)
        log_forecasts_of_cell(each.run, request, split, cell, judgement)
    if judgement.champion is not None:
        run.tag(champion_version=str(judgement.champion.version))
    tables = {
        "leaderboard": judgement.leaderboard,
        "per_series": judgement.duel.per_series,
        "per_step": judgement.duel.per_step,
        "validation": judgement.validation.overall,
    }
    run.files({f"scores/{name}.json": _table(table).encode() for name, table in tables.items()})


def log_decision(run: TrackedRun, request: Request, judgement: Judgement, decision: Decision) -> None:
    """Record the verdict on the parent: tags to search by, scores to sort by."""
    provisional = request.ticket is not None and request.ticket.provisional
    tags = {"champion_below_baseline": "true"} if decision.champion_below_baseline else {}
    run.file(judgement.evidence.to_parquet(), LOSSES)
    shown = {"challenger": decision.challenger, "baseline": decision.baseline}
    if CHAMPION in judgement.duel.competitors:
        shown[CHAMPION] = CHAMPION
    scores = {f"{role}/{m}": [judgement.duel.score(name, m)] for role, name in shown.items() for m in METRICS}
    run.metrics(
        _with_a_number(scores) | decision.figures,
        request.as_of,
        decision=decision.verdict,
        reason=decision.reason,
        challenger=decision.challenger,
        provisional=str(provisional).lower(),
        **tags | {COLOUR: VERDICTS[decision.verdict]},
    )
    run.text(decision_text(decision), DECISION)


def result_of(
    run: TrackedRun,
    request: Request,
    report: ValidationReport,
    judgement: Judgement,
    decision: Decision,
    registration: Registration | None,
) -> RunResult:
    """Return the record that the command line prints, best score first."""
    rows = _ranked(judgement, decision)
    remarks = [each for each in (judgement.remark, _beside_linear(request, judgement, decision)) if each]
    if decision.champion_below_baseline:
        remarks.append(
            f"the champion is significantly worse than the {decision.baseline} today; nothing demotes it by itself "
            f"(recurcast rollback {request.pipeline.name})"
        )
    remarks += report.told
    if registration is not None and registration.note:
        remarks.append(registration.note)
    if registration is not None and decision.challenger not in BODIES:
        remarks.append(
            f"the {decision.challenger} forecasts by keras alone: version {registration.version} has no model that takes a "
            f"history, and `recurcast forecast {request.pipeline.name} --bundle` refuses it while it serves"
        )
    if registration is None:
        remarks.append("nothing was registered: this run does not promote")
    return RunResult(
        request.pipeline.name,
        request.as_of,
        "trained",
        run.run_id,
        run.store.shown,
        rows,
        decision,
        registration,
        tuple(remarks),
        provisional=request.ticket is not None and request.ticket.provisional,
        experiment_id=run.experiment_id,
    )


def note_of(
    request: Request,
    judgement: Judgement,
    decision: Decision,
    registration: Registration | None,
    told: Sequence[str] = (),
    dashboard: str = "",
) -> dict[str, str]:
    """Return the tag that describes a judged run; `dashboard` is the page of those who fitted its cells."""
    said = judgement.remark, _beside_linear(request, judgement, decision), registration.note if registration else None
    remarks = [*(each for each in said if each), *told]
    provisional = request.ticket is not None and request.ticket.provisional
    version = None if registration is None else registration.version
    rows = _ranked(judgement, decision)
    note = interval_note(request.pipeline, decision, rows, version, remarks, provisional=provisional)
    return {NOTE: f"{note}\n\nFitted by workers of Dask: [its dashboard](<{dashboard}>)." if dashboard else note}


def _beside_linear(request: Request, judgement: Judgement, decision: Decision) -> str:
    metric = judgement.chosen_by(request.pipeline.gate.metric)
    scores = {cell: judgement.validation.score(cell, metric) for cell in request.pipeline.network.cells}
    return beside_linear(scores, decision.challenger, metric)


def _ranked(judgement: Judgement, decision: Decision) -> tuple[Row, ...]:
    return ranked(judgement.leaderboard.to_dict("records"), decision.metric)


def _per_step(evaluation: Evaluation, cell: str) -> dict[str, list[float]]:
    """A metric's step is the horizon's step, so that MLflow draws the score over the horizon."""
    if evaluation.windows.horizon == 1:
        return {}
    rows = evaluation.per_step[evaluation.per_step["competitor"] == cell].sort_values("step")
    return _with_a_number({f"test_by_step/{metric}": [float(value) for value in rows[metric]] for metric in METRICS})


def _with_a_number(series: dict[str, list[float]]) -> dict[str, list[float]]:
    """The metrics that have a finite value: a score that there is none of leaves none."""
    return {name: values for name, values in series.items() if any(map(isfinite, values))}


def _table(table: pd.DataFrame) -> str:
    """MLflow's page shows a JSON artifact in `split` form as a table."""
    content: Any = json.loads(table.to_json(orient="split", index=False))
    return json.dumps(content)
