"""What a search proposed, trained once beside a scheduled run of the configuration as it stands (`search.accept: gate`)."""

from dataclasses import replace

from recurcast.config import PipelineConfig
from recurcast.config.search_space import tried
from recurcast.pipelines.train import Stages, run_interval
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.runs.search import SearchRecord
from recurcast.runs.search_facts import outcome_of
from recurcast.runs.search_proposal import proposal_of
from recurcast.runs.train import Progress, Request, RunResult

_TRIED = "tried"
"""Tag of a search's run: the as_of at which the gate had its proposal before it."""


def run_proposal(request: Request, stages: Stages, progress: Progress | None = None) -> RunResult | None:
    """Return what became of the newest search's proposal, trained as of the request's instant; none where there is none.

    It is tried once, and only where it won on its fresh origins and the configuration is what the search began from. What the
    gate promotes serves; prefect.yaml stays as it is. The run takes nothing from the interval's own: plans, leases and track
    records don't count it.
    """
    asked = request.pipeline.search.accept == "gate" and request.trigger == "schedule"
    if not asked or not request.claims or request.superseded:
        return None
    record = _untried(request)
    if record is None:
        return None
    pipeline = proposed(record, request.pipeline)
    beside = replace(request, pipeline=pipeline, previous=None, following=None, force=True, proposal=record.id)
    try:
        result = run_interval(beside, stages, progress)
    except Exception:
        _say_tried(request, record)  # it would fail again; one that was killed on the way is tried once more
        raise
    _say_tried(request, record)
    return replace(result, remarks=(*result.remarks, _told(record, result)))


def proposed(record: SearchRecord, pipeline: PipelineConfig) -> PipelineConfig:
    """Return the pipeline with a winner's settings, its cell alone, and the instant up to which the search read."""
    assert record.winner is not None, "what has no winner proposes nothing"
    winner = record.trial(record.winner)
    settings = proposal_of(record, pipeline).settings
    own = {field: value for field, value in settings.items() if not field.startswith(("network.cells", "search."))}
    found = tried(pipeline, own, pipeline.training.seed, winner.cell)
    read = found.search.read_until
    until = record.read_until if read is None else max(read, record.read_until)
    return found.model_copy(update={"search": found.search.model_copy(update={"read_until": until})})


def _untried(request: Request) -> SearchRecord | None:
    """The newest search of what was known by as_of, if its proposal is still to be tried."""
    from recurcast.tracking.search_records import read_record, search_runs
    from recurcast.tracking.store import connect

    store, pipeline = connect(request.root), request.pipeline
    for run in search_runs(store, [pipeline.name]):
        record = read_record(store, run.info.run_id)
        if record is None or record.as_of > request.as_of:
            continue
        stands = record.configuration == fingerprint_of(pipeline, "").configuration
        return record if outcome_of(record) == "won" and stands and _TRIED not in run.data.tags else None
    return None


def _say_tried(request: Request, record: SearchRecord) -> None:
    from recurcast.tracking.search_records import tag_search
    from recurcast.tracking.store import connect

    tag_search(connect(request.root), record.run_id, _TRIED, request.as_of)


def _told(record: SearchRecord, result: RunResult) -> str:
    told = f"these are the settings of search {record.id[:8]}, trained beside those that stand (search.accept: gate)"
    if result.decision is None or result.decision.verdict != "promote":
        return told
    return f"{told}; prefect.yaml still has the others: recurcast search accept {record.id[:8]} writes these"
