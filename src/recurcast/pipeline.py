"""The chain of stages, written once: whatever runs it, a plain call or Prefect's tasks, the result is the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recurcast.config import CELLS, Cell
from recurcast.records import Judgement, Progress, Request, RunResult, Silence, TrainedCell

if TYPE_CHECKING:
    from recurcast.promotion import Decision
    from recurcast.series.frame import SeriesFrame
    from recurcast.tracking.registry import Registration
    from recurcast.tracking.runs import TrackedRun
    from recurcast.validation.report import ValidatedFrame
    from recurcast.windows import Split


@dataclass(frozen=True)
class Stages:
    """What the chain calls: the functions of `recurcast.stages`, plain or wrapped."""

    obtain: "Callable[[TrackedRun, Request], SeriesFrame]"
    validate: "Callable[[TrackedRun, Request, SeriesFrame], ValidatedFrame]"
    cut: "Callable[[Request, ValidatedFrame], Split]"
    train: "Callable[[TrackedRun, Request, Cell, Split, Progress], TrainedCell]"
    evaluate: "Callable[[TrackedRun, Request, Split, tuple[TrainedCell, ...]], Judgement]"
    decide: "Callable[[TrackedRun, Request, Judgement], Decision]"
    promote: "Callable[[TrackedRun, Request, tuple[TrainedCell, ...], Decision], Registration | None]"


def run_interval(request: Request, stages: Stages, progress: Progress | None = None) -> RunResult:
    """Return what became of one interval: three cells trained on what was known at as_of, judged and recorded.

    Raises DataRejected where the data break a rule (before anything is trained, the champion as it was) and
    StoreUnavailable where MLflow can't be used.
    """
    from recurcast.tracking.reports import untrained
    from recurcast.tracking.runs import parent_run
    from recurcast.tracking.store import connect

    tell = progress or Silence()
    tell.stage("open the run")
    with parent_run(connect(request.root), request) as run:
        tell.stage("obtain")
        frame = stages.obtain(run, request)
        if request.trigger == "schedule" and not frame.has_news_since(request.previous):
            return untrained(run, request)
        tell.stage("validate")
        validated = stages.validate(run, request, frame)
        tell.stage("cut windows")
        split = stages.cut(request, validated)
        trained: tuple[TrainedCell, ...] = ()
        for cell in CELLS:
            tell.stage(f"train {cell}")
            trained += (stages.train(run, request, cell, split, tell),)
        tell.stage("evaluate")
        judgement = stages.evaluate(run, request, split, trained)
        tell.stage("decide")
        decision = stages.decide(run, request, judgement)
        tell.stage("promote")
        registration = stages.promote(run, request, trained, decision)
        tell.stage("done")
        from recurcast.tracking.results import result_of

        return result_of(run, request, validated.report, judgement, decision, registration)
