"""Every competitor on the same windows: scores by the formulas of `config.metrics`, of the losses that verdicts are given on.

Over several series each score is the mean of the series' scores, so that every series counts alike, those left out that
have none. A target that is not known counts nothing: a window's losses are means over the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config.metrics import LOSSES, METRICS
from recurcast.evaluation.competitors import Forecaster
from recurcast.evaluation.losses import Prediction, mean_of_known
from recurcast.evaluation.scales import scales_of
from recurcast.series.reading.giving_back import give_back
from recurcast.series.windows import PartName, Split, Windows

_MANY_WINDOWS = 2**17


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
    _of_all: "tuple[int, int] | None" = None
    """How many windows were scored, and the first origin, where those that are here are of a few series."""

    @property
    def n_windows(self) -> int:
        """Return how many windows were scored."""
        return self._of_all[0] if self._of_all else len(self.windows)

    @property
    def first_origin(self) -> int:
        """Return the first step that is an origin of one."""
        return self._of_all[1] if self._of_all else int(self.windows.origin.min())

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

    def without_forecasts(self) -> "Evaluation":
        """Return the scores over the horizon alone; of many windows the forecasts are as large as the series."""
        return replace(self, predictions=(), _scores_per_step=_forgotten)

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
    scores = partial(scores_of, windows, [each for each in predictions if each.finite], split, season, baseline)
    of_series = scores(steps=1)
    if len(windows) > _MANY_WINDOWS:  # what forecasts and scores were made of is as much as what comes next needs
        give_back()
    overall = of_series.groupby("competitor", sort=False)[list(METRICS)].mean()
    return Evaluation(
        windows,
        predictions,
        overall.reindex(pd.Index(names, name="competitor")).reset_index(),
        of_series[["unique_id", "competitor", *METRICS]],
        partial(_per_step, scores, windows.horizon, names),
    )


def _forgotten() -> pd.DataFrame:
    raise LookupError("scores per step are made of forecasts, which were let go")


def _per_step(scores: Callable[..., pd.DataFrame], horizon: int, names: list[str]) -> pd.DataFrame:
    means = scores(steps=horizon).groupby(["step", "competitor"], sort=False)[list(METRICS)].mean()
    every = pd.MultiIndex.from_product([range(1, horizon + 1), names], names=["step", "competitor"])
    return means.reindex(every).reset_index()


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # errors beyond all numbers give scores that are none
def scores_of(
    windows: Windows, predictions: Sequence[Prediction], split: Split, season: int, baseline: str, *, steps: int
) -> pd.DataFrame:
    """Return a row per competitor, series (by name) and step; with one step the losses are means over the horizon."""
    ids, targets = windows.panel.ids, windows.targets
    by_name = np.argsort(np.array(ids, dtype=object))
    ranks, group = np.unique(np.argsort(by_name)[windows.series], return_inverse=True)
    series = by_name[ranks]
    scales = scales_of(split, season)
    rounding, seasonal = scales.rounding[series, None], scales.seasonal[series, None]

    def means(of_targets: NDArray[np.float64]) -> NDArray[np.float64]:
        columns = of_targets if steps > 1 else mean_of_known(of_targets, targets)[:, None]
        return pd.DataFrame(columns, copy=False).groupby(group).mean().to_numpy()

    def beyond_rounding(mean: NDArray[np.float64], error: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(error > rounding, mean, np.nan)

    centres = means(targets)
    centres = np.where(np.isnan(centres), 0.0, centres)  # of a step at which no target is known
    centre = Prediction("their mean", np.broadcast_to(centres[group], targets.shape))
    variance = means(centre.losses("squared", targets))
    known = {
        "scale": np.where(seasonal > 0, seasonal, np.nan),
        "variance": beyond_rounding(variance, np.sqrt(variance)),
    }
    of_each = [{loss: means(each.losses(loss, targets)) for loss in LOSSES} for each in predictions]
    found = [mean["absolute"] for each, mean in zip(predictions, of_each, strict=True) if each.competitor == baseline]
    known["reference"] = beyond_rounding(found[0], found[0]) if found else np.full_like(variance, np.nan)
    columns = {
        name: np.array([metric.score(mean | known) for mean in of_each], dtype=np.float64).ravel()
        for name, metric in METRICS.items()
    }
    rows = {
        "unique_id": np.tile(np.repeat(np.array(ids, dtype=object)[series], steps), len(predictions)),
        "competitor": np.repeat(np.array([each.competitor for each in predictions], dtype=object), len(series) * steps),
    }
    texts = {name: pd.array(values, dtype="str") for name, values in rows.items()}
    step = np.tile(np.arange(1, steps + 1), len(series) * len(predictions))
    return pd.DataFrame(texts | {"step": step} | columns).replace([np.inf, -np.inf], np.nan)
