"""The stages as plain functions: each computes a value in the core and records it.

Heavy libraries are imported by the stage that needs them: whoever only names the stages pays for none.
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from recurcast.config import Cell, PipelineConfig
from recurcast.environment import importing
from recurcast.executors.seam import current, in_order_at
from recurcast.pipelines.told_ahead import told_of, validated_of
from recurcast.pipelines.train import Stages
from recurcast.pipelines.windows import windows_of
from recurcast.runs.train import Progress, Request

if TYPE_CHECKING:
    from recurcast.evaluation.evaluate import Judgement
    from recurcast.promotion.entries import Registration
    from recurcast.promotion.gate import Decision
    from recurcast.series.frame import SeriesFrame
    from recurcast.series.validation.report import ValidatedFrame
    from recurcast.series.windows import Split
    from recurcast.tracking.runs import TrackedRun
    from recurcast.tracking.trained import Served, TrainedCell
    from recurcast.training.fit import Epoch


def obtain(run: "TrackedRun", request: Request) -> "SeriesFrame":
    """Return the rows known at as_of, their digest recorded; from the source, or as an earlier run kept them."""
    from recurcast.runs.fingerprint import LIBRARIES_TAG, fingerprint_of
    from recurcast.runs.zone_rules import rules_of
    from recurcast.series.event_days import calendar_digest, libraries_of
    from recurcast.series.lake.scanning import digest_in, layout_of, obtain_to_train
    from recurcast.tracking.datasets import log_dataset
    from recurcast.tracking.registry.warm_start import start_of
    from recurcast.tracking.snapshots import load_snapshot

    pipeline = request.pipeline
    if request.from_snapshot:
        frame = load_snapshot(run.store, pipeline, request.as_of)
    else:
        frame = obtain_to_train(pipeline, request.as_of, request.root, in_order_at(request.root))
    digest = digest_in(frame)
    log_dataset(run, pipeline, frame, digest)
    start, calendar = start_of(run, pipeline, request.as_of), calendar_digest(pipeline, frame, request.as_of)
    fingerprint = fingerprint_of(pipeline, digest, start, calendar, layout_of(pipeline, request.root))
    rules = rules_of(pipeline.source.timezone, frame.steps[0].to_pydatetime(), request.as_of)
    libraries = "" if request.from_snapshot else libraries_of([own.name for own in frame.days])
    told = {LIBRARIES_TAG: libraries} if libraries else {}
    run.tag(fingerprint=fingerprint.all, **fingerprint.parts, **rules.tags, **told)
    return frame


def validate(run: "TrackedRun", request: Request, frame: "SeriesFrame") -> "ValidatedFrame":
    """Return the frame that kept every rule; the report is recorded either way, and the frame where the pipeline says."""
    with importing():
        from recurcast.series.digest import data_digest
        from recurcast.series.lake.frame import LakeFrame
        from recurcast.series.validation.report import ValidationFailed, rows_to_show
        from recurcast.tracking.outcomes import log_report
        from recurcast.tracking.snapshots import keep_snapshot

    # A lake keeps itself, and its manifest knows each file.
    if request.pipeline.keeps_snapshot and not isinstance(frame, LakeFrame):
        keep_snapshot(run, request.pipeline, frame, data_digest(frame))
    try:
        validated = validated_of(request, frame)
    except ValidationFailed as failure:
        log_report(run, failure.report, rows_to_show(failure.report, frame))
        raise
    log_report(run, validated.report, None)
    return validated


def cut(request: Request, validated: "ValidatedFrame") -> "Split":
    """Return the windows of the three parts."""
    told = told_of(validated.frame, request.pipeline, request.as_of)
    return told.split if told else windows_of(request.pipeline, validated.frame, in_order_at(request.root))


def train(run: "TrackedRun", request: Request, split: "Split", cell: Cell, progress: Progress) -> "TrainedCell":
    """Return one fitted cell, recorded in a child run with its model and loss curve."""
    with importing():
        from recurcast.tracking.registry.warm_start import cell_start
        from recurcast.tracking.runs import child_run
        from recurcast.tracking.stages import log_fitted
        from recurcast.training.kinds import epochs_of

    pipeline = request.pipeline
    most_epochs = epochs_of(pipeline) * pipeline.training.seeds

    def tell(epoch: "Epoch") -> None:
        progress.epoch(cell, epoch.number, most_epochs, epoch.train, epoch.validation)

    start = cell_start(run, pipeline, cell, split)
    with child_run(run, pipeline, request.as_of, cell) as own:
        if start is not None:
            own.tag(started_from=start.told)
        weights = None if start is None else start.weights
        fitted = current(request.root).fit_seeds(cell, pipeline, split, tell, weights, progress.waits)
        return replace(log_fitted(own, request, fitted, split), start=start)


def evaluate(run: "TrackedRun", request: Request, split: "Split", trained: "tuple[TrainedCell, ...]") -> "Judgement":
    """Return the scores of the cells, the champion as of as_of and the baselines, recorded."""
    from recurcast.errors import ChampionUnusable
    from recurcast.evaluation.by_file import judged_on
    from recurcast.evaluation.champion import Champion
    from recurcast.tracking.registry.registry import champion_as_of
    from recurcast.tracking.stages import log_judgement

    champion: Champion | str | None
    with TemporaryDirectory() as folder:
        try:
            champion = champion_as_of(run.store, request.pipeline, request.as_of, Path(folder))
        except ChampionUnusable as unusable:  # the alias stays, and the run goes on without it
            champion = f"the champion was not scored, the baseline stands in: {unusable}"
        judgement = judged_on(request.pipeline, split, [each.best_first for each in trained], champion)
    log_judgement(run, request, split, trained, judgement)
    return judgement


def decide(run: "TrackedRun", request: Request, judgement: "Judgement") -> "Decision":
    """Return the verdict, recorded with its reason and figures."""
    from recurcast.tracking.stages import log_decision

    decision = verdict_of(request.pipeline, judgement)
    log_decision(run, request, judgement, decision)
    return decision


def verdict_of(pipeline: PipelineConfig, judgement: "Judgement") -> "Decision":
    """Return the gate's verdict on the cell that scored best on validation windows."""
    from recurcast.promotion.gate import choose
    from recurcast.promotion.gate import decide as judge_challenger

    gate = pipeline.gate
    metric = judgement.chosen_by(gate.metric)
    challenger = choose(judgement.validation, pipeline.network.cells, metric)
    return judge_challenger(
        challenger,
        judgement.validation.score(challenger, metric),
        judgement.evidence,
        gate,
        pipeline.overlap,
        judgement.fit_until,
        test_begins=judgement.test_begins,
        validation_baseline_score=judgement.validation.score(gate.baseline, metric),
        median_of_seeds=pipeline.training.combine == "median",
    )


