"""The origins of a search: instants in the past, and what was known at each.

    steps       ... |  train | validation | scored |                                        o1
                    ...      | train | validation | scored |                                o2 ... f1 f2
                                                               | test part of as_of |      as_of

Each is an `as_of` for which the pipeline would have cut its parts; what is scored is its own test part, which stops no
training and chooses no weights. The scored parts follow one another, the last one up to the test part of the search's own
`as_of`, which is never read. They are as long as that test part, or shorter where the series begin too late: so that the
earliest origin keeps half of the train part at least, and a horizon at least.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.base import MANY
from recurcast.errors import DataRejected, TooLittleHistory
from recurcast.evaluation.competitors import baselines
from recurcast.evaluation.metrics import Evaluation, evaluate
from recurcast.instants import format_instant
from recurcast.pipelines.search_sample import Sample, as_searched, drawn, known_of_all
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import duration
from recurcast.series.lake.in_order import InOrder, one_by_one
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from recurcast.series.validation.checks import validate

_LEAST_TRAINED = 0.5
"""Of what the train part holds at as_of, the share that it holds at the earliest origin."""


@dataclass(frozen=True, eq=False)
class Origin:
    """An instant, and what was known then."""

    instant: datetime
    frame: SeriesFrame
    baseline: Evaluation
    """The pipeline's baseline on its scored windows."""


@dataclass(frozen=True)
class Plan:
    """Where a search looks: each origin's end as a number of steps, and how many steps are scored before it."""

    steps: pd.DatetimeIndex
    """Those that are known at as_of, and earlier ones."""
    ends: tuple[int, ...]
    """The number of the first step that an origin does not know, ascending; the last are the fresh ones."""
    scored: int
    read_until: datetime
    """The first step of the test part, which no score depends on."""
    pipeline: PipelineConfig
    """With a test part as long as what is scored."""
    whole: SeriesFrame
    """Everything that is known at as_of of what is searched on, as far back as is needed; of a lake without its rows."""
    sample: Sample | None
    """The series that are searched on; none: all."""
    age: pd.Timedelta
    """From the last step that can be known to as_of."""
    root: Path


def plan_origins(pipeline: PipelineConfig, as_of: datetime, root: Path, in_order: InOrder = one_by_one) -> Plan:
    """Return where a search as of an instant looks; `in_order` looks at a lake's files.

    Raises TooLittleHistory where the series are too short for it, ConfigurationError where its sample takes too much memory.
    """
    search, parts = pipeline.search, pipeline.parts
    n_origins = search.origins + search.fresh_origins
    further = pipeline.model_copy(
        update={"parts": parts.model_copy(update={"history": parts.history + n_origins * parts.test})}
    )
    whole = known_of_all(further, as_of, root, in_order)
    steps = whole.steps
    first = len(steps) if whole.ends is None else int(steps.searchsorted(whole.ends[0]))
    begins = len(steps) - parts.test
    trained = min(begins - parts.validation - first, parts.history)
    scored = _scored(pipeline, begins - first - parts.validation, trained, n_origins)
    if scored is None:
        least = (pipeline.fewest or pipeline.windows.lookback) + pipeline.windows.horizon
        needed = least + parts.validation + n_origins * pipeline.windows.horizon + parts.test
        raise TooLittleHistory(
            f"a search of {search.origins} origins and {search.fresh_origins} fresh ones needs {needed} steps at least: of a "
            f"window, validation {parts.validation}, a horizon for each origin, and test {parts.test}",
            f"{len(steps) - first} are known at {format_instant(as_of)}",
            "Take fewer origins (search.origins, search.fresh_origins), shorter parts, or a later as_of",
        )
    ends = tuple(begins - scored * back for back in reversed(range(n_origins)))
    own = as_searched(pipeline).model_copy(update={"parts": parts.model_copy(update={"test": scored})})
    age = pd.Timestamp(as_of) - steps[-1]
    by_last_row = parts.align == "last_row"
    sample = drawn(whole, own, None if by_last_row else steps[begins])
    if sample is not None and by_last_row:
        whole = sample.known(as_searched(further), as_of, root)
    return Plan(steps, ends, scored, steps[begins].to_pydatetime(warn=False), own, whole, sample, age, root)


