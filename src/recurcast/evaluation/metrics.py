"""Every competitor on the same windows; MAE, RMSE and sMAPE are utilsforecast's.

MASE: MAE over that of the seasonal naive within the train part (Hyndman & Koehler 2006); none where that is 0 or rounding.
sMAPE: in percent, 200 * mean(|y - f| / (|y| + |f|)), from 0 to 200, as in the M4 competition (utilsforecast's lies
between 0 and 1). R² = 1 - SSE / SST of the targets. Skill = 1 - MAE / MAE of the baseline: above 0 beats it. Both have
none where what they divide by is 0 or rounding. Over several series each score is the mean of the series' scores, so that
every series counts alike, those left out that have none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from utilsforecast import losses

from recurcast.config.metrics import METRICS
from recurcast.evaluation.competitors import Forecaster
from recurcast.evaluation.scales import rounding_of, seasonal_error
from recurcast.series.windows import PartName, Split, Windows


@dataclass(frozen=True)
class Prediction:
    """One competitor's forecasts of a part's windows, in series units, shape `(n_windows, horizon)`."""

    competitor: str
    values: NDArray[np.float64]

    @property
    def finite(self) -> bool:
        """Return whether every forecast is a finite number."""
        return bool(np.isfinite(self.values).all())


@dataclass(frozen=True)
class Evaluation:
    """Scores of all competitors on one part; a competitor with any forecast that is not finite has none (NaN).

    Columns: `competitor`, then METRICS; `per_series` also `unique_id`, `per_step` also `step` (1 is the first).
    """

    windows: Windows
    predictions: tuple[Prediction, ...]
    overall: pd.DataFrame
    per_series: pd.DataFrame
    _scores_per_step: Callable[[], pd.DataFrame]

    @cached_property
    def per_step(self) -> pd.DataFrame:
        """Return the scores per step of the horizon, computed only when asked for."""
        if self.windows.horizon == 1:
            return self.overall.assign(step=1)[["step", "competitor", *METRICS]]
        return self._scores_per_step()

    @property
    def part(self) -> PartName:
        """Return the part whose windows were scored."""
        return self.windows.part

    def score(self, competitor: str, metric: str) -> float:
        """Return one overall score."""
        return float(self._by_competitor[metric][competitor])

    def measure(self, metric: str) -> str:
        """Return the metric itself, or MAE in the place of MASE where no series has a scale."""
        return "mae" if metric == "mase" and self.overall["mase"].isna().all() else metric

    @cached_property
    def _by_competitor(self) -> pd.DataFrame:
        return self.overall.set_index("competitor")

    @property
    def competitors(self) -> tuple[str, ...]:
        """Return the competitors' names."""
        return tuple(self.overall["competitor"])


def evaluate(
    forecasters: Sequence[Forecaster], windows: Windows, split: Split, season: int, baseline: str
) -> Evaluation:
    """Return all scores of the forecasters on the windows; `baseline` names the one that skill is measured against."""
    predictions = tuple(Prediction(each.name, each.predict(windows)) for each in forecasters)
    names = [each.competitor for each in predictions]
    finite = [each for each in predictions if each.finite]
    scales = _Scales(seasonal_error(split.panel.y[:, : split.validation_begins], season), rounding_of(split.panel.y))
    per_series = _per_series(windows, finite, scales, baseline)
    per_step = partial(_per_step, windows, finite, names, scales, baseline)
    return Evaluation(windows, predictions, _means(per_series, names), per_series, per_step)


@dataclass(frozen=True)
class _Scales:
    """What scores are divided by, and below what an error is none, one number each for every series or group."""

    seasonal: NDArray[np.float64]
    rounding: NDArray[np.float64]

    def of(self, groups: NDArray[np.int64]) -> pd.DataFrame:
        """Both by group; the numbers here are those of the series."""
        return pd.DataFrame({"seasonal": self.seasonal, "rounding": self.rounding}, index=groups)


