"""Scores of series summed file by file: what is kept of a file once it is let go, so that memory does not grow with files.

Each score is a mean over series of what a series' own windows give (see `metrics`), so that sums and counts are enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config.metrics import METRICS
from recurcast.evaluation.losses import Prediction
from recurcast.evaluation.metrics import Evaluation, scores_of
from recurcast.series.windows import Split, Windows

MOST_SERIES = 1_000
"""Series whose own scores are kept: the first of the files."""
_KEY = ["step", "competitor"]


@dataclass
class Tally:
    """Sums of the scores of one part's windows."""

    season: int
    baseline: str
    n_windows: int = 0
    horizon: int = 0
    _names: list[str] = field(default_factory=list)
    _not_finite: set[str] = field(default_factory=set)
    _sums: dict[bool, pd.DataFrame] = field(default_factory=dict)
    """Of means over the horizon, and of each of its steps: sums and counts."""
    _kept: list[pd.DataFrame] = field(default_factory=list)
    _n_kept: int = 0
    _first_origin: int | None = None

    def add(self, windows: Windows, predictions: Sequence[Prediction], split: Split) -> None:
        """Add what the competitors forecast of a file's windows, of which there is one at least."""
        self._names = [each.competitor for each in predictions]
        self._not_finite |= {each.competitor for each in predictions if not each.finite}
        self.n_windows, self.horizon = self.n_windows + len(windows), windows.horizon
        first = int(windows.origin.min())
        self._first_origin = first if self._first_origin is None else min(first, self._first_origin)
        finite = [each for each in predictions if each.finite]
        for by_step in (False, True):
            steps = windows.horizon if by_step else 1
            rows = scores_of(windows, finite, split, self.season, self.baseline, steps=steps)
            if not by_step and self._n_kept < MOST_SERIES:
                some = rows[rows["unique_id"].isin(rows["unique_id"].unique()[: MOST_SERIES - self._n_kept])]
                self._kept.append(some[["unique_id", "competitor", *METRICS]])
                self._n_kept += some["unique_id"].nunique()
            found = rows.groupby(_KEY, sort=False)[list(METRICS)].agg(["sum", "count"])
            known = self._sums.get(by_step)
            self._sums[by_step] = found if known is None else known.add(found, fill_value=0)

    def evaluation(self, shown: Windows, predictions: Sequence[Prediction]) -> Evaluation:
        """Return the scores of all that was added; the windows that it has are those of a few series, to be shown."""
        assert self._first_origin is not None, "a part has a window in some file"
        per_series = pd.concat(self._kept, ignore_index=True)
        rank = per_series["competitor"].map({name: place for place, name in enumerate(self._names)})
        order = np.lexsort((per_series["unique_id"].to_numpy(dtype=object), rank.to_numpy()))
        per_series = per_series.take(order).reset_index(drop=True)
        by_step = self._means(by_step=True, steps=self.horizon)
        return Evaluation(
            shown,
            tuple(predictions),
            self._means(by_step=False, steps=1).drop(columns="step"),
            per_series[~per_series["competitor"].isin(self._not_finite)].reset_index(drop=True),
            lambda: by_step,
            (self.n_windows, self._first_origin),
        )

    def _means(self, *, by_step: bool, steps: int) -> pd.DataFrame:
        """A row for each step and competitor in its place; NaN where there is no score, or a forecast was not finite."""
        sums, every = self._sums[by_step], pd.MultiIndex.from_product([range(1, steps + 1), self._names], names=_KEY)
        means = pd.DataFrame(
            {name: sums[name, "sum"] / sums[name, "count"].where(sums[name, "count"] > 0) for name in METRICS}
        )
        means = means.reindex(every).reset_index()
        of_numbers = ~means["competitor"].isin(self._not_finite)
        return means.assign(**{name: means[name].where(of_numbers) for name in METRICS})


@dataclass
class Share:
    """The share of known targets within intervals, over files; targets are counted, so that no share is rounded."""

    _within: dict[str, int] = field(default_factory=dict)
    _known: int = 0

    def add(self, shares: Mapping[str, float], targets: NDArray[np.float64]) -> None:
        """Add the shares of a file's targets, by level."""
        count = int((~np.isnan(targets)).sum())
        if count and shares:
            self._known += count
            self._within = {level: self._within.get(level, 0) + round(share * count) for level, share in shares.items()}

    @property
    def mean(self) -> dict[str, float]:
        """Return the share over all that was added, by level."""
        return {level: within / self._known for level, within in self._within.items()}
