"""Losses per forecast origin: what a verdict is given on, kept so that it can be given again without any training.

One row per series, origin (instant of the first target) and competitor, each a mean over the horizon's known targets:

    unique_id | origin | competitor | LOSSES | scale
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config.metrics import LOSSES, METRICS
from recurcast.evaluation.scales import scales_of, told_of_scales
from recurcast.series.ids import of_codes
from recurcast.series.stretches import stretches
from recurcast.series.windows import Split, Windows

_KEY = ["unique_id", "origin", "competitor"]
_ROWS_OF_A_GROUP = 2**20


@dataclass(frozen=True)
class Prediction:
    """One competitor's forecasts of a part's windows, in series units, shape `(n_windows, horizon)`."""

    competitor: str
    values: NDArray[np.float64]

    @cached_property
    def finite(self) -> bool:
        """Return whether every forecast is a finite number."""
        return bool(np.isfinite(self.values).all())

    def losses(self, name: str, targets: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one of LOSSES for every forecast; all NaN where any forecast is not a finite number."""
        forecasts = self.values if self.finite else np.full_like(self.values, np.nan)
        return LOSSES[name](targets, forecasts)


@dataclass(frozen=True)
class Losses:
    """The losses of all competitors on the same windows."""

    rows: pd.DataFrame

    @property
    def competitors(self) -> frozenset[str]:
        """Return the names of who was scored."""
        return frozenset(self.rows["competitor"])

    def score(self, competitor: str, metric: str) -> float:
        """Return the mean over the series of a competitor's score by a metric that decides; NaN where it has none."""
        own = self.rows[self.rows["competitor"] == competitor]
        means = own.groupby("unique_id", sort=True).mean(numeric_only=True)
        per_series = METRICS[metric].score(_losses_in(means))
        return float(per_series.mean()) if self.finite(competitor) else float("nan")

    def finite(self, competitor: str) -> bool:
        """Return whether every forecast of a competitor is a finite number."""
        return bool(self.rows.loc[self.rows["competitor"] == competitor, "absolute"].notna().all())

    @property
    def n_origins(self) -> int:
        """Return how many different origins there are."""
        return int(self.rows["origin"].nunique())

    def measure(self, metric: str) -> str:
        """Return the metric itself, or MAE in the place of MASE where no series has a scale."""
        return "mae" if metric == "mase" and len(self.rows) and not (self.rows["scale"] > 0).any() else metric

    def counting_for(self, metric: str) -> "Losses":
        """Return the losses that a score by the metric is made of: for MASE those of series that have a scale."""
        scaled = self.rows["scale"] > 0
        return Losses(self.rows[scaled].reset_index(drop=True)) if metric == "mase" and not scaled.all() else self

    @property
    def told_of_scales(self) -> str:
        """Return which series MASE leaves out, or that MAE judges in its place; an empty text where all have a scale."""
        if (self.rows["scale"] > 0).all():
            return ""
        return told_of_scales(self.rows.groupby("unique_id", sort=True)["scale"].first())

    def per_origin(self, competitor: str, metric: str) -> NDArray[np.float64]:
        """Return a competitor's losses, averaged over the series of each origin in turn, shape `(n_origins,)`.

        Those of `rmse` are squared errors, and those of `mase` leave out series without a scale.
        """
        counting = self.counting_for(metric).rows
        own = counting[counting["competitor"] == competitor]
        losses = METRICS[metric].formula(_losses_in(own))
        return losses.groupby(own["origin"], sort=True).mean().to_numpy(dtype=np.float64)

    def by_series(self, competitor: str, metric: str) -> NDArray[np.float64]:
        """Return a competitor's losses as `per_origin` has them, not averaged, shape `(n_series, n_origins)`.

        NaN where a series has no window at an origin.
        """
        counting = self.counting_for(metric).rows
        own = counting[counting["competitor"] == competitor]
        series, ids = pd.factorize(own["unique_id"], sort=True)
        origin, origins = pd.factorize(own["origin"], sort=True)
        losses = np.full((len(ids), len(origins)), np.nan)
        losses[series, origin] = METRICS[metric].formula(_losses_in(own))
        return losses

    def with_earlier(self, others: "Losses | None") -> "Losses":
        """Return the losses with those at origins before all of these, in the order of both."""
        if others is None or others.rows.empty:
            return self
        rows = _below_each_other([others.rows, self.rows])
        series = pd.factorize(rows["unique_id"], sort=True)[0]  # of numbers, not of two texts: see `losses_of`
        return Losses(rows.take(np.argsort(series, kind="stable")).reset_index(drop=True))

    def since(self, instant: datetime) -> "Losses":
        """Return the losses at origins at or after an instant."""
        return Losses(self.rows[self.rows["origin"] >= pd.Timestamp(instant)].reset_index(drop=True))

    def scaled_by(self, split: Split, season: int) -> "Losses":
        """Return the losses with the scales that the split's train part gives, as `losses_of` does."""
        scales: dict[str, float] = {}
        for piece in split.pieces():
            scales |= zip(piece.panel.ids, scales_of(piece, season).seasonal.tolist(), strict=True)
            del piece
        return Losses(self.rows.assign(scale=self.rows["unique_id"].map(scales).astype("float64")))

    def at_the_origins_of(self, others: "Losses") -> "Losses":
        """Return the losses of the series and origins that `others` has too."""
        kept = others.rows[["unique_id", "origin"]].drop_duplicates()
        found = _in_texts(self.rows).merge(_in_texts(kept), on=["unique_id", "origin"])
        return Losses(found.sort_values(_KEY, ignore_index=True))

    def replacing(self, competitor: str, others: "Losses | None") -> "Losses":
        """Return the losses with those of one competitor taken from `others`, or left out."""
        kept = self.rows[self.rows["competitor"] != competitor]
        came = [] if others is None else [others.rows[others.rows["competitor"] == competitor]]
        return Losses(_below_each_other([kept, *came]).sort_values(_KEY, ignore_index=True))

    def to_parquet(self) -> bytes:
        """Return the rows as a Parquet file."""
        import pyarrow.parquet as pq

        buffer = BytesIO()
        with pq.ParquetWriter(buffer, _as_arrow(self.rows.iloc[:0]).schema) as file:
            for own in stretches(len(self.rows), length=_ROWS_OF_A_GROUP):
                file.write_table(_as_arrow(self.rows.iloc[own]))
        return buffer.getvalue()

    @classmethod
    def from_parquet(cls, content: bytes) -> "Losses":
        """Return the losses that a Parquet file of `to_parquet` holds."""
        return cls(pd.read_parquet(BytesIO(content)))


