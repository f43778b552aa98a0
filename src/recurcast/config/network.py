"""What is trained, and how."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from recurcast.config.base import MANY, Settings
from recurcast.config.calendar import CalendarEntry
from recurcast.config.cells import CELLS, USUAL, Cell
from recurcast.errors import nearest


class NetworkConfig(Settings):
    """One network; the cells share all of it."""

    kind: Literal["plain", "highway"] = Field(
        "plain",
        description="'plain': recurrent layers and one dense layer; 'highway': a ridge regression on the window, corrected by "
        "recurrent layers over patches of it; takes series with gaps, short and silent ones.",
    )
    cells: tuple[Cell, ...] = Field(
        USUAL,
        min_length=1,
        examples=[["gru", "linear"]],
        description=f"Which cells compete, each once: {', '.join(CELLS)} (docs/cells.md).",
    )
    units: int = Field(32, ge=1, le=4096, description="Units of each recurrent layer; the width of a transformer.")
    layers: int = Field(1, ge=1, le=8, description="Recurrent layers, stacked; blocks of a transformer.")
    activation: Literal["tanh", "relu", "sigmoid", "linear"] = Field(
        "tanh", description="Activation of the candidate state of a recurrent cell."
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="Share of the inputs dropped in training.")
    recurrent_dropout: float = Field(0.0, ge=0, lt=1, description="Share of the recurrent state dropped in training.")
    reset_after: bool = Field(
        True, description="GRU: apply the reset gate after the recurrent product (keras' default)."
    )
    attention: Literal["additive", "dot"] = Field(
        "additive",
        description="attention: how a state is scored beside the last one, 'additive' (Bahdanau) or scaled 'dot' (Luong).",
    )
    heads: int | None = Field(
        None, ge=1, le=64, description="transformer: heads of attention; null: 4, 2 or 1, the most that divide units."
    )
    scale: Literal["window", "none"] = Field(
        "window",
        description="'window': level and spread of each input window, undone at the output; 'none': raw values.",
    )
    calendar: tuple[CalendarEntry, ...] = Field(
        (),
        examples=[["hour", "weekday", "holidays:DE-BY"]],
        description="What the calendar says of input and target steps, in the source's time zone: hour, weekday, day_of_year, "
        "month; holidays:DE-BY; sessions:XNYS; days:FILE.csv or NAME: FILE.csv (docs/data.md).",
    )

    @field_validator("cells")
    @classmethod
    def _known_cells_once(cls, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        for cell in cells:
            if cell not in CELLS:
                raise ValueError(f"network.cells names cells; received '{cell}'. {nearest(cell, list(CELLS))}")
        if len(set(cells)) < len(cells):
            raise ValueError(f"each cell is named once; received {list(cells)}")
        return tuple(cell for cell in CELLS if cell in cells)

    @property
    def heads_of_units(self) -> int:
        """Return how many heads attend to a part of the units each."""
        return self.heads or next(heads for heads in (4, 2, 1) if self.units % heads == 0)

    @model_validator(mode="after")
    def _heads_divide_units(self) -> "NetworkConfig":
        if "transformer" in self.cells and self.heads and self.units % self.heads:
            raise ValueError(
                f"a transformer's heads share its units evenly; received units {self.units} and heads {self.heads}. "
                "Choose units that are a multiple of heads, or leave heads out"
            )
        return self

    @model_validator(mode="after")
    def _calendar_once(self) -> "NetworkConfig":
        if len(set(self.calendar)) < len(self.calendar):
            raise ValueError(f"each calendar feature is named once; received {list(self.calendar)}")
        return self


class TrainingConfig(Settings):
    """How each cell is fitted: adam on shuffled batches of windows."""

    epochs: int = Field(20, ge=1, le=100_000, description="Most passes over the train windows.")
    batch_size: int = Field(32, ge=1, le=MANY, description="Windows per optimizer step.")
    learning_rate: float = Field(1e-3, gt=0, description="Adam's step size.")
    schedule: Literal["cosine", "plateau"] | None = Field(
        None,
        description="How the step size falls from epoch to epoch: cosine, to zero over all epochs; "
        "plateau, halved after 2 epochs without a better validation loss; null: it stays.",
    )
    clip_norm: float | None = Field(
        None,
        gt=0,
        description="Longest gradient, as the norm over all weights; a longer one is shortened to it; null: any.",
    )
    loss: Literal["mse", "mae", "huber"] = Field("mse", description="Loss, computed in the window's scale.")
    patience: int | None = Field(
        5, ge=1, le=MANY, description="Epochs without a better validation loss before stopping; null trains all epochs."
    )
    weights: Literal["best", "last"] = Field(
        "best", description="Which epoch's weights are kept: the best validation loss, or the last."
    )
    warm_start: Literal["champion"] | None = Field(
        None,
        description="champion: a cell begins with the weights of the champion of earlier ticks where it is of that cell "
        "and shapes agree; null: with weights drawn from the seed.",
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Same seed and as_of, same weights, to the bit, on one machine.")
    seeds: int = Field(
        1,
        ge=1,
        le=50,
        description="Networks per cell, of seeds seed, seed + 1, ...; their spread counts at the gate.",
    )
    sample_series: int | None = Field(
        None,
        ge=1,
        le=MANY,
        description="Train and judge on so many series, drawn by the seed, where the data have more; checks and forecasts are "
        "of all. Of a lake only these are held in memory.",
    )
    stream: bool = Field(
        False,
        description="Train and judge on all series of a lake file by file, however many there are: an epoch takes the files in a "
        "seeded order, and of each its windows; a highway takes windows that are drawn from every file (docs/data.md). false: "
        "all series that are trained on are held in memory.",
    )
    combine: Literal["best", "median"] = Field(
        "best",
        description="What competes of a cell's seeds: the best on validation windows, or the median of their forecasts.",
    )