def _per_series(windows: Windows, finite: Sequence[Prediction], scales: _Scales, baseline: str) -> pd.DataFrame:
    ids = windows.panel.ids
    rows = _rows(windows, finite, np.repeat(_ranks(ids)[windows.series], windows.horizon))
    scores = _scores(rows, finite, scales.of(_ranks(ids)), baseline)
    names = np.array(sorted(ids), dtype=object)[scores["group"]]
    return scores.assign(unique_id=pd.array(names, dtype="str"))[["unique_id", "competitor", *METRICS]]


def _per_step(
    windows: Windows, finite: Sequence[Prediction], names: list[str], scales: _Scales, baseline: str
) -> pd.DataFrame:
    """Every series at every step is a group of its own, so that all steps are scored at once."""
    horizon, ranks = windows.horizon, _ranks(windows.panel.ids)
    first = horizon * ranks[windows.series]
    rows = _rows(windows, finite, (first[:, None] + np.arange(horizon)).ravel())
    of_steps = scales.of(ranks).sort_index()
    scores = _scores(rows, finite, of_steps.loc[of_steps.index.repeat(horizon)].reset_index(drop=True), baseline)
    by_step = scores.assign(step=scores["group"] % horizon + 1)
    means = by_step.groupby(["step", "competitor"], sort=False)[list(METRICS)].mean()
    every = pd.MultiIndex.from_product([range(1, horizon + 1), names], names=["step", "competitor"])
    return means.reindex(every).reset_index()


def _rows(windows: Windows, predictions: Sequence[Prediction], groups: NDArray[np.int64]) -> pd.DataFrame:
    """One row per target: `unique_id` (the number of its group), `y` and a column per competitor."""
    columns = {"unique_id": groups, "y": windows.targets.ravel()}
    return pd.DataFrame(columns | {each.competitor: each.values.ravel() for each in predictions})


def _ranks(names: Sequence[str]) -> NDArray[np.int64]:
    """Numbers in the order of the names: grouping by them takes half the time of grouping by the names themselves."""
    return np.argsort(np.argsort(np.array(names, dtype=object)))


def _scores(rows: pd.DataFrame, predictions: Sequence[Prediction], scales: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """One row per group and competitor: `group, competitor` and METRICS; `scales` are those of `_Scales`, by group."""
    competitors = [each.competitor for each in predictions]
    absolute = losses.mae(rows, competitors)
    scale = absolute["unique_id"].map(scales["seasonal"].where(scales["seasonal"] > 0))
    tables = {
        "mae": absolute,
        "rmse": losses.rmse(rows, competitors),
        "mase": absolute.assign(**absolute[competitors].div(scale, axis=0)),
        "smape": losses.smape(rows, competitors),
        "r2": _r2(rows, competitors, scales["rounding"]),
    }
    columns = {
        metric: table.sort_values("unique_id")[competitors].to_numpy().ravel("F") for metric, table in tables.items()
    }
    present = np.sort(rows["unique_id"].unique())
    scores = pd.DataFrame({"group": np.tile(present, len(competitors)), **columns})
    scores["competitor"] = pd.array(np.repeat(np.array(competitors, dtype=object), len(present)), dtype="str")
    scores["smape"] *= 200
    reference = scores[scores["competitor"] == baseline].set_index("group")["mae"]
    reference = reference.where(reference > scales["rounding"].reindex(reference.index))
    scores["skill"] = 1 - scores["mae"] / scores["group"].map(reference)
    return scores[["group", "competitor", *METRICS]].replace([np.inf, -np.inf], np.nan)


def _r2(rows: pd.DataFrame, competitors: list[str], rounding: "pd.Series[float]") -> pd.DataFrame:
    ids = rows["unique_id"]
    deviation = rows["y"] - rows["y"].groupby(ids).transform("mean")
    squares = deviation.pow(2).groupby(ids)
    total, typical = squares.sum(), squares.mean() ** 0.5
    squared = rows[competitors].sub(rows["y"], axis=0).pow(2).groupby(ids).sum()
    return pd.DataFrame(1 - squared.div(total.where(typical > rounding.reindex(typical.index)), axis=0)).reset_index()


def _means(per_series: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    means = per_series.groupby("competitor", sort=False)[list(METRICS)].mean()
    return means.reindex(pd.Index(names, name="competitor")).reset_index()