@np.errstate(over="ignore")  # errors beyond all numbers
def losses_of(windows: Windows, predictions: Iterable[Prediction], split: Split, season: int) -> Losses:
    """Return the losses of predictions of the windows; those of a competitor with a forecast that is not finite are NaN.

    `scale` is the seasonal naive's mean absolute error within the train part, which MASE divides by: 0 where that is
    rounding, NaN where no two values are a season apart.
    """
    scored = sorted(predictions, key=lambda each: each.competitor)
    ids, scale = windows.panel.ids, scales_of(split, season).seasonal
    competitors = [each.competitor for each in scored]
    # What will stand in order is laid out in it: sorting so many rows by two texts takes several times their memory.
    by_name = np.argsort(np.array(ids, dtype=object))
    rank = by_name.argsort().astype(windows.series.dtype)
    order = np.lexsort((windows.origin, rank[windows.series])).astype(windows.origin.dtype, copy=False)
    rows: dict[str, Any] = {
        "unique_id": of_codes(rank[windows.series[order]].repeat(len(scored)), [ids[row] for row in by_name]),
        "origin": windows.panel.steps[windows.origin[order]].repeat(len(scored)),
        "competitor": of_codes(np.tile(np.arange(len(scored), dtype=np.int16), len(windows)), competitors),
    }
    targets = windows.targets
    for name in LOSSES:
        side_by_side = np.empty((len(windows), len(scored)))
        for column, each in enumerate(scored):
            side_by_side[:, column] = mean_of_known(each.losses(name, targets), targets)[order]
        rows[name] = side_by_side.ravel()
    rows["scale"] = scale[windows.series[order]].repeat(len(scored))
    return Losses(pd.DataFrame(rows, copy=False))


def losses_together(parts: Sequence[Losses]) -> Losses:
    """Return the losses of the same competitors on files that have no series in common, in the order of `losses_of`."""
    if len(parts) == 1:
        return parts[0]
    names = sorted({name for each in parts for name in each.rows["unique_id"].cat.categories})
    place = {name: number for number, name in enumerate(names)}
    codes = [
        np.array([place[name] for name in each.rows["unique_id"].cat.categories], np.int32)[
            each.rows["unique_id"].cat.codes
        ]
        for each in parts
    ]
    series = np.concatenate(codes)
    order = np.argsort(series, kind="stable")
    rows: dict[str, Any] = {"unique_id": of_codes(series[order], names)}
    for name in parts[0].rows.columns.drop("unique_id"):
        rows[name] = pd.concat([each.rows[name] for each in parts], ignore_index=True).take(order).array
    return Losses(pd.DataFrame(rows, copy=False))


def mean_of_known(losses: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the known targets of each window, shape `(n_windows,)`; NaN where there is none."""
    unknown = np.isnan(targets)
    if not unknown.any():
        return losses.mean(axis=1)
    counts = (~unknown).sum(axis=1)
    return np.asarray(np.where(unknown, 0.0, losses).sum(axis=1) / np.where(counts, counts, np.nan))


def _as_arrow(rows: pd.DataFrame) -> Any:
    import pyarrow as pa

    with warnings.catch_warnings():  # as pandas does where it writes the file: Arrow asks for `Series.values`
        warnings.filterwarnings("ignore", "Series.values returning")
        return pa.Table.from_pandas(_in_texts(rows), preserve_index=False)


def _below_each_other(parts: list[pd.DataFrame]) -> pd.DataFrame:
    same = all(each.dtypes.equals(parts[0].dtypes) for each in parts)
    return pd.concat(parts if same else map(_in_texts, parts), ignore_index=True)


def _in_texts(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with names as texts, which files have, and which other rows' names can be set beside."""
    return rows.astype({name: "str" for name in ("unique_id", "competitor") if name in rows.columns})


def _losses_in(rows: pd.DataFrame) -> pd.DataFrame:
    """What formulas take; a loss that came after the rows were kept is NaN."""
    found = rows.reindex(columns=[*LOSSES, "scale"])
    return found.assign(scale=found["scale"].where(found["scale"] > 0))
