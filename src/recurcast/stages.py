"""The stages as plain functions: each computes a value in the core and records it.

Heavy libraries are imported by the stage that needs them: whoever only names the stages pays for none.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from recurcast.config import CELLS, Cell
from recurcast.pipeline import Stages
from recurcast.records import Judgement, Progress, Request, TrainedCell

if TYPE_CHECKING:
    from recurcast.promotion import Decision
    from recurcast.series.frame import SeriesFrame
    from recurcast.tracking.registry import Registration
    from recurcast.tracking.runs import TrackedRun
    from recurcast.training import Epoch
    from recurcast.validation.report import ValidatedFrame
    from recurcast.windows import Split


def obtain(run: "TrackedRun", request: Request) -> "SeriesFrame":
    """Return the rows known at as_of, their digest recorded."""
    from recurcast.fingerprint import fingerprint_of
    from recurcast.series.sources import obtain as read
    from recurcast.tracking.runs import log_dataset

    frame = read(request.pipeline, request.as_of, request.root)
    fingerprint = fingerprint_of(request.pipeline, frame)
    log_dataset(run, request.pipeline, frame, fingerprint.data)
    run.tag(fingerprint=fingerprint.all, code=fingerprint.code, data=fingerprint.data)
    return frame


def validate(run: "TrackedRun", request: Request, frame: "SeriesFrame") -> "ValidatedFrame":
    """Return the frame that kept every rule; the report is recorded either way."""
    from recurcast.tracking.reports import log_report
    from recurcast.validation.checking import validate as check
    from recurcast.validation.report import ValidationFailed

    try:
        validated = check(frame, request.pipeline, request.as_of)
    except ValidationFailed as failure:
        log_report(run, failure.report, frame)
        raise
    log_report(run, validated.report, None)
    return validated


def cut(request: Request, validated: "ValidatedFrame") -> "Split":
    """Return the windows of the three parts."""
    from recurcast.series.calendar import calendar_features
    from recurcast.series.frame import lay_out
    from recurcast.windows import cut as cut_windows

    pipeline, frame = request.pipeline, validated.frame
    calendar = calendar_features(frame.steps, pipeline.network.calendar, pipeline.source.timezone)
    return cut_windows(lay_out(frame, calendar), pipeline.parts, pipeline.windows)


def train(run: "TrackedRun", request: Request, cell: Cell, split: "Split", progress: Progress) -> TrainedCell:
    """Return one fitted cell, recorded in a child run with its model and loss curve."""
    from recurcast.tracking.results import log_fitted
    from recurcast.tracking.runs import child_run
    from recurcast.training import fit_cell

    pipeline = request.pipeline

    def tell(epoch: "Epoch") -> None:
        progress.epoch(cell, epoch.number, pipeline.training.epochs, epoch.train, epoch.validation)

    with child_run(run, pipeline, request.as_of, cell) as own:
        return log_fitted(own, request, fit_cell(cell, pipeline, split, tell), split)


def evaluate(run: "TrackedRun", request: Request, split: "Split", trained: tuple[TrainedCell, ...]) -> Judgement:
    """Return the scores of the cells, the champion as of as_of and the baselines, recorded."""
    from recurcast.judging import judge
    from recurcast.tracking.registry import champion_as_of
    from recurcast.tracking.results import log_judgement

    with TemporaryDirectory() as folder:
        champion = champion_as_of(run.store, request.pipeline, request.as_of, Path(folder))
        judgement = judge(request.pipeline, split, [each.fitted for each in trained], champion)
    log_judgement(run, request, trained, judgement)
    return judgement


def decide(run: "TrackedRun", request: Request, judgement: Judgement) -> "Decision":
    """Return the verdict, recorded with its reason and figures."""
    from recurcast.promotion import choose
    from recurcast.promotion import decide as judge_challenger
    from recurcast.tracking.results import log_decision

    gate = request.pipeline.gate
    challenger = choose(judgement.validation, CELLS, gate.metric)
    decision = judge_challenger(challenger, judgement.validation, judgement.test, gate)
    log_decision(run, request, judgement, decision)
    return decision


def promote(
    run: "TrackedRun", request: Request, trained: tuple[TrainedCell, ...], decision: "Decision"
) -> "Registration | None":
    """Return what became of the challenger in the registry; none where the run must leave the registry alone."""
    from recurcast.tracking.registry import register

    if not request.promote:
        return None
    winner = next(each for each in trained if each.fitted.cell == decision.challenger)
    return register(winner.run, request.pipeline, request.as_of, winner.model_id, decision)


PLAIN = Stages(obtain, validate, cut, train, evaluate, decide, promote)
