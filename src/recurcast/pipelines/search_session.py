"""A search opened: its origins looked at, its trials found in the storage or begun, what can't be refused before any training."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from recurcast.config import PipelineConfig
from recurcast.config.search_space import axes_of, cells_of, tried
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.instants import format_instant
from recurcast.pipelines.search_origins import Origin, Plan, digest_of, look, plan_origins
from recurcast.pipelines.search_trials import TrialFailed, first_words, settled
from recurcast.pipelines.windows import windows_of
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.runs.search import Compared, Value
from recurcast.runs.search_request import SearchRequest
from recurcast.series.lake.in_order import InOrder, one_by_one
from recurcast.tracking.recovery import recover
from recurcast.tracking.search_records import run_of_search, tags_of_run
from recurcast.tracking.store import Store, connect
from recurcast.tracking.studies.adopting import OldTrials
from recurcast.tracking.studies.drawing import some_of
from recurcast.tracking.studies.storage import open_searches, storage_errors
from recurcast.tracking.studies.study import SharedStudy

_DRAWN = 64
"""Settings that are drawn to see whether any can be."""


@dataclass(frozen=True)
class Session:
    """A search as this process works on it."""

    request: SearchRequest
    store: Store
    plan: Plan
    origins: tuple[Origin, ...]
    metric: str
    study: SharedStudy
    run_id: str
    remarks: tuple[str, ...] = ()

    @property
    def pipeline(self) -> PipelineConfig:
        """Return the pipeline, its test part as long as what is scored."""
        return self.plan.pipeline

    @property
    def compared(self) -> Compared | None:
        """Return on how many of the series settings are compared; none: on all."""
        return None if self.plan.sample is None else self.plan.sample.compared

    @cached_property
    def fresh(self) -> tuple[Origin, ...]:
        """Return the fresh origins."""
        search = self.pipeline.search
        return look(self.plan, range(search.origins, search.origins + search.fresh_origins))


def open_session(request: SearchRequest, in_order: InOrder = one_by_one) -> Session:
    """Return the search of a request as this process works on it; `in_order` looks at a lake's files.

    Raises ConfigurationError where no settings of its space can be, DataRejected where the rows of an origin break a rule or
    are too few, StoreUnavailable where MLflow's store or Optuna's can't be used.
    """
    plan = plan_origins(request.pipeline, request.as_of, request.root, in_order)
    origins = look(plan, range(request.pipeline.search.origins))
    refuse_empty_space(plan.pipeline, origins[0])
    metric = metric_of(plan.pipeline, origins)
    store = connect(request.root)
    recover(store, request.pipeline)
    searches = open_searches(store)
    beginning = f"{request.pipeline.name} {format_instant(request.as_of)} seed {request.pipeline.search.seed} "
    place = "" if searches.file is not None else store.shown
    name = f"{beginning}{_digest(_what_counts(plan, origins, metric), place)[:12]}"
    with storage_errors(place or str(searches.file)):
        study = SharedStudy(searches, name, plan.pipeline, len(origins), lambda run_id: tags_of_run(store, run_id))
        with searches.locked():
            run_id = run_of_search(store, request, name, metric)
        session = Session(request, store, plan, origins, metric, study, run_id)
        old = OldTrials(searches, beginning, name, plan.pipeline, lambda settings: _fits_of_settings(settings, session))
        adopted = study.begin(old)
    remarks = []
    if len(old):
        adopted = adopted or study.adopted()
        remarks.append(
            f"an earlier search of this as_of was for another configuration, space or data: of its {len(old)} finished trials "
            f"{adopted} fit and count here"
        )
    if request.pipeline.training.warm_start:
        remarks.append("trials are trained from drawn weights: training.warm_start counts for runs alone")
    return Session(request, store, plan, origins, metric, study, run_id, tuple(remarks))


def metric_of(pipeline: PipelineConfig, origins: tuple[Origin, ...]) -> str:
    """Return what trials are judged by: the gate's metric, or MAE in the place of MASE where an origin has no scale."""
    metric = pipeline.gate.metric
    return next((found for each in origins if (found := each.baseline.measure(metric)) != metric), metric)


def refuse_empty_space(pipeline: PipelineConfig, earliest: Origin) -> None:
    """Raise ConfigurationError where no settings that are drawn can be, or none has windows at the earliest origin."""
    possible, broken = [], ""
    for cell, settings in some_of(pipeline, _DRAWN):
        try:
            possible.append(settled(pipeline, cell, settings, 0))
        except TrialFailed as failure:
            broken = broken or str(failure)
    if possible:
        shortest = min(possible, key=lambda each: each.windows.lookback)
        try:
            windows_of(shortest, earliest.frame)
            return
        except DataRejected as rejected:
            broken = f"{rejected.rule}: {rejected.received}, at {format_instant(earliest.instant)}"
    raise ConfigurationError(
        f"a search's space holds settings that can be; of {_DRAWN} drawn from that of '{pipeline.name}' none can: {broken}. "
        "Change search.space, or what it contradicts."
    )


def fits_of(pipeline: PipelineConfig, session: Session) -> str:
    """Return a digest of what a trial's scores depend on besides its seed."""
    return _digest(_numbers(pipeline), _seen(session.origins), session.metric)


def _fits_of_settings(settings: Mapping[str, Value], session: Session) -> str:
    try:
        return fits_of(tried(session.pipeline, settings, 0), session)
    except ValueError as error:
        return first_words(error)


def _what_counts(plan: Plan, origins: tuple[Origin, ...], metric: str) -> str:
    search = plan.pipeline.search
    axes = {cell: axes_of(plan.pipeline, cell) for cell in cells_of(plan.pipeline)}
    space = {cell: {field: repr(axis) for field, axis in own.items()} for cell, own in axes.items()}
    asked = [search.sampler, search.pruner, search.seed, search.origins, search.fresh_origins, space]
    return json.dumps([asked, _numbers(plan.pipeline), _seen(origins), metric])


def _seen(origins: tuple[Origin, ...]) -> str:
    return digest_of(origins)


def _numbers(pipeline: PipelineConfig) -> str:
    """What the weights of a trial and its scores depend on, besides rows and seed."""
    blocks = ("source", "frequency", "season", "parts", "windows", "checks", "network", "training")
    stated = pipeline.model_dump(mode="json", include=set(blocks))
    stated["training"] |= {"seed": 0, "warm_start": None}
    cells = stated["network"].pop("cells", None)  # who else competes in a run changes no trial
    del cells
    return json.dumps([stated, fingerprint_of(pipeline, "").code], sort_keys=True)


def _digest(*texts: str) -> str:
    return blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()
