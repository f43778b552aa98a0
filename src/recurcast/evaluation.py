"""Every competitor on the same windows; MAE, RMSE and sMAPE are utilsforecast's.

MASE: MAE over that of the seasonal naive within the train part (Hyndman & Koehler 2006).
sMAPE: in percent, 200 * mean(|y - f| / (|y| + |f|)), from 0 to 200, as in the M4 competition (utilsforecast's lies
between 0 and 1). R² = 1 - SSE / SST of the targets. Skill = 1 - MAE / MAE of the baseline: above 0 beats it.
Over several series each score is the mean of the series' scores, so that every series counts alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from utilsforecast import losses

from recurcast.forecaster import Forecaster
from recurcast.windows import PartName, Split, Windows

METRICS = ("mae", "rmse", "mase", "smape", "r2", "skill")


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
    scale = seasonal_error(split.panel.y[:, : split.validation_begins], season)
    per_series = _per_series(windows, finite, scale, baseline)
    per_step = partial(_per_step, windows, finite, names, scale, baseline)
    return Evaluation(windows, predictions, _means(per_series, names), per_series, per_step)


def _per_series(
    windows: Windows, finite: Sequence[Prediction], scale: NDArray[np.float64], baseline: str
) -> pd.DataFrame:
    ids = windows.panel.ids
    rows = _rows(windows, finite, np.repeat(_ranks(ids)[windows.series], windows.horizon))
    scores = _scores(rows, finite, pd.Series(scale, index=_ranks(ids)), baseline)
    names = np.array(sorted(ids), dtype=object)[scores["group"]]
    return scores.assign(unique_id=pd.array(names, dtype="str"))[["unique_id", "competitor", *METRICS]]


def _per_step(
    windows: Windows, finite: Sequence[Prediction], names: list[str], scale: NDArray[np.float64], baseline: str
) -> pd.DataFrame:
    """Every series at every step is a group of its own, so that all steps are scored at once."""
    horizon, ranks = windows.horizon, _ranks(windows.panel.ids)
    first = horizon * ranks[windows.series]
    rows = _rows(windows, finite, (first[:, None] + np.arange(horizon)).ravel())
    in_order = np.empty_like(scale)
    in_order[ranks] = scale
    scores = _scores(rows, finite, pd.Series(np.repeat(in_order, horizon)), baseline)
    by_step = scores.assign(step=scores["group"] % horizon + 1)
    means = by_step.groupby(["step", "competitor"], sort=False)[list(METRICS)].mean()
    every = pd.MultiIndex.from_product([range(1, horizon + 1), names], names=["step", "competitor"])
    return means.reindex(every).reset_index()


def _rows(windows: Windows, predictions: Sequence[Prediction], groups: NDArray[np.int64]) -> pd.DataFrame:
    """One row per target: `unique_id` (the number of its group), `y` and a column per competitor."""
    columns = {"unique_id": groups, "y": windows.targets.ravel()}
    return pd.DataFrame(columns | {each.competitor: each.values.ravel() for each in predictions})


def seasonal_error(train: NDArray[np.float64], season: int) -> NDArray[np.float64]:
    """Return the seasonal naive's mean absolute error of each series, shape `(n_series,)`; NaN where it has none.

    `train` is `(n_series, n_steps)` on its grid, absent steps NaN. utilsforecast's `mase` computes the same from one row
    per step, which took several times the memory of the series.
    """
    return np.array([_mean_present(np.abs(y[season:] - y[:-season])) for y in train], dtype=np.float64)


def _mean_present(values: NDArray[np.float64]) -> float:
    present = ~np.isnan(values)
    return float(values.sum(where=present) / present.sum()) if present.any() else float("nan")


def _ranks(names: Sequence[str]) -> NDArray[np.int64]:
    """Numbers in the order of the names: grouping by them takes half the time of grouping by the names themselves."""
    return np.argsort(np.argsort(np.array(names, dtype=object)))


def _scores(
    rows: pd.DataFrame, predictions: Sequence[Prediction], scale: "pd.Series[float]", baseline: str
) -> pd.DataFrame:
    """One row per group and competitor: `group, competitor` and METRICS; `scale` is what MASE divides by, by group."""
    competitors = [each.competitor for each in predictions]
    absolute = losses.mae(rows, competitors)
    tables = {
        "mae": absolute,
        "rmse": losses.rmse(rows, competitors),
        "mase": absolute.assign(**absolute[competitors].div(absolute["unique_id"].map(scale), axis=0)),
        "smape": losses.smape(rows, competitors),
        "r2": _r2(rows, competitors),
    }
    columns = {
        metric: table.sort_values("unique_id")[competitors].to_numpy().ravel("F") for metric, table in tables.items()
    }
    present = np.sort(rows["unique_id"].unique())
    scores = pd.DataFrame({"group": np.tile(present, len(competitors)), **columns})
    scores["competitor"] = pd.array(np.repeat(np.array(competitors, dtype=object), len(present)), dtype="str")
    scores["smape"] *= 200
    reference = scores[scores["competitor"] == baseline].set_index("group")["mae"]
    scores["skill"] = 1 - scores["mae"] / scores["group"].map(reference)
    return scores[["group", "competitor", *METRICS]].replace([np.inf, -np.inf], np.nan)


def _r2(rows: pd.DataFrame, competitors: list[str]) -> pd.DataFrame:
    ids = rows["unique_id"]
    deviation = rows["y"] - rows["y"].groupby(ids).transform("mean")
    total = deviation.pow(2).groupby(ids).sum()
    squared = rows[competitors].sub(rows["y"], axis=0).pow(2).groupby(ids).sum()
    return pd.DataFrame(1 - squared.div(total.where(total > 0), axis=0)).reset_index()


def _means(per_series: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    means = per_series.groupby("competitor", sort=False)[list(METRICS)].mean()
    return means.reindex(pd.Index(names, name="competitor")).reset_index()
