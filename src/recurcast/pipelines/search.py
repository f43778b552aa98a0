"""A search: trials on origins in the past, the winner judged once more on later ones, and a proposal; nothing is promoted.

    plan origins ─▶ take a trial ─▶ origin by origin: fit, score, given up? ─▶ told ─┐
                        ▲                                                             │ until there are enough
                        └─────────────────────────────────────────────────────────────┘
    the best of those that saw every origin ─▶ it, and the configuration as it stood, on the fresh origins ─▶ record

Whoever works on it, here or elsewhere, shares Optuna's storage and MLflow's runs: killed at any moment and begun again, it
goes on where it was.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING

from recurcast.environment import importing
from recurcast.executors.seam import HERE, Executor, current, in_order_at
from recurcast.pipelines.threads import threads_for
from recurcast.runs.search import SearchRecord, best_of
from recurcast.runs.search_request import Begun, NobodyListens, SearchProgress, SearchRequest

if TYPE_CHECKING:
    from recurcast.pipelines.search_session import Session
    from recurcast.tracking.runs import TrackedRun
    from recurcast.tracking.studies.study import Taken

_LOOK_AGAIN = 0.5  # seconds between two looks at what others do


def run_search(
    request: SearchRequest, progress: SearchProgress | None = None, give_way: Callable[[], None] = lambda: None
) -> SearchRecord:
    """Return what came of a search, begun or gone on with; it is kept with its run in MLflow.

    `give_way` is called between two trials: it may wait until others have done.

    Raises ConfigurationError where no settings of its space can be, DataRejected where the rows of an origin break a rule or
    are too few, StoreUnavailable where MLflow's store or Optuna's can't be used.
    """
    with importing():
        from recurcast.pipelines.search_session import open_session
        from recurcast.pipelines.search_told import tell
        from recurcast.pipelines.search_workers import helping
        from recurcast.tracking.search_records import working_on_search

    hears = progress or NobodyListens()
    session = open_session(request, in_order_at(request.root))
    news = _News(session, hears)
    news.begun()
    with working_on_search(session.store, session.run_id) as run:
        executor = current(request.root)
        with nullcontext() if executor.at_once else helping(request, help_with):
            _work(session, run, news, give_way, executor)
        record = tell(session, run, hears)
    hears.over(record)
    return record


def help_with(request: SearchRequest, worker: int, alive: Callable[[], bool]) -> None:
    """Work on a search that another process leads, as long as there is something to take and that one lives."""
    from recurcast.pipelines.search_session import open_session
    from recurcast.tracking.runs import TrackedRun

    session = open_session(request)
    experiment = session.store.client.get_run(session.run_id).info.experiment_id
    run = TrackedRun(session.store, experiment, session.run_id)
    ends = _end(request)
    while alive() and time.monotonic() < ends:
        taken = session.study.take(request.pipeline.search.trials, worker)
        if taken is None:
            return
        _try(session, run, taken, HERE)


def _work(
    session: "Session", run: "TrackedRun", news: "_News", give_way: Callable[[], None], executor: Executor
) -> None:
    """Take trials until there are enough, or the time is up, and everybody else has ended theirs."""
    from recurcast.tracking.search_records import hold

    ends = _end(session.request)
    at_once = max(executor.at_once, session.request.workers) if executor.at_once else 1
    threads, going, done = threads_for(at_once), set[Future[None]](), False
    try:
        while True:
            # What a dead process left is ended even when time is up.
            total = session.request.pipeline.search.trials if time.monotonic() < ends else 0
            taken = session.study.take(total, worker=0) if len(going) < at_once else None
            if taken is not None:
                going.add(threads.submit(_try, session, run, taken, executor))
            elif not going and not session.study.running():
                news.look()
                done = True
                return
            elif not going:
                time.sleep(_LOOK_AGAIN)
            ended = wait(going, timeout=_LOOK_AGAIN if taken is None else 0, return_when=FIRST_COMPLETED).done
            going -= ended
            for each in ended:
                each.result()
                hold(run)
                give_way()
            news.look()
    finally:
        threads.shutdown(wait=done, cancel_futures=True)  # those that wait for an executor end with it


def _try(session: "Session", parent: "TrackedRun", taken: "Taken", executor: Executor) -> None:
    """Bring a trial to its end: from the origin that it has come to, origin by origin, until it is given up or fails."""
    from recurcast.pipelines.search_session import fits_of
    from recurcast.pipelines.search_trials import TrialFailed, score_on, settled
    from recurcast.tracking.search_records import log_trial, trial_run

    study, scores, n_origins = session.study, list(taken.scores), len(session.origins)
    began, fitted, error = time.perf_counter() - taken.seconds, None, ""
    state = "finished"
    name, instants = session.pipeline.name, [each.instant for each in session.origins]
    with trial_run(parent, name, taken.number, taken.cell, taken.settings, taken.seed, taken.run_id) as own:
        study.note(taken, run_id=own.run_id)
        try:
            pipeline = settled(session.pipeline, taken.cell, taken.settings, taken.seed)
            study.note(taken, fits=fits_of(pipeline, session))
            if scores and study.reached(taken, tuple(scores), last=len(scores) == n_origins):
                state = "pruned"
            while state == "finished" and len(scores) < n_origins:
                scored = score_on(session.origins[len(scores)], pipeline, taken.cell, session.metric, executor)
                fitted = scored.fitted
                scores.append(scored.score)
                study.note(taken, seconds=time.perf_counter() - began)
                if study.reached(taken, tuple(scores), last=len(scores) == n_origins):
                    state = "pruned"
        except TrialFailed as failure:
            state = "failed"
            at = f" (at {instants[len(scores)]:%Y-%m-%d %H:%M}, origin {len(scores) + 1})" if scores else ""
            error = f"{failure}{at}"
        log_trial(own, session.request, state, scores, fitted, error)
    if state == "failed":
        own.ends("FAILED")
    study.tell(taken, state, tuple(scores), seconds=time.perf_counter() - began, error=error)


def _end(request: SearchRequest) -> float:
    """When the last trial may begin, as `time.monotonic` counts."""
    budget = request.budget
    return time.monotonic() + (timedelta.max if budget is None else budget).total_seconds()


class _News:
    """Tells of each trial that ended, whoever worked on it, once."""

    def __init__(self, session: "Session", hears: SearchProgress) -> None:
        self._session, self._hears = session, hears
        self._known: set[int] = set()

    def begun(self) -> None:
        session = self._session
        ended = session.study.ended()
        self._known = {each.number for each in ended}
        instants, search = [each.instant for each in session.origins], session.pipeline.search
        self._hears.begun(
            Begun(
                session.run_id,
                search.trials,
                tuple(instants),
                tuple(each.instant for each in session.fresh),
                session.metric,
                session.plan.scored,
                ended,
                session.remarks,
                session.compared,
            )
        )

    def look(self) -> None:
        ended = self._session.study.ended()
        best = next(iter(best_of(ended)), None)
        for trial in ended:
            if trial.number not in self._known:
                self._known.add(trial.number)
                self._hears.ended(trial, best, len(self._known))
