"""How often rows come, and which cycle they repeat."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess
from recurcast.series.grid import Grid, fixed_step, grid_of, infer_frequency

_SAMPLED = 30  # series that are looked at
_MOST_STEPS = 30_000  # of each series: what is asked of them does not get surer with more
_WEAK, _CLEAR = 0.3, 0.6
_CYCLES = 3
_NOT_WORTH_A_LONGER_CYCLE = 0.1

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Season:
    """Steps in one cycle, and what speaks for them; 1 is none."""

    steps: int
    guess: Guess


def guess_frequency(rows: pd.DataFrame, timezone: str) -> Guess:
    """Return the frequency that most series show; raise DataRejected where none does, or rows lie beside its grid."""
    names = rows["unique_id"].drop_duplicates().head(_SAMPLED)
    shown: Counter[str | None] = Counter()
    for _, ds in rows[rows["unique_id"].isin(names)].groupby("unique_id", sort=False)["ds"]:
        shown[infer_frequency(ds.drop_duplicates().sort_values(), timezone)] += 1
    frequency, count = shown.most_common(1)[0]
    if frequency is None:
        gaps = rows.loc[rows["unique_id"] == names.iloc[0], "ds"].sort_values().diff().dropna()
        between = f"; rows lie {gaps.min()} to {gaps.max()} apart" if len(gaps) else ""
        raise DataRejected(
            "rows come at a regular step, such as hours or days",
            f"those of series '{names.iloc[0]}' show none{between}",
            "Bring them to a regular step first: sums or means per hour or day",
        )
    on_grid = grid_of(rows["ds"], frequency, timezone).contains(rows["ds"])
    if not on_grid.all():
        first = rows[~on_grid].iloc[0]
        raise DataRejected(
            f"most rows show the frequency '{frequency}', and all lie on its grid",
            f"{int((~on_grid).sum())} of {len(rows)} don't, such as series '{first['unique_id']}' at {first['ds'].isoformat()}",
            "Correct those rows, or say the zone of the clock they were written by: --timezone",
        )
    why = f"all {len(rows):,} rows lie on this grid"
    return Guess(
        "frequency", frequency, why if count == shown.total() else f"{why}; {count} of {len(names)} series show it"
    )


def dense(rows: pd.DataFrame, grid: Grid) -> dict[str, Values]:
    """Return the newest values of some series on the grid's steps, from first to last row, absent ones NaN."""
    names = rows["unique_id"].drop_duplicates().head(_SAMPLED)
    series = {}
    for name, own in rows[rows["unique_id"].isin(names)].groupby("unique_id", sort=False):
        y = own.drop_duplicates("ds").set_index("ds")["y"].sort_index()
        steps = steps_between(grid, y.index[0], y.index[-1])[-_MOST_STEPS:]
        series[str(name)] = y.reindex(steps).to_numpy(dtype=np.float64)
    return series


