"""Networks with drawn weights, and the bundles made of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.forecasting.portable.network import spreads
from recurcast.series.grid import Grid
from recurcast.series.windows import Split, Windows, cut
from recurcast.training.export import bundle_of
from recurcast.training.inference import forecast
from recurcast.training.networks import Network, build_network, shape_of
from support.tiny import panel_of, tiny_pipeline

LOOKBACK, HORIZON, STEPS = 6, 2, 60
CALENDARS = {0: (), 2: ("hour",)}


@dataclass(frozen=True)
class Exported:
    """A network, the split it could have been fitted on, and its bundle."""

    pipeline: PipelineConfig
    network: Network
    split: Split
    bundle: Bundle

    @property
    def windows(self) -> Windows:
        return self.split.train

    @property
    def window(self) -> NDArray[np.float64]:
        return self.windows.inputs

    @property
    def calendar(self) -> NDArray[np.float64] | None:
        return self.windows.calendar if self.bundle.calendar else None

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        return spreads(self.bundle, self.window)[:, None]

    @property
    def level(self) -> NDArray[np.float64]:
        return self.window[:, :, 0].mean(axis=1, keepdims=True) if self.bundle.scale == "window" else np.zeros((1, 1))

    def keras_forecasts(self) -> NDArray[np.float64]:
        return forecast(self.network.forecaster, self.windows)

    def history(self, rows: int = STEPS) -> pd.DataFrame:
        """Return the last rows of both series as a history frame."""
        panel = self.split.panel
        columns = ("y", *self.bundle.covariates)
        frames = [
            pd.DataFrame(
                {"unique_id": name, "ds": panel.steps} | dict(zip(columns, panel.values[number].T, strict=True))
            )
            for number, name in enumerate(panel.ids)
        ]
        return pd.concat([frame.tail(rows) for frame in frames], ignore_index=True)


def exported(
    cell: Any,
    calendar: int = 0,
    covariates: int = 0,
    levels: tuple[float, ...] = (),
    parts: dict[str, int] | None = None,
    **settings: Any,
) -> Exported:
    """Return a network of three units on two hourly series; one window of the second is flat."""
    source = {"kind": "file", "path": "unread.csv", "columns": {"covariates": ["heat", "wind"][:covariates]}}
    pipeline = tiny_pipeline(
        source=source,
        parts=parts or {"history": 40, "validation": 10, "test": 10},
        windows={"lookback": LOOKBACK, "horizon": HORIZON},
        network={"units": 3, "calendar": CALENDARS[calendar], **settings},
    )
    rng = np.random.default_rng(4)
    values = rng.normal(0, [[3.0], [1.0]], (2, STEPS)) + (50 if pipeline.network.scale == "window" else 0)
    values[1, 10:20] = values[1, 10]
    panel = panel_of(*values.tolist())
    others = rng.normal(20, 7, (2, STEPS, covariates))
    features = rng.uniform(-1, 1, (STEPS, calendar))
    panel = type(panel)(panel.ids, panel.steps, np.concatenate([panel.values, others], axis=2), features)
    split = cut(panel, pipeline.parts, pipeline.windows)
    network = build_network(cell, pipeline.network, shape_of(split.train, split.validation_begins), seed=1)
    for variable in network.forecaster.trainable_variables:
        variable.assign(rng.normal(0, 0.5, variable.shape))
    widths = np.outer(np.arange(1, len(levels) + 1), np.arange(1, HORIZON + 1)).astype(np.float64) if levels else None
    bundle = bundle_of(pipeline, network, split, Grid("h", "UTC"), levels, widths)
    return Exported(pipeline, network, split, bundle)
