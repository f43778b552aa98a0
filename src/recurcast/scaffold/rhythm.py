"""How often rows come, and which cycle they repeat."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from recurcast.errors import DataRejected
from recurcast.scaffold.chance import FEWEST_CYCLES
from recurcast.scaffold.cycles import Cycle, cycles_seen
from recurcast.scaffold.guess import Guess
from recurcast.series.calendar_steps import is_4_4_5
from recurcast.series.grid import Grid, fixed_step, grid_of, infer_frequency

_SAMPLED = 30  # series that are looked at
_MOST_STEPS = 30_000  # of each series: what is asked of them does not get surer with more
_WEAK, _CLEAR = 0.3, 0.6
_NOT_WORTH_A_LONGER_CYCLE = 0.1

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Season:
    """Steps in one cycle, and what speaks for them; 1 is none."""

    steps: int
    guess: Guess
    seen: bool = False
    """Whether the data show it; else it is the calendar's, or none."""


def guess_frequency(rows: pd.DataFrame, timezone: str) -> Guess:
    """Return the frequency that most series show; raise DataRejected where none does, or rows lie beside its grid."""
    names = rows["unique_id"].drop_duplicates().head(_SAMPLED)
    shown: Counter[str | None] = Counter()
    for _, ds in rows[rows["unique_id"].isin(names)].groupby("unique_id", sort=False)["ds"]:
        shown[infer_frequency(ds.drop_duplicates().sort_values(), timezone)] += 1
    frequency, count = shown.most_common(1)[0]
    if frequency is None:
        own = rows.loc[rows["unique_id"] == names.iloc[0], "ds"].drop_duplicates().sort_values()
        if is_4_4_5(pd.DatetimeIndex(own.dt.tz_convert(timezone).dt.tz_localize(None))):
            raise DataRejected(
                "rows come at a step that pandas has a name for",
                f"those of series '{names.iloc[0]}' lie four or five weeks apart: months of a 4-4-5 calendar, which has none",
                "Bring them to weeks, or to quarters of such a year, which have one (REQ-N-DEC-SUN-1)",
            )
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
    """Return the newest values of some series that have any on the grid's steps, from first to last row, absent ones NaN."""
    names = rows["unique_id"][rows["y"].notna()].drop_duplicates().head(_SAMPLED)
    series = {}
    for name, own in rows[rows["unique_id"].isin(names)].groupby("unique_id", sort=False):
        if own["ds"].is_monotonic_increasing and own["ds"].is_unique:
            own = own.tail(_MOST_STEPS)
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


def calendar_season(frequency: str) -> int:
    """Return the season that people take for this frequency unless the data say otherwise; 1 is none.

    A year of months or quarters, a week of days, a day of what comes four times a day to every ten minutes. Years, weeks
    and business days have none, as in the M competitions, nor has what comes more often. Against it speak too few steps,
    another cycle, and days and parts of them that wander; months and quarters keep their year, as MASE of others has it.
    """
    offset = to_offset(frequency)
    if isinstance(offset, pd.offsets.Day):
        return 7 if offset.n == 1 else 1
    if (step := fixed_step(frequency)) is not None:
        steps = 86_400 / step.total_seconds()
        return int(steps) if steps == int(steps) and 4 <= steps <= 144 else 1
    per_year = {"ME": 12, "MS": 12, "BME": 12, "BMS": 12, "QE": 4, "QS": 4, "BQE": 4, "BQS": 4}
    year = per_year.get(offset.rule_code.partition("-")[0], 0) / offset.n
    return int(year) if year >= 2 and year == int(year) else 1


def guess_season(series: dict[str, Values], frequency: str) -> Season:
    """Return the shortest cycle that is seen and explains a series about as well as any; the median over the series counts.

    Seen is what is no chance (`cycles_seen`); its strength is one less the share of variance that a mean per phase leaves
    of what is not trend (Wang, Smith & Hyndman 2006), corrected for the means of few cycles, which explain some of any noise.
    A longer cycle than the shortest is worth its length where it explains much. Where none is seen the calendar's stays,
    unless the data speak against it.
    """
    names = natural_cycles(frequency)
    seen = cycles_seen(list(series.values()), list(names))
    worth = [each for each in seen if each.steps == min(names, default=0) or each.strength >= _WEAK]
    if not worth:
        return _unseen(series, frequency, names, seen)
    best = max(each.strength for each in worth)
    found = next(each for each in worth if each.strength >= best - _NOT_WORTH_A_LONGER_CYCLE)
    what = f"a {names[found.steps]}" if found.steps in names else "the autocorrelation's highest peak"
    sure = "clear" if found.strength >= _CLEAR else "weak"
    why = f"{what}: {sure}, explains {found.strength:.0%} of what is not trend"
    return Season(found.steps, Guess("season", str(found.steps), why, 0.1 if sure == "clear" else 0.4), seen=True)


def _unseen(series: dict[str, Values], frequency: str, names: dict[int, str], seen: list[Cycle]) -> Season:
    """The calendar's season where no cycle is seen, and what is said of it."""
    looked = ", ".join(f"{name} ({steps})" for steps, name in names.items()) or "none that is natural"
    told = [each for each in seen if each.steps in names]
    weak = "".join(f"; a {names[each.steps]} explains {each.strength:.0%}, too little for its length" for each in told)
    none = f"no cycle is seen; looked at: {looked}{weak}"
    season = calendar_season(frequency)
    if season == 1:
        return Season(1, Guess("season", "1", none, 0.2))
    name = names.get(season, "cycle")
    spans = [last - first + 1 for first, last in map(_ends, series.values())]
    if max(spans, default=0) < FEWEST_CYCLES * season:
        return Season(1, Guess("season", "1", f"{none}; too few steps for {FEWEST_CYCLES} times a {name}", 0.2))
    if fixed_step(frequency) is not None and _wanders(list(series.values()), season):
        why = f"{none}; the last value says more than that of the {name} before"
        return Season(1, Guess("season", "1", why, 0.2))
    return Season(season, Guess("season", str(season), f"a {name}, by convention: {none}", 0.3))


def _wanders(series: list[Values], season: int) -> bool:
    """Whether values a season apart differ more than half as much again as a walk's would, beside values a step apart."""
    ratios = []
    for values in series:
        near, far = (_mean(np.abs(values[lag:] - values[:-lag])) for lag in (1, season))
        ratios.append(far / near if near > 0 else np.nan)
    ratio = _mean(np.array(ratios))
    return bool(ratio > (1 + np.sqrt(season)) / 2)


def _ends(values: Values) -> tuple[int, int]:
    present = np.flatnonzero(~np.isnan(values))
    return (int(present[0]), int(present[-1])) if len(present) else (0, -1)


def guess_baseline(series: dict[str, Values], season: int, horizon: int, held: int | None = None) -> Guess:
    """Return the harder one of two baselines to beat at this horizon: the last season repeated, or the last value.

    `held` is how many steps a window shows, where that bounds the season.
    """
    if season == 1:
        return Guess("gate.baseline", "naive", "no season to repeat")
    if held is not None and held < season:
        return Guess("gate.baseline", "naive", f"a lookback of {held} steps holds no season of {season}")
    seasonal, naive = [], []
    ahead = np.arange(1, horizon + 1)
    back = ahead - season * -(-ahead // season)
    for values in series.values():
        origins = np.arange(season, len(values) - horizon)[-2000:]
        if len(origins) == 0 or np.isnan(values).all():
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
