"""A fit as a task: a pure function with a key, from configuration, seeds, data and starting weights to weights and epochs.

The key names all that the outcome depends on. Whoever asks for the same key gets the same bits, whether the fit was begun
for him or before he came.
"""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from recurcast.config import Cell, PipelineConfig
from recurcast.runs.fingerprint import sources_that_count
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.windows import Split

if TYPE_CHECKING:  # TensorFlow takes seconds: whoever only names a task pays for none
    from recurcast.training.fit import Epoch, Weights
    from recurcast.training.highway.plan import Choice
    from recurcast.training.members import Member


@dataclass(frozen=True, eq=False)
class Given:
    """What the fits of a split are given: its windows, and what was chosen for its panel where networks have a highway."""

    split: Split
    choice: "Choice | None" = None


@dataclass(frozen=True, eq=False)
class Task:
    """Some seeds of a cell, to be fitted on data of a digest."""

    cell: Cell
    pipeline: PipelineConfig
    seeds: tuple[int, ...]
    data: str
    threads: int
    """That share an operation of whoever carries it out: the last bits hang on them."""
    start: "Weights | None" = None

    @property
    def key(self) -> str:
        """Return the name of what comes of it."""
        stated = self.pipeline.model_dump(mode="json", include={"network", "training", "windows", "season", "source"})
        own = digest_of((self.cell, stated, self.seeds, self.data, self.threads, self.start, code_digest()))
        return f"recurcast-{self.pipeline.name}-{self.cell}-{own}"


def given_for(pipeline: PipelineConfig, split: Split) -> Given:
    """Return what the fits of a split are given; what is chosen for its panel is chosen here."""
    if pipeline.network.kind != "highway":
        return Given(split)
    from recurcast.training.highway.plan import choice_of

    return Given(split, choice_of(pipeline, split))


def data_of(pipeline: PipelineConfig, given: Given) -> str:
    """Return the name of what is given to the fits of a pipeline."""
    split = given.split
    parts = [(part.lookback, part.horizon, part.series, part.origin) for part in (split.train, split.validation)]
    ends = split.validation_begins, split.calibration_begins, split.test_begins
    drawn: tuple[object, ...] = () if given.choice is None else (given.choice, pipeline.model_dump(mode="json"))
    if isinstance(split, LakeSplit):
        drawn = (split.key, given.choice, pipeline.model_dump(mode="json"))
    return f"recurcast-data-{digest_of((split.panel, parts, ends, drawn))}"


def tasks_of(
    cell: Cell, pipeline: PipelineConfig, data: str, threads: int, start: "Weights | None", families: int
) -> tuple[Task, ...]:
    """Return the tasks of a cell: its seeds in so many families at most, in their order."""
    training = pipeline.training
    seeds = np.arange(training.seed, training.seed + training.seeds)
    parts = np.array_split(seeds, min(max(families, 1), training.seeds))
    return tuple(Task(cell, pipeline, tuple(int(seed) for seed in part), data, threads, start) for part in parts)


def carry_out(task: Task, given: Given, on_epoch: "Callable[[Epoch], None]") -> "tuple[Member, ...]":
    """Return the weights and epochs of a task's seeds. It looks at no clock, writes nowhere, and sets no global seed."""
    from recurcast.training.members import fit_members

    if given.choice is not None:
        from recurcast.training.highway.plan import plan_as_chosen

        plan_as_chosen(task.pipeline, given.split, given.choice)
    return fit_members(task.cell, task.pipeline, task.seeds, given.split, on_epoch, task.start)


@cache
def code_digest() -> str:
    """Return a digest of the modules that weights and forecasts depend on, and of those that carry a task out."""
    package = Path(__file__).parents[1]
    here = [*sorted(Path(__file__).parent.glob("*.py")), *sorted((package / "forecasting").rglob("*.py"))]
    here.append(package / "pipelines" / "made_forecast.py")
    return digest_of([path.read_bytes() for path in (*sources_that_count(), *here)])


def digest_of(value: Any) -> str:
    """Return 32 hexadecimal digits that change with any value inside, and not with who holds it."""
    digest = blake2b(digest_size=16)
    _add(digest.update, value)
    return digest.hexdigest()


def _add(update: Callable[[bytes], None], value: Any) -> None:
    """Add a value with its type and its size, so that no two values look alike."""
    update(f"<{type(value).__name__} ".encode())
    if isinstance(value, np.ndarray) and value.dtype.kind not in "OT":
        update(f"{value.dtype} {value.shape} ".encode())
        update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, pd.Index | np.ndarray):
        _add(update, str(value.dtype))
        _add(update, value.asi8 if isinstance(value, pd.DatetimeIndex) else [str(each) for each in value])
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            _add(update, (field.name, getattr(value, field.name)))
    elif isinstance(value, dict):
        _add(update, sorted((str(key), digest_of(own)) for key, own in value.items()))
    elif isinstance(value, list | tuple | Sequence) and not isinstance(value, str | bytes | bytearray):
        update(f"{len(value)} ".encode())
        for own in value:
            _add(update, own)
    elif isinstance(value, bytes):
        update(f"{len(value)} ".encode() + value)
    elif value is None or isinstance(value, str | int | float | bool):
        text = repr(value).encode()
        update(f"{len(text)} ".encode() + text)
    else:
        update(pickle.dumps(value, protocol=5))
    update(b">")
