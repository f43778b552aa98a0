"""What is chosen for a panel before the recurrence is trained: by sizes alone, and by the ridge on its last horizons.

    known steps    ... | block 2 | block 1 | end        trained before a block, scored at its origins

A block is a horizon long, so that each series has one origin in it; where series are few, as much longer as gives enough.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from math import isfinite, log

import numpy as np
from numpy.typing import NDArray

from recurcast.forecasting.portable.highway import Highway, anchored, prepare, relative_spread, restored, transformed
from recurcast.series.overall import Extent, extent_of
from recurcast.training.highway.examples import Doubles, Examples, examples, within
from recurcast.training.highway.ridge import one_blas_thread, ridge

PENALTIES = (1e-4, 1e-2, 1e-1, 1.0)
_BLOCKS = (1, 2)
_MOST_WINDOWS = 30_000
_AT_ONCE = 2
"""Blocks that are scored at the same time: the ridge keeps to one core."""
_ORIGINS = 100
"""Windows that a block should hold."""
PATCHES = 8
"""That enter the recurrence: on validation windows more of them cost more and gain nothing (docs/forecasting.md)."""
_FLAT = 1e-6
"""Relative spread of a panel that never changes from season to season."""


@dataclass(frozen=True)
class Chosen:
    """The facts of a panel and the penalty of its ridge."""

    facts: Highway
    penalty: float


def patch_of(season: int, lookback: int) -> int:
    """Return the largest divisor of season and lookback that leaves eight patches or more, else 1."""
    return max(
        (p for p in range(1, season + 1) if season % p == 0 == lookback % p and lookback >= PATCHES * p),
        default=1,
    )


def choose(y: Doubles, end: int, sizes: Highway, extent: Extent | None = None) -> Chosen:
    """Return what is chosen on the steps before `end`: log or not, a year's lag where sizes have one or none, anchor, penalty.

    By half the logarithm of sMAPE times MASE of the ridge alone, over two blocks; where series are too short for that,
    the first of each. `extent` is that of all series, where `y` has some of them.
    """
    length = _length_of_block(y[:, :end], sizes.horizon)
    extent = extent or extent_of(y[:, :end])
    logs = (False,) if extent.least < 0 else (False, True)
    tried = list(product(logs, sorted({0, sizes.year}), _BLOCKS))

    def scored(in_logs: bool, year: int, block: int) -> dict[tuple[str, float], float]:
        return _scores(y, end - block * length, length, replace(sizes, log=in_logs, year=year))

    with one_blas_thread(), ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="choose") as threads:
        found = list(threads.map(scored, *zip(*tried, strict=True)))
    scores: dict[tuple[bool, int, str, float], float] = {}
    for (in_logs, year, _), own in zip(tried, found, strict=True):
        for key, score in own.items():
            scores[in_logs, year, *key] = scores.get((in_logs, year, *key), 0.0) + score
    finite = {key: score for key, score in scores.items() if np.isfinite(score)}
    first = (False, 0, "seasonal", PENALTIES[2])
    in_logs, year, anchor, penalty = min(finite, key=lambda key: finite[key], default=first)
    return Chosen(facts_of(y, end, replace(sizes, log=in_logs, year=year, anchor=anchor), extent), penalty)


def facts_of(y: Doubles, end: int, sizes: Highway, extent: Extent | None = None) -> Highway:
    """Return the sizes with the statistics of what is known before the step `end`; `extent` as in `choose`."""
    known = y[:, :end]
    values = known[~np.isnan(known)]
    extent = extent or extent_of(known)
    offset = 0.1 * float(values.mean()) if sizes.log and extent.least <= 0 else 0.0
    facts = replace(
        sizes,
        offset=offset,
        smallest=offset if offset else extent.positive / 2 if isfinite(extent.positive) else 1.0,
        at_least_zero=extent.least >= 0,
    )
    facts = replace(facts, noise=_usual_noise(facts, known))
    usual = examples(y, end, sizes.season, sizes.reach, sizes.horizon).drawn(_MOST_WINDOWS, 0)
    if not len(usual):
        return facts
    facts = replace(facts, noise=max(float(np.median(_relative(facts, usual))), _FLAT))
    logs = np.log(_relative(facts, usual))
    return replace(facts, noise_mean=float(logs.mean()), noise_spread=max(float(logs.std()), 1e-3))


def highways(kinds: tuple[Highway, ...], some: Examples, penalties: tuple[float, ...]) -> NDArray[np.float32]:
    """Return the ridge's weights for facts that differ by their anchor, shape `(n_penalties, n_kinds, n_inputs, horizon)`.

    A window weighs as its relative spread: half MASE, half sMAPE.
    """
    drawn = some.drawn(_MOST_WINDOWS, 1)
    inputs = np.empty((len(drawn), kinds[0].inputs), np.float32)
    targets = np.empty((len(kinds), len(drawn), kinds[0].horizon), np.float32)
    for chosen, part in drawn.in_parts():
        each = prepare(kinds[0], part.windows)
        weight = np.sqrt(each.relative)
        aims = (transformed(kinds[0], part.targets) - each.level) / each.spread
        inputs[chosen] = each.z * weight
        for number, kind in enumerate(kinds):
            targets[number, chosen] = (aims - each.scaled[:, anchored(kind)]) * weight
    return ridge(inputs, targets, penalties)


def criterion(targets: Doubles, forecasts: Doubles, scales: Doubles) -> float:
    """Return half the logarithm of sMAPE times MASE, means over windows of what is known; `scales` are one per window."""
    error, size = np.abs(targets - forecasts), np.abs(targets) + np.abs(forecasts)
    shares = np.divide(error, size, out=np.zeros_like(error), where=size > 0)
    known = ~np.isnan(targets)
    counts = np.maximum(known.sum(axis=1), 1)
    smape = (np.where(known, shares, 0).sum(axis=1) / counts)[known.any(axis=1)]
    mase = (np.where(known, error, 0).sum(axis=1) / counts / np.where(scales > 0, scales, np.nan))[known.any(axis=1)]
    mase = mase[np.isfinite(mase)]
    parts = [float(each.mean()) for each in (smape, mase) if len(each)]
    return 0.5 * sum(log(max(part, 1e-12)) for part in parts) if parts else float("nan")


def scales_of(known: Doubles, season: int) -> Doubles:
    """Return what MASE divides by, of each series; NaN where no two values are a season apart."""
    change = np.abs(known[:, season:] - known[:, :-season])
    there = ~np.isnan(change)
    sums = np.where(there, change, 0).sum(axis=1)
    return np.divide(sums, there.sum(axis=1), out=np.full(len(known), np.nan), where=there.any(axis=1))


def _length_of_block(known: Doubles, horizon: int) -> int:
    """Steps of a block: a horizon, or more where it would hold too few origins; at most a tenth of what is known."""
    n_series, n_steps = known.shape
    return max(horizon, min(horizon - 1 + -(-_ORIGINS // n_series), n_steps // 10))


def _scores(y: Doubles, begin: int, length: int, sizes: Highway) -> dict[tuple[str, float], float]:
    """Of each anchor and penalty, on the block that begins at a step; none where nothing can be trained before it."""
    block = within(y, max(begin, 0), length, sizes.reach, sizes.horizon)
    block = block.chosen(np.flatnonzero(block.usable(sizes.season)))
    before = examples(y, begin, sizes.season, sizes.reach, sizes.horizon) if begin > sizes.season else None
    if not len(block) or before is None or not len(before):
        return {}
    facts = facts_of(y, begin, sizes)
    kinds = tuple(replace(facts, anchor=anchor) for anchor in ("seasonal", "last"))
    weights = highways(kinds, before, PENALTIES)
    each, targets = prepare(facts, block.windows), block.targets
    scales = scales_of(y[:, :begin], facts.season)[block.series]
    scores = {}
    for number, kind in enumerate(kinds):
        for place, penalty in enumerate(PENALTIES):
            output = each.scaled[:, anchored(kind)] + each.z @ weights[place, number]
            scores[kind.anchor, penalty] = criterion(targets, restored(kind, each.level + each.spread * output), scales)
    return scores


def _relative(facts: Highway, some: Examples) -> Doubles:
    return np.concatenate([relative_spread(facts, part.windows)[:, 0] for _, part in some.in_parts()])


def _usual_noise(facts: Highway, known: Doubles) -> float:
    x = transformed(facts, known)
    change = np.abs(x[:, facts.season :] - x[:, : -facts.season])
    change, size = change[~np.isnan(change)], 1.0 if facts.log else float(np.abs(known[~np.isnan(known)]).mean())
    return max(float(change.mean()) / size, _FLAT) if len(change) and size > 0 else _FLAT