def refit(
    run: "TrackedRun",
    request: Request,
    split: "Split",
    winner: "TrainedCell",
    judgement: "Judgement",
    decision: "Decision",
    progress: Progress,
) -> "Served":
    """Return what the challenger's version serves: its recipe fitted on every row known at as_of.

    Judged weights serve where the refit is not finite, or 5% worse than they are on test windows, which it saw.
    """
    from recurcast.evaluation.refit import why_unfit
    from recurcast.tracking.stages import log_refitted
    from recurcast.tracking.trained import Served
    from recurcast.training.kinds import epochs_of
    from recurcast.training.kinds import refit as fit_again

    pipeline = request.pipeline
    most = epochs_of(pipeline) * pipeline.training.seeds

    def tell(epoch: "Epoch") -> None:
        progress.epoch(winner.fitted.cell, epoch.number, most, epoch.train, epoch.validation)

    fitted = fit_again(winner.fitted, pipeline, split, tell)
    unfit = why_unfit(fitted, judgement, pipeline, split, decision.metric)
    if unfit:
        return Served(winner, winner, f"the judged weights serve: {unfit}")
    return Served(log_refitted(winner, fitted, split), winner)


def track(run: "TrackedRun", request: Request, split: "Split") -> None:
    """Record how the champions of earlier ticks forecast what has come since."""
    from recurcast.tracking.track_record import log_known_targets

    if request.claims:
        log_known_targets(run.store, request.pipeline, request.as_of, split)


def promote(
    run: "TrackedRun",
    request: Request,
    split: "Split",
    trained: "tuple[TrainedCell, ...]",
    judgement: "Judgement",
    decision: "Decision",
    served: "Served",
) -> "Registration | None":
    """Return what became of the challenger in the registry; none where the run must leave the registry alone."""
    from recurcast.evaluation.evidence import fit_until_of
    from recurcast.tracking.charts import log_charts
    from recurcast.tracking.outcomes import outcome_tags
    from recurcast.tracking.registry.exports import export_baseline, export_challenger, mirror_serving, stamp_version
    from recurcast.tracking.registry.registry import register
    from recurcast.tracking.stages import note_of

    log_charts(run, request, split, trained, judgement, decision)
    registration = None
    if request.promote:
        exported = export_challenger(request.pipeline, served, split, judgement)
        registration = register(
            run,
            request,
            served.cell,
            decision,
            fit_until=fit_until_of(split, request.pipeline),
            frame_model=exported.frame_model,
            refitted=served.refitted,
        )
        stamp_version(run.store, registration.version, served.cell, exported)
        export_baseline(run, request.pipeline, split, judgement)
        mirror_serving(run.store, request.pipeline.name)
    by = current(request.root)
    said = note_of(request, judgement, decision, registration, by.remarks, by.dashboard)
    outcome = outcome_tags(request, "trained") | ({"executor": by.told} if by.told else {})
    run.settle()
    run.tag(**said, **outcome)  # the last thing said: an interval is done once its challenger stands in the registry
    return registration


PLAIN = Stages(obtain, validate, cut, train, evaluate, decide, refit, track, promote)
