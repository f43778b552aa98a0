"""Values that stand for a missing one: they repeat, and nothing is near them.

-200 ................................................. 0.1 ≤ all others ≤ 11.9
  ×222              a gap of 200.1                       a range of 11.8
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import Columns
from recurcast.scaffold.guess import Guess
from recurcast.series.frame import without_values

_CODE = re.compile(r"-?(9{2,}|[78]{3,})(\.9+)?|-200|-32768|32767|-?65535|-?2147483647|-2147483648")
_CODE_IN_RANGES, _OTHER_IN_RANGES, _ZERO_IN_RANGES = 1.0, 5.0, 1.0
"""How far the nearest other value is at least, in ranges of the others: a code is believed sooner than another number."""
_LEAST_CODES, _LEAST_OTHERS = 2, 3
_MOST_OTHERS, _MOST_ZEROS = 0.3, 0.05  # share of a column; more than that is what a series does
_FEWEST_REST, _FLAG = 20, 2
_ONE_PHASE = 0.5
_ROUNDS, _LOOKED_AT = 4, 8
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Sentinel:
    """A value of one column that stands for a missing one, how often it does, and the nearest value that is one."""

    column: str
    value: float
    count: int
    nearest: float

    @property
    def told(self) -> str:
        """Return what speaks for it."""
        rows = "1 row" if self.count == 1 else f"{self.count:,} rows"
        return f"{rows} of {self.value:g} in '{self.column}', nothing nearer than {self.nearest:g}"


def find_sentinels(rows: pd.DataFrame, column: str, shown: str) -> list[Sentinel]:
    """Return the values of a column that repeat and stand far off the rest of each series that holds them.

    `shown` is what the user calls the column. Zero is one where a series is far above it, where it is rare, and where it
    does not come at one time of the day or week: a shop that is closed on Sundays sells nothing then.
    """
    found: list[Sentinel] = []
    left = rows[["unique_id", "ds", column]].dropna(subset=[column])
    for _ in range(_ROUNDS):
        each = next(filter(None, (_judged(left, column, value, shown) for value in _extremes(left, column))), None)
        if each is None:
            break
        found.append(each)
        left = left[left[column] != each.value]
    return sorted(found, key=lambda sentinel: sentinel.value)


def is_code(value: float) -> bool:
    """Return whether a number is one that programs write for none, such as -999 or 9999.9."""
    return bool(_CODE.fullmatch(f"{value:.10g}")) or abs(value) >= 1e19


def guess_of(sentinels: Sequence[Sentinel]) -> Guess | None:
    """Return what is offered as missing, none where there is nothing."""
    if not sentinels:
        return None
    values = sorted({sentinel.value for sentinel in sentinels})
    why = "; ".join(sentinel.told for sentinel in sentinels)
    sure = all(is_code(value) for value in values)
    return Guess(
        "checks.missing_values",
        f"[{', '.join(f'{value:.15g}' for value in values)}]",
        f"{why}: taken for missing; --keep-values takes them as they are",
        0.3 if sure else 0.6,
        "--keep-values",
    )


def _extremes(left: pd.DataFrame, column: str) -> list[float]:
    """The ends of the series that more than one row holds, those of most rows first."""
    ends = left.groupby("unique_id", sort=False)[column].agg(["min", "max"])
    candidates = pd.unique(ends.to_numpy().ravel())
    counts = left[column][left[column].isin(candidates)].value_counts()
    return [float(value) for value in counts.index[counts >= _LEAST_CODES][:_LOOKED_AT]]


def _judged(left: pd.DataFrame, column: str, value: float, shown: str) -> Sentinel | None:
    holds = left[column] == value
    count = int(holds.sum())
    code = is_code(value)
    if not code and (count < _LEAST_OTHERS or count > _MOST_OTHERS * len(left)):
        return None
    if value == 0 and (count > _MOST_ZEROS * len(left) or _keeps_time(left["ds"][holds], left["ds"])):
        return None
    of_series = left[left["unique_id"].isin(left["unique_id"][holds].unique())]
    rest = of_series[of_series[column] != value]
    if len(rest) < _FEWEST_REST:
        return None
    others = rest.groupby("unique_id", sort=False)[column].agg(["min", "max"]).to_numpy()
    ranges = np.maximum(others[:, 1] - others[:, 0], np.finfo(float).tiny)
    gaps = np.where(value < others[:, 0], others[:, 0] - value, value - others[:, 1])  # below zero: within the range
    far = _ZERO_IN_RANGES if value == 0 else _CODE_IN_RANGES if code else _OTHER_IN_RANGES
    if not (gaps >= far * ranges).all():
        return None
    return Sentinel(shown, value, count, float(others.ravel()[np.abs(others - value).argmin()]))


def _keeps_time(of_value: "pd.Series[pd.Timestamp]", of_all: "pd.Series[pd.Timestamp]") -> bool:
    """Whether more than half of the rows fall on one weekday, or one hour, out of several."""
    for part in ("day_of_week", "hour"):
        times = getattr(of_value.dt, part)
        if getattr(of_all.dt, part).nunique() > 2 and times.value_counts(normalize=True).iloc[0] > _ONE_PHASE:
            return True
    return False


@dataclass(frozen=True)
class TakenOut:
    """The rows without what stands for a missing value, and the columns that are still read."""

    rows: pd.DataFrame
    columns: Columns
    values: tuple[float, ...]
    guess: Guess | None
    left_out: dict[str, str]
    """Covariates that would have gaps, and why."""

    def said_of(self, guess: Guess) -> Guess:
        """Return the guess of the covariates with what was left out of them; others as they are."""
        if guess.field != "source.columns.covariates" or not self.left_out:
            return guess
        why = "; ".join(f"'{name}' is left out, which would have gaps: {why}" for name, why in self.left_out.items())
        return replace(guess, value=", ".join(self.columns.covariates) or "none", why=f"{guess.why}; {why}")


def take_out(rows: pd.DataFrame, columns: Columns, *, keep: bool) -> TakenOut:
    """Return the rows of a file with each sentinel missing; with `keep`, as they are."""
    if keep:
        return TakenOut(rows, columns, (), None, {})
    found = find_sentinels(rows, "y", columns.y)
    values = tuple(sentinel.value for sentinel in found)
    left_out = {}
    for name in columns.covariates:
        own = (
            find_sentinels(rows, name, name) if rows[name].nunique() > _FLAG else []
        )  # a flag, such as a holiday's, has two
        shared = rows[name].isin(values)
        if own or shared.any():
            left_out[name] = own[0].told if own else f"{int(shared.sum()):,} rows of {rows[name][shared].iloc[0]:g}"
    kept = columns.model_copy(update={"covariates": tuple(c for c in columns.covariates if c not in left_out)})
    return TakenOut(without_values(rows, (), values), kept, values, guess_of(found), left_out)
