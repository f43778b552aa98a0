"""Recurcast's own `fit_cell` on the panel of the task; a last step validates and one more is the test part."""

import contextlib
from itertools import islice

import numpy as np
import pandas as pd
from asked import Stopwatch, Task, answer
from patched import patched_plan

from recurcast.config import NetworkConfig, PipelineConfig
from recurcast.series.frame import Panel
from recurcast.series.windows import cut
from recurcast.training.fit import Epoch, fit_cell
from recurcast.training.highway.fit import fit_highway


class _MeasuredError(Exception):
    """The epochs that are measured are over; the training would go on."""


def fit(task: Task, stopwatch: Stopwatch) -> None:
    """Train for the task's epochs; the arrays are cut into windows before the clock starts, as they are for the others."""
    if task.patch:
        _fit_patches(task, stopwatch)
        return
    arrays = np.load(task.arrays)
    values = arrays["values"][:, :, None]
    history, validation, horizon = (int(size) for size in arrays["parts"])
    pipeline = _pipeline(task, history, validation, horizon)
    steps = pd.date_range("2024-01-01", periods=values.shape[1], freq="h", tz="UTC")
    ids = tuple(f"series-{number:04d}" for number in range(len(values)))
    split = cut(Panel(ids, steps, values, np.zeros((len(steps), 0))), pipeline.parts, pipeline.windows)

    def on_epoch(epoch: Epoch) -> None:
        stopwatch.epoch_ends(epoch.validation if task.validates else None)
        if epoch.number == task.epochs:
            raise _MeasuredError

    stopwatch.begin()
    with contextlib.suppress(_MeasuredError):
        fit_cell(task.cell, pipeline, split, on_epoch)


def _fit_patches(task: Task, stopwatch: Stopwatch) -> None:
    """A twelfth of a fit is an epoch, some validation windows at its end included."""
    plan = patched_plan(np.load(task.arrays)["values"], task)
    network = NetworkConfig.model_validate({"kind": "highway", "units": task.units})
    stopwatch.begin()
    for epoch in islice(fit_highway(task.cell, network, plan, task.seed), task.epochs):
        stopwatch.epoch_ends(epoch.validation if task.validates else None)


def _pipeline(task: Task, history: int, validation: int, horizon: int) -> PipelineConfig:
    return PipelineConfig.model_validate(
        {
            "name": "throughput",
            "source": {"kind": "generated"},
            "frequency": "h",
            "parts": {"history": history, "validation": validation, "test": horizon},
            "windows": {"lookback": task.lookback, "horizon": horizon},
            "network": {"units": task.units},
            "training": {
                "epochs": task.of_epochs or task.epochs,
                "batch_size": task.batch,
                "learning_rate": task.learning_rate,
                "patience": None,
                "seed": task.seed,
            },
        }
    )


if __name__ == "__main__":
    answer(fit, "recurcast", "keras", "tensorflow")
