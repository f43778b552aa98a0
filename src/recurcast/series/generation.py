"""Series made by formula: every value is a function of (seed, unique_id, ds) alone.

So any interval can be made by itself, in any order, and is the same to the bit as that stretch of a longer one:

    t           ... -2  -1   0   1   2   3 ...      steps from the anchor, t = 0
    long run         |===========================)
    short run                |=======)              the same bits

Every number is computed elementwise from t; no sum runs along the steps, because its rounding would depend on
where it began.
"""

import math
from collections.abc import Callable
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config.autoregression import moving_average_weights
from recurcast.config.generated import Anomalies, GeneratedSource, MissingStretches, Regimes
from recurcast.series.grid import fixed_step
from recurcast.series.ids import of_codes
from recurcast.series.random_numbers import Integers, Numbers, Stream, sine_of_turns

_STEPS_AT_ONCE = 2**15  # what fits the cache: bounds the memory of long series, and is faster
_StreamOf = Callable[[str], Stream]


@np.errstate(over="ignore", invalid="ignore")  # the checks refuse what is not finite
def generate(source: GeneratedSource, frequency: str, start: datetime, end: datetime) -> pd.DataFrame:
    """Return the frame of all steps with start <= ds < end: `unique_id`, `ds`, `y`, and `anomaly` where labelled.

    `anomaly` is 1 on the steps that an anomaly shifts, else 0. Sorted by series, then time; a missing step has no row.
    The frequency has steps of fixed length: the configuration sees to that.
    """
    steps, instants = _grid(source.anchor, frequency, start, end)
    unique_ids = _unique_ids(source.series)
    weights = moving_average_weights(source.autoregression)
    shape = (len(unique_ids), len(steps))
    y, present, anomaly = np.empty(shape), np.ones(shape, dtype=bool), np.zeros(shape, dtype=np.int8)
    for begin in range(0, len(steps), _STEPS_AT_ONCE):
        part = slice(begin, begin + _STEPS_AT_ONCE)
        shared = _shared(source, steps[part])
        for row, unique_id in enumerate(unique_ids):
            stream = partial(Stream.of, source.seed, unique_id)
            y[row, part] = shared + _own(source, weights, stream, steps[part])
            if source.anomalies is not None:
                signs = _anomaly_signs(source.anomalies, stream, steps[part])
                y[row, part] += source.anomalies.magnitude * signs
                anomaly[row, part] = np.abs(signs)
            if source.missing is not None:
                present[row, part] = ~_missing(source.missing, stream, steps[part])
    series, position = np.nonzero(present)
    columns = {"unique_id": of_codes(series, unique_ids), "ds": instants[position], "y": y[present]}
    return pd.DataFrame(columns if source.anomalies is None else columns | {"anomaly": anomaly[present]})


def _grid(anchor: datetime, frequency: str, start: datetime, end: datetime) -> tuple[Integers, pd.DatetimeIndex]:
    """Steps from the anchor and their instants, both of shape `(n_steps,)`."""
    step = fixed_step(frequency)
    assert step is not None
    origin = _nanoseconds(anchor)
    first, stop = (-((origin - _nanoseconds(border)) // step.value) for border in (start, end))
    steps = np.arange(first, stop, dtype=np.int64)
    return steps, pd.DatetimeIndex((origin + steps * step.value).view("datetime64[ns]")).tz_localize("UTC")


def _nanoseconds(instant: datetime) -> int:
    return pd.Timestamp(instant).as_unit("ns").value


def _unique_ids(count: int) -> list[str]:
    """Padded with zeros, so that the order of the texts is the order of the numbers."""
    width = len(str(count - 1))
    return [f"series-{index:0{width}d}" for index in range(count)]


def _shared(source: GeneratedSource, steps: Integers) -> Numbers:
    """What all series have in common: level, trend and seasons."""
    total = source.level + source.trend * steps.astype(np.float64)
    for season in source.seasons:
        # fmod is exact, so a season of whole steps repeats to the bit, however far from the anchor.
        turns = np.fmod(steps, season.period) / season.period + season.phase / (2 * math.pi)
        total += season.amplitude * sine_of_turns(turns)
    return total


def _own(source: GeneratedSource, weights: Numbers, stream: _StreamOf, steps: Integers) -> Numbers:
    """What sets one series apart: its level, its regimes and both noises."""
    total = np.zeros(len(steps))
    if source.level_std:
        total += source.level_std * stream("level").normals(np.zeros(1, dtype=np.int64))
    if source.regimes is not None:
        total += _regime_levels(source.regimes, stream, steps)
    if source.noise:
        total += source.noise * stream("noise").normals(steps)
    if source.autoregression:
        total += source.autoregression_noise * _moving_average(weights, stream("autoregression"), steps)
    return total


def _moving_average(weights: Numbers, innovations: Stream, steps: Integers) -> Numbers:
    """Lag by lag over all steps, because convolve and dot round by position."""
    earliest = len(weights) - 1
    drawn = innovations.normals(np.arange(steps[0] - earliest, steps[-1] + 1))
    total, term = np.zeros(len(steps)), np.empty(len(steps))
    for lag, weight in enumerate(weights):
        begin = earliest - lag
        total += np.multiply(drawn[begin : begin + len(steps)], weight, out=term)
    return total


def _regime_levels(regimes: Regimes, stream: _StreamOf, steps: Integers) -> Numbers:
    """One change in each block of `every` steps, at a drawn place."""
    blocks, place, block_of = _blocks(steps, regimes.every)
    changes = stream("regime change").integers(blocks, regimes.every)
    before, after = (stream("regime level").normals(numbers) for numbers in (blocks - 1, blocks))
    return regimes.std * np.where(place < changes[block_of], before[block_of], after[block_of])


def _anomaly_signs(anomalies: Anomalies, stream: _StreamOf, steps: Integers) -> NDArray[np.int8]:
    """+1 or -1 on the steps that an anomaly shifts up or down, else 0."""
    blocks, place, block_of = _blocks(steps, anomalies.every)
    begins = stream("anomaly begin").integers(blocks, anomalies.every - anomalies.length + 1)
    signs = 2 * stream("anomaly sign").integers(blocks, 2) - 1
    since = place - begins[block_of]
    return np.where((since >= 0) & (since < anomalies.length), signs[block_of], 0).astype(np.int8)


def _missing(missing: MissingStretches, stream: _StreamOf, steps: Integers) -> NDArray[np.bool_]:
    """Whether each step lies in its block's missing stretch."""
    blocks, place, block_of = _blocks(steps, missing.every)
    lengths = 1 + stream("missing length").integers(blocks, missing.length)
    begins = stream("missing begin").integers(blocks, missing.every - lengths + 1)
    since = place - begins[block_of]
    return np.asarray((since >= 0) & (since < lengths[block_of]))


def _blocks(steps: Integers, every: int) -> tuple[Integers, Integers, Integers]:
    """Numbers of the blocks that consecutive steps touch; per step its place in its block and that block's index."""
    number, place = np.divmod(steps, every)
    return np.arange(number[0], number[-1] + 1), place, number - number[0]
