"""How the champion forecast from one tick to the next: at every origin, and every origin counts for one tick.

Ticks N and next; T is the first tick that knows the last target. Here lookback 2, horizon 3:

    step      0   1   2 | 3   4   5   6 | 7   8 |
              ----------N--------------next-----T
    origins             | o   o   o   o |       |
    first         [i   i] t   t   t     |       |
    last                |   [i   i] t   | t   t |       inputs reach back over N, targets beyond the next tick

Whatever the stride, each step from N on is an origin once. With a delay of the source all borders lie that much earlier:
a tick knows no step after them.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.series.frame import Panel
from recurcast.series.known import end_of_knowledge
from recurcast.series.windows import Split, Windows, windows_at

if TYPE_CHECKING:
    from recurcast.evaluation.competitors import NetworkForecaster

TrackState = Literal["pending", "scored", "no champion", "other windows", "no windows"]
"""Of the last three only the baseline is scored, with `no windows` not even that."""


@dataclass(frozen=True)
class TickScore:
    """How champion and baseline forecast at the origins of one tick: scores by metric, NaN where there is none."""

    state: TrackState
    windows: int = 0
    baseline: Mapping[str, float] | None = None
    champion: Mapping[str, float] | None = None
    coverage: Mapping[str, float] = field(default_factory=dict)
    """Share of the targets that the champion's intervals held, by level."""


@dataclass(frozen=True)
class TrackedTick:
    """What is recorded of one tick; of runs that trained it again, the newest speaks."""

    as_of: datetime
    next_tick: datetime
    state: TrackState
    run_id: str
    champion: int | None = None
    """The champion's version."""
    origins: int = 0
    """Windows that were scored: an origin counts for each of the series that has one."""
    champion_mae: float | None = None
    baseline_mae: float | None = None
    skill: float | None = None
    coverage: Mapping[str, float] = field(default_factory=dict)
    """Share of the targets that the champion's intervals held, by level."""


@dataclass(frozen=True)
class Totals:
    """Means over all origins of the ticks whose champion was scored."""

    ticks: int
    origins: int
    champion_mae: float | None
    baseline_mae: float | None
    skill: float | None
    coverage: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TrackRecord:
    """The ticks of a pipeline, oldest first, none of which shares an origin with another."""

    ticks: tuple[TrackedTick, ...]
    older: bool = False
    """Whether there are earlier ticks, which were not asked for."""

    @property
    def pending(self) -> tuple[TrackedTick, ...]:
        """Return the ticks that are still to be scored."""
        return tuple(tick for tick in self.ticks if tick.state == "pending")

    @property
    def totals(self) -> Totals:
        """Return champion and baseline over the same ticks, each tick weighing as much as it has origins."""
        scored = [tick for tick in self.ticks if tick.champion_mae is not None and tick.baseline_mae is not None]
        origins = sum(tick.origins for tick in scored)
        if not origins:
            return Totals(0, 0, None, None, None)
        champion = sum((tick.champion_mae or 0.0) * tick.origins for tick in scored) / origins
        baseline = sum((tick.baseline_mae or 0.0) * tick.origins for tick in scored) / origins
        has_skill = baseline and any(
            tick.skill is not None for tick in scored
        )  # no tick has one where that is rounding
        skill = 1 - champion / baseline if has_skill else None
        return Totals(len(scored), origins, champion, baseline, skill, _mean_coverage(scored))


def _mean_coverage(scored: Sequence[TrackedTick]) -> dict[str, float]:
    """By level, over the ticks whose champion had it, each weighing as much as it has origins."""
    found = {}
    for level in sorted({level for tick in scored for level in tick.coverage}, key=float):
        own = [tick for tick in scored if level in tick.coverage]
        found[level] = sum(tick.coverage[level] * tick.origins for tick in own) / sum(tick.origins for tick in own)
    return found


def track_record_of(newest_run_first: Iterable[TrackedTick]) -> TrackRecord:
    """Return the record of what runs left: where two share origins, the newer run's count.

    They do where an interval was trained again, and where ticks of a changed schedule lie between older ones.
    """
    kept: list[TrackedTick] = []
    for tick in newest_run_first:
        place = bisect_left(kept, tick.as_of, key=lambda each: each.as_of)
        begins_free = place == 0 or kept[place - 1].next_tick <= tick.as_of
        ends_free = place == len(kept) or tick.next_tick <= kept[place].as_of
        if begins_free and ends_free:
            kept.insert(place, tick)
    return TrackRecord(tuple(kept))


