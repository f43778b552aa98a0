"""What is chosen for a panel before the recurrence is trained: by sizes alone, and by the ridge on its last horizons.

known steps    ... | block 2 | block 1 | end        each a horizon long: trained before a block, scored on it
"""

from dataclasses import dataclass, replace
from math import log

import numpy as np
from numpy.typing import NDArray

from recurcast.forecasting.portable.highway import Highway, prepared, restored
from recurcast.training.highway.examples import Doubles, Examples, examples, newest
from recurcast.training.highway.ridge import Floats, ridge

PENALTIES = (1e-4, 1e-2, 1e-1, 1.0)
_MOST_WINDOWS = 30_000
_BLOCKS = (1, 2)
_MOST_SEASONS = {12: 3, 24: 14}
_FEWEST_PATCHES = 8


@dataclass(frozen=True)
class Chosen:
    """The facts of a panel and the penalty of its ridge."""

    facts: Highway
    penalty: float


def lookback_of(season: int, length: int) -> int:
    """Return the steps that the weights see of series with so many steps."""
    most = _MOST_SEASONS.get(season, 16)
    return season * int(np.clip(length // (3 * season), 2, most))


def patch_of(season: int, lookback: int) -> int:
    """Return the largest divisor of the season that leaves eight patches or more, else 1."""
    return max((p for p in range(1, season + 1) if season % p == 0 and lookback >= _FEWEST_PATCHES * p), default=1)


def facts_of(y: Doubles, end: int, sizes: Highway) -> Highway:
    """Return the sizes with the statistics of what is known before the step `end`."""
    known = y[:, :end]
    positive = known[known > 0]
    zeros = bool((known == 0).any())
    offset = 0.1 * float(np.nanmean(known)) if sizes.log and zeros else 0.0
    smallest = (float(positive.min()) / 2 + offset) if len(positive) else 1.0
    facts = replace(
        sizes,
        offset=offset,
        smallest=min(smallest, offset) if zeros and offset else smallest,
        at_least_zero=not (known < 0).any(),
    )
    usual = examples(y, end, sizes.season, sizes.reach, sizes.horizon).drawn(_MOST_WINDOWS, 0)
    relative = relative_of(replace(facts, noise=_usual_noise(facts, known)), usual)
    noise = float(np.median(relative))
    relative = relative_of(replace(facts, noise=noise), usual)
    logs = np.log(relative)
    return replace(facts, noise=noise, noise_mean=float(logs.mean()), noise_spread=max(float(logs.std()), 1e-3))


def relative_of(facts: Highway, some: Examples) -> NDArray[np.float64]:
    """Return the relative spread of windows, shape `(n_windows,)`."""
    return np.concatenate([each.relative[:, 0] for _, each in prepared(facts, some.windows)])


def _usual_noise(facts: Highway, known: Doubles) -> float:
    from recurcast.forecasting.portable.highway import transformed

    x = transformed(facts, known)
    change = np.nanmean(np.abs(x[:, facts.season :] - x[:, : -facts.season]))
    size = 1.0 if facts.log else np.nanmean(np.abs(known)) or 1.0
    return max(float(change / size), 1e-6) if np.isfinite(change) else 0.1


def choose(y: Doubles, end: int, sizes: Highway) -> Chosen:
    """Return log or not, anchor and penalty, by half the logarithm of sMAPE times MASE of the ridge alone."""
    may_log = not (y[:, :end] < 0).any()
    scores: dict[tuple[bool, str, float], float] = {}
    for logs in (False, True) if may_log else (False,):
        for block in _BLOCKS:
            begin = end - block * sizes.horizon
            facts = facts_of(y, begin, replace(sizes, log=logs))
            for (anchor, penalty), score in _scores(y, begin, facts).items():
                key = (logs, anchor, penalty)
                scores[key] = scores.get(key, 0.0) + score
    logs, anchor, penalty = min(scores, key=lambda key: (scores[key], key))
    return Chosen(facts_of(y, end, replace(sizes, log=logs, anchor=anchor)), penalty)


def _scores(y: Doubles, begin: int, facts: Highway) -> dict[tuple[str, float], float]:
    kinds = [replace(facts, anchor=anchor) for anchor in ("seasonal", "last")]
    weights = highways(kinds, examples(y, begin, facts.season, facts.reach, facts.horizon), PENALTIES)
    block = newest(y, begin, facts.reach, facts.horizon)
    targets = block.targets
    scales = _scales(y[:, :begin], facts.season)
    scores = {}
    for number, kind in enumerate(kinds):
        ((_, each),) = prepared_whole(kind, block)
        for place, penalty in enumerate(PENALTIES):
            output = each.anchor + each.z @ weights[place, number]
            forecast = restored(kind, each.level + each.spread * output)
            scores[kind.anchor, penalty] = _criterion(targets, forecast, scales)
    return scores


def prepared_whole(facts: Highway, some: Examples) -> list[tuple[slice, object]]:
    """All windows at once."""
    from recurcast.forecasting.portable.highway import prepare

    return [(slice(None), prepare(facts, some.windows))]


def highways(kinds: list[Highway], some: Examples, penalties: tuple[float, ...]) -> NDArray[np.float32]:
    """Return the ridge's weights for each penalty and each of some anchors, shape `(n_penalties, n_kinds, ..)`."""
    drawn = some.drawn(_MOST_WINDOWS, 1)
    inputs = np.empty((len(drawn), kinds[0].inputs), np.float32)
    targets = np.empty((len(kinds), len(drawn), kinds[0].horizon), np.float32)
    for chosen, each in prepared(kinds[0], drawn.windows):
        weight = np.sqrt(each.relative)
        z = scaled_targets(kinds[0], drawn.targets[chosen], each.level, each.spread)
        inputs[chosen] = each.z * weight
        for number, kind in enumerate(kinds):
            from recurcast.forecasting.portable.highway import anchored

            targets[number, chosen] = (z - each.z[:, anchored(kind)]) * weight
    return ridge(inputs, targets, penalties)


def scaled_targets(facts: Highway, targets: Doubles, level: Doubles, spread: Doubles) -> Doubles:
    """Return targets as the network's output stands for them, anchor included; NaN where they are."""
    from recurcast.forecasting.portable.highway import transformed

    return (transformed(facts, targets) - level) / spread


def _scales(known: Doubles, season: int) -> Doubles:
    lag = season if known.shape[1] > season else 1
    return np.nanmean(np.abs(known[:, lag:] - known[:, :-lag]), axis=1)


def _criterion(targets: Doubles, forecast: Doubles, scales: Doubles) -> float:
    """Half the logarithm of sMAPE times MASE, means over the series that have them."""
    error, size = np.abs(targets - forecast), np.abs(targets) + np.abs(forecast)
    smape = np.nanmean(np.nanmean(np.where(size > 0, error / np.where(size > 0, size, 1), 0.0 * error), axis=1))
    each = np.nanmean(error, axis=1) / np.where(scales > 0, scales, np.nan)
    mase = np.nanmean(each[np.isfinite(each)]) if np.isfinite(each).any() else 1.0
    return 0.5 * (log(max(float(smape), 1e-12)) + log(max(float(mase), 1e-12)))


__all__ = ["Chosen", "Floats", "choose", "facts_of", "highways", "lookback_of", "patch_of", "scaled_targets"]
