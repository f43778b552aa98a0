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
        """Return the scores per step of the horizon; each step takes as long as all the rest, so only when asked for."""
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
    long = _long(windows, [each for each in predictions if each.finite])
    scale = _scale(split, season)
    names = [each.competitor for each in predictions]
    finite = [each.competitor for each in predictions if each.finite]
    per_series = _scores(windows, long, finite, scale, baseline)
    per_step = partial(_per_step, windows, predictions, split, season, baseline)
    return Evaluation(windows, predictions, _means(per_series, names), per_series, per_step)


def _per_step(
    windows: Windows, predictions: Sequence[Prediction], split: Split, season: int, baseline: str
) -> pd.DataFrame:
    finite = [each for each in predictions if each.finite]
    long, scale = _long(windows, finite), _scale(split, season)
    names = [each.competitor for each in finite]
    steps = [
        _means(
            _scores(windows, long[long["step"] == step], names, scale, baseline),
            [each.competitor for each in predictions],
        ).assign(step=step)
        for step in range(1, windows.horizon + 1)
    ]
    return pd.concat(steps, ignore_index=True)[["step", "competitor", *METRICS]]


def _long(windows: Windows, predictions: Sequence[Prediction]) -> pd.DataFrame:
    """One row per target: `unique_id` (the series' rank among the names), `step`, `y` and a column per competitor."""
    columns = {
        "unique_id": np.repeat(_ranks(windows.panel.ids)[windows.series], windows.horizon),
        "step": np.tile(np.arange(1, windows.horizon + 1), len(windows)),
        "y": windows.targets.ravel(),
    }
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


def _scale(split: Split, season: int) -> "pd.Series[float]":
    """What MASE divides by; series as in `_long`."""
    error = seasonal_error(split.panel.y[:, : split.validation_begins], season)
    return pd.Series(error, index=_ranks(split.panel.ids))


def _ranks(names: Sequence[str]) -> NDArray[np.int64]:
    """Numbers in the order of the names: grouping by them takes half the time of grouping by the names themselves."""
    return np.argsort(np.argsort(np.array(names, dtype=object)))


def _scores(
    windows: Windows, long: pd.DataFrame, competitors: list[str], scale: "pd.Series[float]", baseline: str
) -> pd.DataFrame:
    """One row per series and competitor: `unique_id, competitor` and METRICS."""
    rows = long.drop(columns="step")
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
    scores = pd.DataFrame({"rank": np.tile(present, len(competitors)), **columns})
    scores.insert(0, "competitor", np.repeat(np.array(competitors, dtype=object), len(present)))
    scores.insert(0, "unique_id", np.array(sorted(windows.panel.ids), dtype=object)[scores["rank"]])
    scores = scores.astype({"unique_id": "str", "competitor": "str"})
    scores["smape"] *= 200
    reference = scores[scores["competitor"] == baseline].set_index("rank")["mae"]
    scores["skill"] = 1 - scores["mae"] / scores["rank"].map(reference)
    return scores[["unique_id", "competitor", *METRICS]].replace([np.inf, -np.inf], np.nan)


def _r2(rows: pd.DataFrame, competitors: list[str]) -> pd.DataFrame:
    ids = rows["unique_id"]
    deviation = rows["y"] - rows["y"].groupby(ids).transform("mean")
    total = deviation.pow(2).groupby(ids).sum()
    squared = rows[competitors].sub(rows["y"], axis=0).pow(2).groupby(ids).sum()
    return pd.DataFrame(1 - squared.div(total.where(total > 0), axis=0)).reset_index()


def _means(per_series: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    means = per_series.groupby("competitor", sort=False)[list(METRICS)].mean()
    return means.reindex(pd.Index(names, name="competitor")).reset_index()
