"""Series made by formula."""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from recurcast.config.autoregression import moving_average_weights
from recurcast.config.base import MANY, Duration, Instant, Origin, Settings


class Season(Settings):
    """One cycle of a generated series: `amplitude * sin(2 pi t / period + phase)`."""

    period: float = Field(gt=1, description="Steps in one cycle.")
    amplitude: float = Field(description="Half the distance from trough to crest, in the series' units.")
    phase: float = Field(0.0, description="Shift in radians.")


class Regimes(Settings):
    """Changes of level that last until the next change."""

    every: int = Field(ge=2, le=MANY, description="Steps between two changes, on average.")
    std: float = Field(gt=0, description="Standard deviation of the level, drawn anew at each change.")


class MissingStretches(Settings):
    """Stretches of steps that the source does not deliver."""

    every: int = Field(ge=2, le=MANY, description="One stretch in each block of so many steps.")
    length: int = Field(
        ge=1, le=MANY, description="Longest stretch, in steps; lengths are drawn evenly from 1 to this."
    )

    @model_validator(mode="after")
    def _shorter_than_its_block(self) -> "MissingStretches":
        if self.length >= self.every:
            raise ValueError(f"a missing stretch is shorter than its block; length {self.length}, every {self.every}")
        return self


class Anomalies(Settings):
    """Labelled anomalies: the frame's column `anomaly` is 1 on them, else 0."""

    every: int = Field(ge=2, le=MANY, description="One anomaly in each block of so many steps.")
    length: int = Field(1, ge=1, le=MANY, description="Steps that each anomaly lasts.")
    magnitude: float = Field(gt=0, description="Size of the shift, up or down, in the series' units.")

    @model_validator(mode="after")
    def _shorter_than_its_block(self) -> "Anomalies":
        if self.length >= self.every:
            raise ValueError(f"an anomaly is shorter than its block; length {self.length}, every {self.every}")
        return self


class GeneratedSource(Settings):
    """Series made by formula: every value is a function of (seed, unique_id, ds) alone."""

    kind: Literal["generated"] = Field("generated", description="Series made by formula.")
    anchor: Instant = Field(
        datetime.fromisoformat("2024-01-01T00:00:00+00:00"), description="The instant of step t = 0."
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Another seed gives other noise.")
    series: int = Field(1, ge=1, le=MANY, description="How many series; their ids are series-0, series-1, ...")
    level: float = Field(0.0, description="Value around which all series move.")
    level_std: float = Field(0.0, ge=0, description="Standard deviation of the levels of several series.")
    trend: float = Field(0.0, description="Change per step.")
    seasons: tuple[Season, ...] = Field((), description="Cycles, added up.")
    noise: float = Field(0.0, ge=0, description="Standard deviation of independent normal noise.")
    autoregression: tuple[float, ...] = Field(
        (), description="Coefficients of autoregressive noise, lag 1 first; stationary."
    )
    autoregression_noise: float = Field(1.0, gt=0, description="Standard deviation of its innovations.")
    regimes: Regimes | None = Field(None, description="Changes of level; none by default.")
    missing: MissingStretches | None = Field(None, description="Missing stretches; none by default.")
    anomalies: Anomalies | None = Field(None, description="Labelled anomalies; none by default.")
    delay: Duration = Field("0min", description="How long after its timestamp a row becomes known.")

    static: Literal[False] = Field(False, description="A generated series always grows.")
    timezone: Literal["UTC"] = Field("UTC", description="Generated series live in UTC.")

    @property
    def covariates(self) -> tuple[str, ...]:
        """Return the names of the covariates that its frames have: none."""
        return ()

    @property
    def ahead(self) -> tuple[str, ...]:
        """Return the names of what is known ahead: none."""
        return ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """Return the names of what its series say of themselves: none."""
        return ()

    @property
    def categories(self) -> tuple[str, ...]:
        """Return those of them that are names though they look like numbers: none."""
        return ()

    @property
    def beside(self) -> tuple[str, ...]:
        """Return the names of all columns that its rows have beside y: none."""
        return ()

    @property
    def told(self) -> str:
        """Return in a few words what it is, for people."""
        return "a generated series"

    @property
    def origin(self) -> Origin:
        """Return where its rows come from, as MLflow records it."""
        return Origin("code", f"generated, seed {self.seed}")

    @property
    def may_change(self) -> bool:
        """Return whether its rows can be others tomorrow: they are computed, and stay."""
        return False

    @model_validator(mode="after")
    def _stationary(self) -> "GeneratedSource":
        moving_average_weights(self.autoregression)
        return self
