"""Which cycles a panel shows: how sure each is, and how much of the series it explains."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.scaffold.chance import FEWEST_CYCLES, chance_of, combined

_BY_CHANCE = 0.0125  # how often noise of a hundred steps may show any of the cycles that are looked at
_BY_CHANCE_ANYWHERE = 0.003  # the same of a cycle that no calendar knows
_PEAK = 0.3

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Cycle:
    """Steps, and the share of what is not trend that a mean per phase explains beyond chance; the median series counts."""

    steps: int
    strength: float


def cycles_seen(series: list[Values], natural: list[int]) -> list[Cycle]:
    """Return the natural cycles that are seen, short ones first; where none is, one that the autocorrelation shows, if any.

    Seen is what chance would show less often than a hundredth of the times, and less often the longer a series is (a
    chance of p of n steps counts as p * sqrt(n / 100): Good 1982), whichever of the cycles it was.
    """
    filled = [filled_in(values) for values in series]
    able = [steps for steps in natural if any(len(values) >= FEWEST_CYCLES * steps for values in filled)]
    found = [steps for steps in able if _surprise(filled, steps) * len(able) < _BY_CHANCE]
    if not found and filled:
        longest = max(filled, key=len)
        peak = _from_autocorrelation(longest)
        places = len(longest) // FEWEST_CYCLES
        found = [peak] if peak and _surprise(filled, peak) * places < _BY_CHANCE_ANYWHERE else []
    return [Cycle(steps, _strength(filled, steps)) for steps in found]


def filled_in(values: Values) -> Values:
    """Return the values from the first that is there to the last, straight lines over gaps."""
    present = np.flatnonzero(~np.isnan(values))
    if len(present) < 2:
        return np.zeros(len(present))
    return np.asarray(np.interp(np.arange(present[0], present[-1] + 1), present, values[present]))


def _surprise(filled: list[Values], steps: int) -> float:
    long = [values for values in filled if len(values) >= FEWEST_CYCLES * steps]
    if not long:
        return 1.0
    chance = combined([chance_of(values, steps) for values in long])
    return chance * float(np.sqrt(np.median([len(values) for values in long]) / 100))


def _strength(filled: list[Values], steps: int) -> float:
    known = [_strength_in(values, steps) for values in filled if len(values) >= FEWEST_CYCLES * steps]
    return float(np.median(known)) if known else 0.0


def _strength_in(values: Values, steps: int) -> float:
    trend = _moving_average(values, steps)
    detrended = values[steps // 2 : steps // 2 + len(trend)] - trend
    cycles = len(detrended) / steps
    variance = float(detrended.var())
    if cycles <= 1.5 or variance <= 1e-12 * max(float(np.abs(values).max()), 1e-300) ** 2:
        return 0.0
    phase = np.arange(len(detrended)) % steps
    means = np.bincount(phase, detrended, steps) / np.maximum(np.bincount(phase, minlength=steps), 1)
    left = float((detrended - means[phase]).var()) * cycles / (cycles - 1)
    return max(0.0, 1 - left / variance)


def _moving_average(values: Values, steps: int) -> Values:
    """Centred; of an even number of steps the outer two count half."""
    weights = np.ones(steps) if steps % 2 else np.concatenate([[0.5], np.ones(steps - 1), [0.5]])
    sums = np.concatenate([[0.0], np.cumsum(values)])
    whole = sums[steps:] - sums[:-steps]
    if steps % 2:
        return np.asarray(whole / weights.sum())
    return np.asarray((whole[:-1] + whole[1:]) / (2 * steps))


def _from_autocorrelation(values: Values) -> int | None:
    """The lag of the highest peak behind the first dip below zero; none where none is high."""
    n = len(values)
    if n < 12:
        return None
    line: Any = np.polyval(np.polyfit(np.arange(n), values, 1), np.arange(n))
    centred = values - line
    spectrum = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    correlation = np.fft.irfft(spectrum)[: n // FEWEST_CYCLES]
    if len(correlation) < 4 or correlation[0] <= 0:
        return None
    correlation = correlation / correlation[0]
    dips = np.flatnonzero(correlation < 0)
    if len(dips) == 0:
        return None
    peak = int(dips[0] + np.argmax(correlation[dips[0] :]))
    return peak if correlation[peak] > _PEAK and 2 <= peak < len(correlation) - 1 else None