def _scored(pipeline: PipelineConfig, before: int, trained: int, n_origins: int) -> int | None:
    """Steps that are scored at each origin; none where a horizon at each is too much.

    Of the steps `before` the test part and its validation, the earliest origin leaves what the scored parts don't take.
    """
    horizon = pipeline.windows.horizon
    least = (pipeline.fewest or pipeline.windows.lookback) + horizon
    for kept in (max(least, int(trained * _LEAST_TRAINED)), least):
        longest = min(pipeline.parts.test, (before - kept) // n_origins)
        if longest >= horizon:
            return longest
    return None


def look(plan: Plan, numbers: Sequence[int]) -> tuple[Origin, ...]:
    """Return some of the origins, each with what was known then, checked as a run checks it; without series too short then.

    Raises DataRejected where the rows of one break a rule.
    """
    return tuple(_origin(plan, plan.ends[number]) for number in numbers)


def _origin(plan: Plan, end: int) -> Origin:
    pipeline = plan.pipeline
    instant = _instant(plan, end)
    if pipeline.parts.align == "last_row":
        frame = _last_rows_before(plan, end)
    elif plan.sample is not None:
        frame = plan.sample.known(pipeline, instant, plan.root)
    else:
        frame = obtain(pipeline, instant, plan.root)
    # A series that was too short then is no fault of today's: it is left out there, however many may be.
    checks = pipeline.checks.model_copy(update={"max_bad_series": MANY})
    try:
        frame = validate(frame, pipeline.model_copy(update={"checks": checks}), instant).frame
        split = split_of(pipeline, frame)
    except DataRejected as refused:
        if plan.sample is None or plan.sample.compared is None:
            raise
        raise plan.sample.compared.refusal(refused) from refused
    names = {pipeline.gate.baseline}
    own = [each for each in baselines(pipeline) if each.name in names]
    scores = evaluate(own, split.test, split, pipeline.season, pipeline.gate.baseline)
    return Origin(instant, frame, scores)


def _instant(plan: Plan, end: int) -> datetime:
    """As long after the last step that it knows as as_of is after its own, yet before it could know another one."""
    delay = duration(plan.pipeline.source.delay)
    latest = plan.steps[end] + delay - (pd.Timedelta(1, "us") if delay else pd.Timedelta(0))
    return min(plan.steps[end - 1] + plan.age, latest).to_pydatetime(warn=False)


def _last_rows_before(plan: Plan, end: int) -> SeriesFrame:
    """Where parts are counted back from each series' own last row, that many of its rows less; nothing is known ahead then."""
    whole, left = plan.whole, len(plan.steps) - end
    rows = whole.rows[whole.rows["y"].notna()] if whole.rows["y"].isna().any() else whole.rows
    place = plan.steps.get_indexer(pd.DatetimeIndex(rows["ds"]))
    last = pd.Series(place).groupby(rows["unique_id"].to_numpy()).transform("max").to_numpy()
    first = end - plan.pipeline.parts.steps
    # Where it ends differs from series to series, and so does where it begins.
    kept = (place <= last - left) & (place >= last - left - plan.pipeline.parts.steps + 1)
    steps = plan.steps[max(first, 0) : end]
    kept &= place >= max(first, 0)
    return replace(whole, rows=rows[np.asarray(kept)].reset_index(drop=True), steps=steps)


def digest_of(origins: Sequence[Origin]) -> str:
    """Return a text that changes with any row of the origins."""
    return " ".join(f"{format_instant(each.instant)}:{data_digest(each.frame)}" for each in origins)
