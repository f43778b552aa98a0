"""What a search tries, and on how much: the block `search:` of a pipeline."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from recurcast.config.base import MANY, Duration, Instant, Settings
from recurcast.config.cells import CELLS, Cell
from recurcast.config.schedule import Cron
from recurcast.errors import nearest

Sampler = Literal["tpe", "random", "qmc"]
Pruner = Literal["hyperband", "median", "percentile", "successive_halving", "none"]
_SAMPLERS, _PRUNERS = ["tpe", "random", "qmc"], ["hyperband", "median", "percentile", "successive_halving", "none"]
Choice = bool | int | float | str | None
SAMPLE_OF_STREAMED = 2_000
"""Series that settings are compared on where a pipeline streams its lake and nothing is said: they are held in memory."""


def _one_of(word: object, valid: list[str], what: str) -> object:
    name = "none" if word is None else word.lower() if isinstance(word, str) else word
    if isinstance(name, str) and name not in valid:
        raise ValueError(f"a {what} is one of Optuna's; received '{word}'. {nearest(name, valid)}")
    return name


def _known_cells(cells: tuple[Cell, ...] | None) -> tuple[Cell, ...] | None:
    for cell in cells or ():
        if cell not in CELLS:
            raise ValueError(f"a cell is one of those that there are; received '{cell}'. {nearest(cell, list(CELLS))}")
    if cells is not None and (not cells or len(set(cells)) < len(cells)):
        raise ValueError(f"cells names one or more, each once; received {list(cells)}")
    return cells


class Range(Settings):
    """Values of a field between two ends, both included."""

    low: float = Field(ge=0, le=MANY, description="The smallest value.")
    high: float = Field(ge=0, le=MANY, description="The largest value.")
    log: bool = Field(False, description="Whether it is the ratio of values that counts, as of units or step sizes.")
    step: float | None = Field(None, gt=0, le=MANY, description="Distance between values; null: any.")
    unit: Literal["seasons"] | None = Field(
        None, description="seasons: of windows.lookback, which is then as many seasons long; null: as it stands."
    )

    @model_validator(mode="after")
    def _in_order(self) -> "Range":
        if self.low > self.high:
            raise ValueError(f"a range goes from low to high; received {self.low:g} and {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"a range with log: true begins above 0; received low {self.low:g}")
        if self.log and self.step is not None:
            raise ValueError(f"a range has log: true or a step; received log and step {self.step:g}. Leave one out")
        return self


def _kind_of_axis(stated: object) -> str | None:
    if isinstance(stated, Mapping | Range):
        return "range"
    return "list" if isinstance(stated, list | tuple) else None


Axis = Annotated[
    Annotated[Range, Tag("range")] | Annotated[tuple[Choice, ...], Tag("list")],
    Discriminator(
        _kind_of_axis,
        custom_error_type="axis",
        custom_error_message="a field takes a range, such as {low: 8, high: 64}, or a list of values, such as [8, 16]",
    ),
]
"""What a field may be: a range, or one of a list."""


class SearchConfig(Settings):
    """How settings are searched for by `recurcast search`; no run depends on it, but for `read_until`."""

    trials: int = Field(50, ge=1, le=10_000, description="How many settings are tried, those that stand among them.")
    budget: Duration | None = Field(
        None, description="Time after which no further trial begins, such as '1h'; null: as long as all take."
    )
    sampler: Annotated[Sampler, BeforeValidator(lambda word: _one_of(word, _SAMPLERS, "sampler"))] = Field(
        "tpe", description="How settings are chosen, by Optuna's names."
    )
    pruner: Annotated[Pruner, BeforeValidator(lambda word: _one_of(word, _PRUNERS, "pruner"))] = Field(
        "hyperband",
        description="Which trials are given up after some of their origins, by Optuna's names; none: no one is.",
    )
    origins: int = Field(3, ge=1, le=50, description="Instants in the past at which each trial is judged, one by one.")
    fresh_origins: int = Field(
        2, ge=1, le=50, description="Later ones that no trial saw, at which the winner is judged: what is told of it."
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Same seed and as_of, same trials, with one worker to the bit.")
    cells: Annotated[tuple[Cell, ...] | None, AfterValidator(_known_cells)] = Field(
        None, examples=[["gru", "lstm"]], description="Cells that are tried; null: the pipeline's."
    )
    space: dict[str, Axis] | None = Field(
        None,
        examples=[{"network.units": {"low": 8, "high": 64, "log": True}, "training.loss": ["mse", "mae"]}],
        description="What is tried, by field of network or training, or windows.lookback: a range with low and high, or a "
        "list of values; null: a space that fits the kind of network (docs/search.md).",
    )
    sample_series: int | None = Field(
        None,
        ge=1,
        le=MANY,
        examples=[500],
        description="Compare settings on so many series, drawn by training.seed, the same at each origin, held in memory; "
        "null: 2,000 where training.stream is set, else training.sample_series.",
    )
    accept: Literal["ask", "gate"] = Field(
        "ask",
        description="What becomes of a winner: ask, nothing until `recurcast search accept`; gate, the next scheduled run trains "
        "it beside the cells as they stand, once, and the gate decides.",
    )
    schedule: Cron | None = Field(
        None,
        description="When a search runs on a server, as a cron line such as '0 3 * * 6', in the zone of the pipeline's "
        "first schedule; null: by hand alone.",
    )
    read_until: Instant | None = Field(
        None,
        description="The instant up to which the search read that these settings come from (`recurcast search accept` writes "
        "it): the gate counts no origin before it; null: none.",
    )

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    @field_validator("space")
    @classmethod
    def _something_to_choose(cls, space: dict[str, Axis] | None) -> dict[str, Axis] | None:
        if space is not None and not space:
            raise ValueError("a space names a field or more; received none. Leave space out for the usual one")
        for field, axis in (space or {}).items():
            if isinstance(axis, tuple) and (not axis or len(set(axis)) < len(axis)):
                raise ValueError(f"{field} takes one value or more, each once; received {list(axis)}")
            if isinstance(axis, Range) and axis.unit and field != "windows.lookback":
                raise ValueError(f"unit: seasons is for windows.lookback; received it for {field}. Leave it out")
        return space