def steps_between(grid: Grid, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the grid's steps from `first` to `last`, both included."""
    count, end = 64, (last + pd.Timedelta(1, "us")).to_pydatetime(warn=False)
    while len(steps := grid.steps_until(end, count)) == count and steps[0] > first:
        count *= 4
    return steps[steps >= first]


def natural_cycles(frequency: str) -> dict[int, str]:
    """Return the cycles that people and nature give a series of this frequency: steps and name, short ones first."""
    offset = to_offset(frequency)
    if isinstance(offset, pd.offsets.Day):
        cycles = {"week": 7 / offset.n, "year": 365 / offset.n}
    elif (step := fixed_step(frequency)) is not None:
        seconds = step.total_seconds()
        short = {"hour": 3600 / seconds} if seconds <= 300 else {}
        cycles = short | {"day": 86_400 / seconds, "week": 7 * 86_400 / seconds}
    else:
        per_year = {"B": 260, "W": 52, "ME": 12, "MS": 12, "QE": 4, "QS": 4}
        year = per_year.get(offset.rule_code.partition("-")[0], 0) / offset.n
        cycles = {"week": 5 / offset.n, "year": year} if offset.rule_code == "B" else {"year": year}
    return {int(steps): name for name, steps in cycles.items() if steps >= 2 and steps == int(steps)}


def guess_season(series: dict[str, Values], frequency: str) -> Season:
    """Return the shortest cycle that explains a series about as well as any; the median over the series counts.

    Its strength is one less the share of variance that a mean per phase leaves of what is not trend (Wang, Smith &
    Hyndman 2006), corrected for the means of few cycles, which explain some of any noise. Where none is seen in months or
    quarters it is a year, as in the M competitions.
    """
    filled = [_filled(values) for values in series.values()]
    names = natural_cycles(frequency)
    strengths = {steps: _strength(filled, steps) for steps in names}
    if max(strengths.values(), default=0.0) < _WEAK:
        found = _from_autocorrelation(max(filled, key=len))
        strengths |= {found: _strength(filled, found)} if found else {}
    best = max(strengths.values(), default=0.0)
    if best < _WEAK:
        looked = ", ".join(f"{name} ({steps})" for steps, name in names.items()) or "none that is natural"
        year = _months_in_a_year(frequency)
        if year in names and max(map(len, filled)) >= _CYCLES * year:
            return Season(
                year, Guess("season", str(year), f"a year, by convention: no cycle is seen; looked at: {looked}")
            )
        return Season(1, Guess("season", "1", f"no cycle is seen; looked at: {looked}"))
    steps = next(steps for steps in sorted(strengths) if strengths[steps] >= best - _NOT_WORTH_A_LONGER_CYCLE)
    what = f"a {names[steps]}" if steps in names else "the autocorrelation's highest peak"
    sure = "clear" if strengths[steps] >= _CLEAR else "weak"
    return Season(
        steps, Guess("season", str(steps), f"{what}: {sure}, explains {strengths[steps]:.0%} of what is not trend")
    )


def _months_in_a_year(frequency: str) -> int:
    """Steps in a year of months or quarters, else 0."""
    offset = to_offset(frequency)
    return {"ME": 12, "MS": 12, "QE": 4, "QS": 4}.get(offset.rule_code.partition("-")[0], 0) // offset.n


def guess_baseline(series: dict[str, Values], season: int, horizon: int) -> Guess:
    """Return the harder one of two baselines to beat at this horizon: the last season repeated, or the last value."""
    if season == 1:
        return Guess("gate.baseline", "naive", "no season to repeat")
    seasonal, naive = [], []
    ahead = np.arange(1, horizon + 1)
    back = ahead - season * -(-ahead // season)
    for values in series.values():
        origins = np.arange(season, len(values) - horizon)[-2000:]
        if len(origins) == 0:
            continue
        targets = values[origins[:, None] + ahead]
        scale = float(np.nanstd(values)) or 1.0
        seasonal.append(_mean(np.abs(targets - values[origins[:, None] + back])) / scale)
        naive.append(_mean(np.abs(targets - values[origins][:, None])) / scale)
    by_season, by_last = _mean(np.array(seasonal)), _mean(np.array(naive))
    better = "seasonal_naive" if by_season <= by_last else "naive"
    why = f"misses by {by_season:.2g} spreads over {horizon} steps, the last value repeated by {by_last:.2g}"
    return Guess("gate.baseline", better, f"the last season repeated {why}")


def _mean(values: Values) -> float:
    present = values[~np.isnan(values)]
    return float(present.mean()) if len(present) else float("nan")


def _filled(values: Values) -> Values:
    present = np.flatnonzero(~np.isnan(values))
    if len(present) < 2:
        return np.zeros(len(values))
    return np.asarray(np.interp(np.arange(len(values)), present, values[present]))


def _strength(filled: list[Values], steps: int) -> float:
    known = [_strength_in(values, steps) for values in filled if len(values) >= _CYCLES * steps]
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
    correlation = np.fft.irfft(spectrum)[: n // _CYCLES]
    if len(correlation) < 4 or correlation[0] <= 0:
        return None
    correlation = correlation / correlation[0]
    dips = np.flatnonzero(correlation < 0)
    if len(dips) == 0:
        return None
    peak = int(dips[0] + np.argmax(correlation[dips[0] :]))
    return peak if correlation[peak] > _WEAK and 2 <= peak < len(correlation) - 1 else None
