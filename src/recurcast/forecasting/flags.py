"""Observed points outside the champion's interval: each known step beside its one-step-ahead forecast. Pure.

step       4   5   6   7   8   9 | as_of      last 3, lookback 2
          [i   i]  y                          y is flagged where it lies outside the interval around the forecast of it
              [i   i]  y
                  [i   i]  y
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import WindowsConfig
from recurcast.errors import ConfigurationError
from recurcast.forecasting.drivers import calendar_around
from recurcast.forecasting.forecast import Predict, steps_ahead
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.forecasting.portable.network import spreads
from recurcast.series.frame import Panel, attributes_for
from recurcast.series.grid import Grid
from recurcast.series.windows import windows_at


@dataclass(frozen=True)
class Flags:
    """What was judged, a row per known step: `unique_id, ds, y, y_hat, y_hat_lo_L, y_hat_hi_L, score, flagged, ...`.

    `score` is |y - y_hat| over half the interval's width: above 1 is flagged.
    """

    rows: pd.DataFrame
    level: float
    unjudged: int
    """Steps with a gap in the window before them that must be whole, too few values there, or no value of their own."""

    @property
    def flagged(self) -> pd.DataFrame:
        """Return the rows that are flagged."""
        return self.rows[self.rows["flagged"]]

    @property
    def headline(self) -> str:
        """Return one line: how many of how many."""
        judged = f"{len(self.flagged)} of {len(self.rows)} known steps lie outside their {self.level:g}% interval"
        return judged + (f"; {self.unjudged} could not be judged, for gaps" if self.unjudged else "")


def can_flag(bundle: Bundle) -> bool:
    """Return whether the champion has intervals."""
    return bundle.widths is not None and len(bundle.levels) > 0


def refuse_without_intervals(bundle: Bundle) -> None:
    """Raise ConfigurationError where the champion has no intervals to lie outside of."""
    if not can_flag(bundle):
        raise ConfigurationError(
            f"a point is flagged where it lies outside the champion's interval; the champion of '{bundle.pipeline}' "
            f"({bundle.kind}) has none. Set parts.calibration and forecast.levels, and run the pipeline."
        )


def flag(bundle: Bundle, panel: Panel, grid: Grid, as_of: datetime, predict: Predict) -> Flags:
    """Return the panel's steps after its first `lookback` ones, each beside its forecast from the steps before it.

    The interval of the first step ahead counts, at the highest level.
    """
    assert bundle.widths is not None, "the caller asks for flags where there are intervals"
    judged = np.arange(bundle.lookback, len(panel.steps))
    windows = windows_at("track", panel, judged, WindowsConfig(lookback=bundle.lookback, horizon=1), bundle.fewest)
    y, inputs = windows.targets[:, 0], windows.inputs
    y_hat = predict(inputs, _drivers(bundle, panel, grid, windows.series, windows.origin))[:, 0]
    half = spreads(bundle, inputs) * bundle.widths[-1, 0]
    score = np.abs(y - y_hat) / np.maximum(half, np.finfo(np.float64).tiny)
    level = bundle.levels[-1]
    rows = pd.DataFrame(
        {
            "unique_id": pd.array(np.array(panel.ids)[windows.series], dtype="str"),
            "ds": panel.steps[windows.origin],
            "y": y,
            "y_hat": y_hat,
            f"y_hat_lo_{level:g}": y_hat - half,
            f"y_hat_hi_{level:g}": y_hat + half,
            "score": score,
            "flagged": score > 1,
            "model_version": pd.array([bundle.version] * len(y), dtype="Int64"),
            "as_of": pd.Timestamp(as_of),
        }
    )
    return Flags(rows, level, len(judged) * len(panel.ids) - len(rows))


def judged_before(instant: datetime, judged: Flags, served: Flags) -> Flags:
    """Return the judged weights' flags of steps before an instant, and those of the weights that serve from there on.

    The latter were fitted on the earlier steps, and would miss them by too little.
    """
    begins = pd.Timestamp(instant)
    parts = [judged.rows[judged.rows["ds"] < begins], served.rows[served.rows["ds"] >= begins]]
    rows = pd.concat(parts, ignore_index=True).sort_values(["unique_id", "ds"], ignore_index=True)
    return replace(served, rows=rows)


def joined(flags: Sequence[Flags]) -> Flags:
    """Return flags of one level, of several panels, as one."""
    if len(flags) == 1:
        return flags[0]
    rows = pd.concat([each.rows for each in flags], ignore_index=True).sort_values(
        ["unique_id", "ds"], ignore_index=True
    )
    return Flags(rows, flags[0].level, sum(each.unjudged for each in flags))


def _drivers(
    bundle: Bundle, panel: Panel, grid: Grid, series: NDArray[np.int64], origin: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """What stands beside each window up to the end of its whole horizon, which may reach beyond as_of."""
    if not bundle.calendar and not bundle.ahead and not bundle.attributes:
        return None
    steps = pd.DatetimeIndex(panel.steps.append(steps_ahead(grid, panel, bundle.horizon)))
    features = calendar_around(bundle, steps)
    ahead = None if panel.ahead is None or not bundle.ahead else panel.ahead.only(bundle.ahead)
    whole = Panel(
        panel.ids, steps, panel.values, features, ahead=ahead, attributes=attributes_for(bundle.attributes, panel)
    )
    return whole.drivers(series, origin[:, None] + np.arange(-bundle.lookback, bundle.horizon), origin)