def origins_of(panel: Panel, delay: str, as_of: datetime, next_tick: datetime) -> range:
    """Return the positions of the panel's steps that are origins of the tick `as_of`."""
    borders = [pd.Timestamp(end_of_knowledge(delay, tick)) for tick in (as_of, next_tick)]
    return range(*(int(panel.steps.searchsorted(border)) for border in borders))


def windows_of_tick(
    panel: Panel, pipeline: PipelineConfig, known_at: datetime, as_of: datetime, next_tick: datetime
) -> Windows | None:
    """Return the windows of the tick `as_of` in a panel of what was known at `known_at`; none where it can't show all.

    It can't while a target is still to come, nor once the steps before the first origin have left it.
    """
    seen = pipeline.seen
    origins = origins_of(panel, pipeline.source.delay, as_of, next_tick)
    ends = origins.stop + seen.horizon - 1 if origins else origins.stop
    if known_at < next_tick or ends > len(panel.steps) or origins.start < _first_origin(panel, pipeline):
        return None
    return windows_at("track", panel, np.array(origins, dtype=np.int64), seen, pipeline.fewest)


def _first_origin(panel: Panel, pipeline: PipelineConfig) -> int:
    """The first step before which the panel shows what a champion saw.

    Where windows may miss steps, absent ones were put before those of the parts, and a champion saw these at most.
    """
    if not pipeline.masked:
        return pipeline.seen.lookback
    before = max(len(panel.steps) - pipeline.parts.steps, 0)
    return before + min(pipeline.seen.lookback, pipeline.parts.history)


def score_tick(
    pipeline: PipelineConfig,
    split: Split,
    windows: Windows,
    champion: "NetworkForecaster | None",
    bundle: Bundle | None = None,
    of_file: Callable[[Split], Windows | None] = lambda _: None,
) -> TickScore:
    """Return how the champion, if any, and the pipeline's baseline forecast the windows of one tick.

    With the champion's bundle, how many targets its intervals held, too. Of a lake `of_file` gives each file's windows.
    """
    from recurcast.evaluation.champion import fits
    from recurcast.evaluation.competitors import Forecaster, baselines
    from recurcast.evaluation.metrics import evaluate
    from recurcast.evaluation.tally import Share, Tally

    baseline = pipeline.gate.baseline
    competitors: list[Forecaster] = [each for each in baselines(pipeline) if each.name == baseline]
    fitting = champion is not None and fits(champion.network, split)
    if champion is not None and fitting:
        competitors.append(champion)
    tally, share, n_windows = Tally(pipeline.season, baseline), Share(), 0
    for piece in split.pieces():
        own = windows if piece is split else of_file(piece)
        if own is None or len(own) == 0:
            continue
        evaluation = evaluate(competitors, own, piece, pipeline.season, baseline)
        if piece is not split:
            tally.add(own, evaluation.predictions, piece)
        if bundle is not None and fitting:
            share.add(_coverage(bundle, own, evaluation.predictions[-1].values), own.targets)
        n_windows += len(own)
    if not n_windows:
        return TickScore("no windows")
    evaluation = tally.evaluation(windows, ()) if tally.n_windows else evaluation

    def scores(name: str) -> dict[str, float]:
        return {metric: evaluation.score(name, metric) for metric in ("mae", "rmse", "smape", "skill")}

    if champion is None or not fitting:
        state: TrackState = "no champion" if champion is None else "other windows"
        return TickScore(state, n_windows, scores(baseline))
    return TickScore("scored", n_windows, scores(baseline), scores(champion.name), share.mean)


def _coverage(bundle: Bundle, windows: Windows, forecasts: NDArray[np.float64]) -> dict[str, float]:
    from recurcast.evaluation.conformal import Intervals, spreads_of

    if bundle.widths is None:
        return {}
    spreads = spreads_of(windows, bundle.scale, bundle.spread_floor, bundle.highway)
    return Intervals(bundle.levels, bundle.widths).coverage(forecasts, windows.targets, spreads)
