"""What is told of a search: its winner and the configuration as it stood, judged once more where no trial looked."""

from collections.abc import Iterable

from recurcast.config.search import Axis as Stated
from recurcast.config.search import Range
from recurcast.config.search_fields import is_whole
from recurcast.config.search_space import axes_of, cells_of, steps_of
from recurcast.executors.seam import current
from recurcast.pipelines.search_session import Session
from recurcast.pipelines.search_trials import TrialFailed, score_on, settled
from recurcast.reporting.page.searched import ShownSearch
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.runs.search import Axis, FreshScore, SearchRecord, Trial, proposable
from recurcast.runs.search_request import SearchProgress
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.search_page import keep_search_page
from recurcast.tracking.search_records import log_told, read_record, write_record


def tell(session: Session, run: TrackedRun, hears: SearchProgress) -> SearchRecord:
    """Return the record of a search whose trials have ended, and keep it with its run.

    A fresh score that was told before is told again, not computed anew.
    """
    search, trials = session.pipeline.search, session.study.ended()
    standing = session.study.standing()
    best = proposable(trials, standing)
    stood = next((each for each in best if each.number in standing), None)
    before = read_record(session.store, session.run_id)
    known = {} if before is None else {each.trial: each for each in before.fresh}
    fresh, remarks = [], list(session.remarks)
    for trial in dict.fromkeys(each.number for each in (*best[:1], *([stood] if stood else []))):
        told = known.get(trial)
        if told is None:
            try:
                told = _judged_again(session, next(each for each in trials if each.number == trial))
            except TrialFailed as failure:
                remarks.append(f"trial {trial} has no fresh score: {failure}")
                continue
        fresh.append(told)
        hears.told(told)
    baseline = session.pipeline.gate.baseline
    record = SearchRecord(
        session.run_id,
        session.pipeline.name,
        session.request.as_of,
        session.plan.read_until,
        session.metric,
        search.sampler,
        search.pruner,
        search.seed,
        tuple(each.instant for each in session.origins),
        tuple(each.instant for each in session.fresh),
        trials,
        best[0].number if best else None,
        tuple(fresh),
        session.run_id,
        0 if stood is None else stood.number,
        axes_told(session),
        session.study.importances(),
        baseline,
        _mean(each.baseline.score(baseline, session.metric) for each in session.origins),
        _mean(each.baseline.score(baseline, session.metric) for each in session.fresh),
        tuple(remarks),
        fingerprint_of(session.request.pipeline, "").configuration,
        session.compared,
    )
    write_record(run, record)
    log_told(run, record)
    keep_search_page(run, ShownSearch(record, session.request.pipeline, session.request.timezone))
    return record


def axes_told(session: Session) -> dict[str, Axis]:
    """Return what each setting could be, of all cells together."""
    pipeline = session.pipeline
    found: dict[str, Stated] = {}
    for cell in cells_of(pipeline):
        found |= axes_of(pipeline, cell)
    told = {}
    for field, axis in found.items():
        if isinstance(axis, Range):
            ends = [steps_of(pipeline, field, axis, each) for each in (axis.low, axis.high)]
            low, high = (int(each) if is_whole(field) else float(each) for each in ends)  # type: ignore[arg-type]
            told[field] = Axis(low, high, axis.log)
        else:
            told[field] = Axis(choices=axis)
    return told


def _judged_again(session: Session, trial: Trial) -> FreshScore:
    """The score of a trial, trained as it was, on what was known at each fresh origin."""
    pipeline = settled(session.pipeline, trial.cell, trial.settings, trial.seed)
    executor = current(session.request.root)
    scores = (score_on(each, pipeline, trial.cell, session.metric, executor).score for each in session.fresh)
    return FreshScore(trial.number, tuple(scores))


def _mean(scores: Iterable[float]) -> float:
    each = list(scores)
    return float(sum(each) / len(each))
