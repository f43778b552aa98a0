"""What a run may cost, asked before anything is laid out: every bound follows the memory, and is in its message.

A frame is a grid of series x steps. A file fills most of it; where it does not, a date of another century is the
likely cause, and a few kilobytes would be laid out as gigabytes.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.environment import memory
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series.calendar import columns_of
from recurcast.series.grid import Grid, fixed_step

FEWEST_POINTS = 10_000_000
"""No bound is below this, whatever the memory."""
LARGEST = 1e100
"""No value is believed that is further from zero: sums of squares of larger ones are no numbers any more."""
_BYTES_OF_A_POINT = 200  # at the peak of a run, see docs/performance.md
_OF_A_GENERATED = 10 * _BYTES_OF_A_POINT  # what is made of a line of text takes a tenth of the memory at most
_POINTS_OF_A_ROW = 20
_FEW = 0.01
_COPIES_OF_WEIGHTS, _COPIES_OF_STATES, _COMPETITORS = 4, 12, 8
_LEAST_BYTES = 2 * 10**9
_BYTES_OF_A_LOSS = 3 * 62  # a row, and copies of it where the verdict is given


def most_points(rows: int | None = None) -> int:
    """Return how many points (series x steps) a frame may have, of a file of so many rows or of a generated source."""
    if rows is None:
        return max(FEWEST_POINTS, memory() // _OF_A_GENERATED)
    return max(FEWEST_POINTS, min(memory() // _BYTES_OF_A_POINT, rows * _POINTS_OF_A_ROW))


def refuse_costly(pipeline: PipelineConfig, series: int, rows: int | None = None) -> None:
    """Raise ConfigurationError where the pipeline's parts, or its networks, are more than the memory should hold.

    `rows` are those of the file; none of a generated source.
    """
    parts, most = pipeline.parts, most_points(rows)
    if series * parts.steps > most:
        shorten = "parts.history" if rows is not None or series == 1 else "parts.history, or make fewer source.series"
        raise ConfigurationError(
            f"a frame has at most {most:,} points (series x steps) {'here' if rows is None else 'for this file'}; history "
            f"{parts.history} + validation {parts.validation} + test {parts.test} steps of {series:,} series are "
            f"{series * parts.steps:,}. Shorten {shorten}."
        )
    needed, allowed = _training_bytes(pipeline, series), max(_LEAST_BYTES, memory() // 4)
    if needed > allowed:
        network, windows = pipeline.network, pipeline.windows
        raise ConfigurationError(
            f"training takes at most {allowed / 1e9:.1f} GB, a quarter of the memory; units {network.units} x layers "
            f"{network.layers}, batch_size {pipeline.training.batch_size}, lookback {windows.lookback} and horizon "
            f"{windows.horizon} take about {needed / 1e9:,.1f} GB. Make the largest of them smaller."
        )


def refuse_wide(rows: pd.DataFrame, grid: Grid) -> None:
    """Raise DataRejected where a file's rows span far more of the grid than they fill; names a date that strays."""
    step = fixed_step(grid.frequency)
    if step is None:  # the days of all years that a frame can hold are few
        return
    ds = rows["ds"].to_numpy(dtype="datetime64[ns]").astype(np.int64)
    points = ((int(ds.max()) - int(ds.min())) // step.value + 1) * rows["unique_id"].nunique()
    most = most_points(len(rows))
    if points <= most:
        return
    raise DataRejected(
        f"a file of {len(rows):,} rows spans at most {most:,} points (series x steps of '{grid.frequency}')",
        f"it spans {points:,} from {rows['ds'].min().isoformat()} to {rows['ds'].max().isoformat()}{_why(rows, ds)}",
        "Correct or remove what strays; where all is right, bring the rows to a longer step, such as means per hour",
    )


def _why(rows: pd.DataFrame, ds: NDArray[np.int64]) -> str:
    """Which rows lie far from all others, where few do."""
    ascending = np.unique(ds)
    gaps = np.diff(ascending)
    widest = int(gaps.argmax())
    before = ds <= ascending[widest]
    astray = before if before.sum() <= len(ds) / 2 else ~before
    if astray.sum() > max(1, _FEW * len(ds)):
        return ""
    first = int(astray.argmax())
    others = f" (and {int(astray.sum()) - 1} more rows near it)" if astray.sum() > 1 else ""
    return (
        f": row {first + 1} (series '{rows['unique_id'].iloc[first]}') is of {rows['ds'].iloc[first].isoformat()}{others}, "
        f"{pd.Timedelta(int(gaps[widest]), 'ns')} from all other rows"
    )


def _training_bytes(pipeline: PipelineConfig, series: int) -> int:
    """Roughly what the largest cell, LSTM, needs: weights with adam's moments, states of a batch, forecasts of a part."""
    network, windows, parts = pipeline.network, pipeline.windows, pipeline.parts
    covariates = len(pipeline.source.covariates)
    inputs = max(network.units, 1 + covariates + columns_of(network.calendar))
    weights = network.layers * 4 * network.units * (network.units + inputs) + network.units * windows.horizon
    batch = min(pipeline.training.batch_size, series * parts.history)
    states = batch * (windows.lookback * network.units * network.layers * _COPIES_OF_STATES + windows.horizon)
    forecasts = series * -(-max(parts.validation, parts.test) // windows.stride) * windows.horizon
    return 4 * (weights * _COPIES_OF_WEIGHTS + states) + 8 * forecasts * _COMPETITORS


def refuse_much_evidence(pipeline: PipelineConfig, series: int) -> None:
    """Raise ConfigurationError where the losses that a verdict is given on, which are kept of all series, are too many."""
    parts, network = pipeline.parts, pipeline.network
    origins = -(-(parts.test + parts.calibration) // pipeline.windows.stride)
    competitors = len(network.cells) * pipeline.training.seeds + 4
    needed, allowed = series * origins * competitors * _BYTES_OF_A_LOSS, max(_LEAST_BYTES, memory() // 4)
    if needed > allowed:
        raise ConfigurationError(
            f"the losses of a verdict take at most {allowed / 1e9:.1f} GB, a quarter of the memory; those of {series:,} series "
            f"at {origins} origins, of {competitors} competitors, take about {needed / 1e9:,.1f} GB. Lengthen windows.stride, "
            "shorten parts.test, let fewer cells or seeds compete, or judge a sample: training.sample_series."
        )
