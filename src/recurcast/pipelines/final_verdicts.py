"""Provisional verdicts, given again in order: what a backfill owes where it trained out of order.

A verdict is provisional where an earlier interval of its backfill was still to come. Once none is, it is given again on
the losses per origin that its run left, beside the champion as of its instant, which is known now. Nothing is trained;
of the networks only that champion forecasts, where it had not competed before.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.promotion.gate import Decision
from recurcast.series.frame import SeriesFrame
from recurcast.series.known import end_of_knowledge
from recurcast.series.lake.scanning import digest_in, obtain_to_train
from recurcast.series.windows import Split
from recurcast.tracking.store import Store

if TYPE_CHECKING:
    from recurcast.tracking.registry.provisional import ProvisionalVerdict


@dataclass(frozen=True)
class Settled:
    """An interval whose verdict is final now, or why it can't be."""

    as_of: datetime
    decision: Decision | None
    remark: str = ""


def settle(
    store: Store, pipeline: PipelineConfig, root: Path, backfilled: Iterable[datetime], still_open: frozenset[datetime]
) -> tuple[Settled, ...]:
    """Return the verdicts that became final: provisional ones of the backfilled intervals before the first open one."""
    from recurcast.tracking.registry.exports import mirror_serving
    from recurcast.tracking.registry.provisional import provisional_instants

    border = min(still_open, default=None)
    ready = {as_of for as_of in backfilled if border is None or as_of < border}
    settled = tuple(
        _settle(store, pipeline, root, as_of)
        for as_of in sorted(provisional_instants(store, pipeline.name))
        if as_of in ready
    )
    if any(each.decision is not None for each in settled):
        mirror_serving(store, pipeline.name)
    return settled


def track_the_end(store: Store, pipeline: PipelineConfig, root: Path, backfilled: Iterable[datetime]) -> None:
    """Score the last of the backfilled ticks: their targets are known to later intervals, which were done long before."""
    from recurcast.tracking.intervals import recorded_intervals
    from recurcast.tracking.track_record import log_known_targets, pending_ticks

    own = set(backfilled)
    pending = {tick: following for tick, following in pending_ticks(store, pipeline.name).items() if tick in own}
    if not pending:
        return
    recorded = recorded_intervals(store, pipeline.name).values()
    later = sorted(each.as_of for each in recorded if each.state == "done" and each.as_of not in own)
    for tick in sorted(pending, reverse=True):
        if tick not in pending_ticks(store, pipeline.name):  # scored along with a newer one
            continue
        first = bisect_left(later, True, key=lambda as_of: _knows_targets(pipeline, root, as_of, pending[tick]))
        if first < len(later):
            split = _split_of(pipeline, obtain_to_train(pipeline, later[first], root), later[first])
            log_known_targets(store, pipeline, later[first], split)


def _knows_targets(pipeline: PipelineConfig, root: Path, as_of: datetime, next_tick: datetime) -> bool:
    """Whether at as_of the last origin before the next tick has its whole horizon behind it."""
    if as_of < next_tick:
        return False
    steps = obtain_to_train(pipeline, as_of, root).steps
    after = steps >= pd.Timestamp(end_of_knowledge(pipeline.source.delay, next_tick))
    return int(after.sum()) >= pipeline.windows.horizon - 1


def _settle(store: Store, pipeline: PipelineConfig, root: Path, as_of: datetime) -> Settled:
    from recurcast.errors import ChampionUnusable
    from recurcast.evaluation.champion_by_file import champions_part
    from recurcast.promotion.gate import decide
    from recurcast.tracking.registry.provisional import provisional_verdict, record_final_verdict
    from recurcast.tracking.registry.registry import champion_as_of
    from recurcast.tracking.track_record import log_known_targets

    verdict = provisional_verdict(store, pipeline.name, as_of)
    split = _split_again(store, pipeline, root, verdict)
    if isinstance(split, str):
        return _stays(verdict, split)
    with TemporaryDirectory() as folder:
        try:
            champion = champion_as_of(store, pipeline, as_of, Path(folder), before=verdict.version)
        except ChampionUnusable as unusable:
            return _stays(verdict, str(unusable))
        met = champions_part(verdict.losses, pipeline, split, champion)
    decision = decide(
        verdict.challenger,
        verdict.validation_score,
        met.losses,
        pipeline.gate,
        pipeline.overlap,
        met.fit_until,
        test_begins=split.fit_until,
        validation_baseline_score=verdict.validation_baseline_score,
        median_of_seeds=pipeline.training.combine == "median",
    )
    record_final_verdict(store, pipeline, verdict, decision, met, champion)
    log_known_targets(store, pipeline, as_of, split)
    return Settled(as_of, decision)


def _stays(verdict: "ProvisionalVerdict", why: str) -> Settled:
    """A verdict that can't be final yet, with the reason on its run."""
    verdict.run.tag(settling=why)
    return Settled(verdict.as_of, None, why)


def _split_again(store: Store, pipeline: PipelineConfig, root: Path, verdict: "ProvisionalVerdict") -> Split | str:
    """The windows that the stored losses are of, or why there are none any more."""
    from recurcast.errors import DataRejected
    from recurcast.runs.fingerprint import fingerprint_of

    instant = format_instant(verdict.as_of)
    if verdict.configuration != fingerprint_of(pipeline, verdict.data).configuration:
        return f"the configuration is no longer that of the run of {instant}: train the interval again"
    frame = _frame_of(store, pipeline, root, verdict)
    if frame is None:
        return f"the rows of {instant} are no longer what they were, nor kept: train the interval again"
    try:
        return _split_of(pipeline, frame, verdict.as_of)
    except DataRejected as rejected:
        return f"the rows of {instant} no longer keep the rules: {rejected}"


def _frame_of(store: Store, pipeline: PipelineConfig, root: Path, verdict: "ProvisionalVerdict") -> SeriesFrame | None:
    """The very rows and days that the interval was trained on: from the source, else from their snapshot, else none."""
    from recurcast.errors import ConfigurationError, DataRejected
    from recurcast.series.event_days import calendar_digest
    from recurcast.tracking.snapshots import load_snapshot

    as_of = verdict.as_of
    readers: tuple[Callable[[], SeriesFrame], ...] = (
        lambda: obtain_to_train(pipeline, as_of, root),
        lambda: load_snapshot(store, pipeline, as_of),
    )
    for read in readers:
        try:
            frame = read()
        except (ConfigurationError, DataRejected):
            continue
        if (digest_in(frame), calendar_digest(pipeline, frame, as_of)) == (verdict.data, verdict.calendar):
            return frame
    return None


def _split_of(pipeline: PipelineConfig, frame: SeriesFrame, as_of: datetime) -> Split:
    from recurcast.pipelines.windows import windows_of
    from recurcast.series.validation.checks import validate

    return windows_of(pipeline, validate(frame, pipeline, as_of).frame)
