"""What an earlier run of the same interval left: done with the same fingerprint, or with which change."""

import json
from datetime import UTC, datetime

from mlflow.entities import Run

from recurcast.instants import format_instant
from recurcast.runs.fingerprint import LIBRARIES_TAG
from recurcast.runs.leaderboard import ranked
from recurcast.runs.train import Request, RunResult
from recurcast.runs.zone_rules import changed_rules
from recurcast.tracking.artifacts import DECISION, LEADERBOARD
from recurcast.tracking.decisions import decision_in
from recurcast.tracking.intervals import fingerprint_in, trained_runs
from recurcast.tracking.leases import holder_of, rival
from recurcast.tracking.recorded_runs import artifact
from recurcast.tracking.registry.absent import why_nothing_serves
from recurcast.tracking.registry.registry import serving_if_any
from recurcast.tracking.runs import TrackedRun, flat_settings
from recurcast.tracking.store import Store, store_errors


def held(store: Store, request: Request, own: str | None = None) -> RunResult | None:
    """Return a result that names the living run which works on the interval, or none.

    For the run of id `own` only those count that claimed the interval before it.
    """
    if not request.claims:
        return None
    other = rival(store, request.pipeline.name, request.as_of, own)
    if other is None:
        return None
    why = f"{holder_of(other.data.tags)} works on it since {_instant(other.info.start_time)}"
    return RunResult(
        request.pipeline.name,
        request.as_of,
        "held",
        other.info.run_id,
        store.shown,
        remarks=(why,),
        experiment_id=other.info.experiment_id,
    )


class EarlierRuns:
    """The runs that trained an interval to its end before a run of today, which has its fingerprint already."""

    def __init__(self, run: TrackedRun, request: Request) -> None:
        self._run, self._request = run, request
        claims = request.claims
        self._runs = trained_runs(run.store, request.pipeline.name, request.as_of) if claims else []
        self._own_tags = _own_tags(run) if self._runs else {}

    def done(self) -> RunResult | None:
        """Return what is recorded of the interval where it is done with the same fingerprint, else none."""
        if self._request.force:
            return None
        fingerprint = fingerprint_in(self._own_tags)
        for earlier in self._runs:
            if fingerprint_in(earlier.data.tags) == fingerprint and not changed_rules(earlier.data.tags):
                return _recorded(self._run, self._request, earlier)
        return None

    def changes(self) -> str | None:
        """Return why the interval is trained again, or none where it was never trained: which of its inputs changed."""
        return what_changed(self._request, self._runs[0], self._own_tags) if self._runs else None


def what_changed(request: Request, earlier: Run, own_tags: dict[str, str]) -> str:
    """Return which inputs of an interval changed since an earlier run of it."""
    before, now = fingerprint_in(earlier.data.tags), fingerprint_in(own_tags)
    changed = now.changed_from(before)
    start = f"{before.start} -> {now.start}" if before.start and now.start else ""
    libraries = [tags.get(LIBRARIES_TAG, "") for tags in (earlier.data.tags, own_tags)]
    upgraded = " -> ".join(libraries) if all(libraries) and len(set(libraries)) > 1 else ""
    details = {"configuration": _changed_fields(earlier, request), "start": start, "calendar": upgraded}
    told = [f"{part} ({details[part]})" if details.get(part) else part for part in changed]
    told += [rules] if (rules := changed_rules(earlier.data.tags)) else []
    since = f"since the run of {_instant(earlier.info.end_time)}"
    return (
        f"trained again: changed {since}: {', '.join(told)}"
        if told
        else f"trained again as asked: nothing changed {since}"
    )


def _changed_fields(earlier: Run, request: Request) -> str:
    before, now = earlier.data.params, {key: str(value) for key, value in flat_settings(request.pipeline).items()}
    fields = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    return ", ".join(f"{key} {before.get(key, 'none')} -> {now.get(key, 'none')}" for key in fields[:5])


def _own_tags(run: TrackedRun) -> dict[str, str]:
    with store_errors(run.store.uri):
        return dict(run.store.client.get_run(run.run_id).data.tags)


def _recorded(run: TrackedRun, request: Request, earlier: Run) -> RunResult:
    with store_errors(run.store.uri):
        table = json.loads(artifact(run.store, earlier.info.run_id, LEADERBOARD))
        decision = decision_in(artifact(run.store, earlier.info.run_id, DECISION).decode())
    rows = (dict(zip(table["columns"], values, strict=True)) for values in table["data"])
    since = f"recorded {_instant(earlier.info.end_time)}, with the same configuration, data and code"
    name = request.pipeline.name
    gone = () if serving_if_any(run.store, name) else (why_nothing_serves(run.store, name),)
    return RunResult(
        request.pipeline.name,
        request.as_of,
        "already done",
        earlier.info.run_id,
        run.store.shown,
        ranked(rows, decision.metric),
        decision,
        remarks=(since, *gone),
        provisional=earlier.data.tags.get("provisional") == "true",
        experiment_id=earlier.info.experiment_id,
    )


def _instant(milliseconds: int) -> str:
    return format_instant(datetime.fromtimestamp(milliseconds // 1000, UTC))
