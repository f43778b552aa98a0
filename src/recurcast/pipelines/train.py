"""The chain of stages, written once: whatever runs it, a plain call or Prefect's tasks, the result is the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from recurcast.config import Cell
from recurcast.environment import importing
from recurcast.errors import TooLittleHistory
from recurcast.executors.seam import current
from recurcast.pipelines.cells import train_at_once
from recurcast.runs.train import Progress, Request, RunResult, Silence

if TYPE_CHECKING:
    from recurcast.evaluation.evaluate import Judgement
    from recurcast.promotion.entries import Registration
    from recurcast.promotion.gate import Decision
    from recurcast.series.frame import SeriesFrame
    from recurcast.series.validation.report import ValidatedFrame
    from recurcast.series.windows import Split
    from recurcast.tracking.runs import TrackedRun
    from recurcast.tracking.trained import Served, TrainedCell


@dataclass(frozen=True)
class Stages:
    """What the chain calls: the functions of `recurcast.pipelines.stages`, plain or wrapped."""

    obtain: "Callable[[TrackedRun, Request], SeriesFrame]"
    validate: "Callable[[TrackedRun, Request, SeriesFrame], ValidatedFrame]"
    cut: "Callable[[Request, ValidatedFrame], Split]"
    train: "Callable[[TrackedRun, Request, Split, Cell, Progress], TrainedCell]"
    evaluate: "Callable[[TrackedRun, Request, Split, tuple[TrainedCell, ...]], Judgement]"
    decide: "Callable[[TrackedRun, Request, Judgement], Decision]"
    refit: "Callable[[TrackedRun, Request, Split, TrainedCell, Judgement, Decision, Progress], Served]"
    track: "Callable[[TrackedRun, Request, Split], None]"
    promote: "Callable[[TrackedRun, Request, Split, tuple[TrainedCell, ...], Judgement, Decision, Served], Registration | None]"


def run_interval(request: Request, stages: Stages, progress: Progress | None = None) -> RunResult:
    """Return what became of one interval: the cells trained on what was known at as_of, judged and recorded.

    An interval that is done with the same fingerprint, or that a living run holds, is not trained again: the result
    tells of that run, and this one leaves none. Raises DataRejected where the data break a rule (before anything is
    trained, the champion as it was) and StoreUnavailable where MLflow can't be used.
    """
    with importing():
        from recurcast.tracking.earlier_runs import held
        from recurcast.tracking.recovery import recover
        from recurcast.tracking.runs import discard, parent_run
        from recurcast.tracking.store import connect

    tell = progress or Silence()
    tell.stage("open the run")
    store = connect(request.root)
    if request.ticket is None or not request.ticket.tidy:
        recover(store, request.pipeline)
    if not request.superseded and (elsewhere := held(store, request)):
        return elsewhere
    with parent_run(store, request) as run:
        result = _within(run, request, stages, tell)
    if result.run_id != run.run_id:
        discard(run)
    tell.stage("done")
    return result


def _within(run: "TrackedRun", request: Request, stages: Stages, tell: Progress) -> RunResult:
    from recurcast.tracking.earlier_runs import EarlierRuns, held
    from recurcast.tracking.outcomes import untrained

    if request.superseded:
        return untrained(run, request, "superseded", request.superseded)
    tell.stage("obtain")
    frame = _obtained(run, request, stages)
    if isinstance(frame, RunResult):
        return frame
    earlier = EarlierRuns(run, request)
    if done := earlier.done():
        return done
    changed = earlier.changes()
    tell.stage("validate")
    validated = stages.validate(run, request, frame)
    tell.stage("cut windows")
    split, report = stages.cut(request, validated), validated.report
    del frame, validated  # many times the room of the windows, which look into a panel of their own
    if elsewhere := held(run.store, request, run.run_id):  # who claimed at the same moment is seen by now
        return elsewhere
    tell.stage("train")
    _have_charts_drawn(request)
    executor = current(request.root)
    trained = train_at_once(request.pipeline, split, partial(stages.train, run, request), tell, executor)
    tell.stage("evaluate")
    judgement = stages.evaluate(run, request, split, trained)
    tell.stage("decide")
    decision = stages.decide(run, request, judgement)
    served = _served(run, request, stages, split, trained, judgement, decision, tell)
    tell.stage("track")
    stages.track(run, request, split)
    tell.stage("promote")
    registration = stages.promote(run, request, split, trained, judgement, decision, served)
    from recurcast.tracking.stages import result_of  # which imports tensorflow: not before something is trained
    from recurcast.tracking.trained import how_started

    result = result_of(run, request, report, judgement, decision, registration)
    told = tuple(remark for remark in (changed, how_started(trained), served.remark) if remark)
    return replace(result, remarks=(*told, *executor.remarks, *result.remarks))


def _have_charts_drawn(request: Request) -> None:
    """Start the process that draws: it imports what it needs while the cells are fitted."""
    from recurcast.reporting.charts.apart import get_ready

    if request.pipeline.charts != "none":
        get_ready()


def _served(
    run: "TrackedRun",
    request: Request,
    stages: Stages,
    split: "Split",
    trained: "tuple[TrainedCell, ...]",
    judgement: "Judgement",
    decision: "Decision",
    tell: Progress,
) -> "Served":
    """What the challenger's version is made of: fitted anew where the pipeline asks for it, and a version comes of it."""
    from recurcast.tracking.trained import Served

    winner = next(each for each in trained if each.fitted.cell == decision.challenger)
    if request.pipeline.serving == "judged" or not request.promote:
        return Served(winner, winner)
    tell.stage("refit")
    return stages.refit(run, request, split, winner, judgement, decision, tell)


def _obtained(run: "TrackedRun", request: Request, stages: Stages) -> "SeriesFrame | RunResult":
    """The frame to train on, or the result of an interval that needs no training."""
    from recurcast.series.splitting import lack_of_history
    from recurcast.tracking.outcomes import untrained

    backfilled = request.trigger == "backfill"
    try:
        frame = stages.obtain(run, request)
    except TooLittleHistory as nothing:
        if not backfilled:
            raise
        return untrained(run, request, "no data", str(nothing))
    if backfilled and (lack := lack_of_history(frame, request.pipeline)):
        return untrained(run, request, "no data", lack)
    if request.trigger != "manual" and not frame.has_news_since(request.previous):
        return untrained(run, request, "no new data", "no new row since the previous tick")
    return frame
