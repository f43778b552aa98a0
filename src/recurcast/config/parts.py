"""What steps a pipeline takes: its parts, its windows, and what its data must keep to."""

from typing import Literal

from pydantic import Field, model_validator

from recurcast.config.base import MANY, Duration, Settings


class Parts(Settings):
    """Steps of the frequency, counted back from as_of: `| history | validation (.. calibration) | test | as_of`."""

    history: int = Field(ge=2, le=MANY, description="Most steps of the train part.")
    validation: int = Field(ge=1, le=MANY, description="Steps that stop the training and choose among the cells.")
    calibration: int = Field(
        0,
        ge=0,
        le=MANY,
        description="The last steps of the validation part, kept from stopping and choosing: "
        "what is missed there sets the width of the forecast intervals, and the gate counts it beside the test part; "
        "0: no intervals.",
    )
    test: int = Field(
        ge=1, le=MANY, description="Steps that the gate judges on; no competitor was fitted or chosen on them."
    )

    align: Literal["as_of", "last_row"] = Field(
        "as_of",
        description="What the parts are counted back from: as_of, or the last row of each series, which a static source "
        "may ask for (then other series' later rows are in the train part).",
    )

    @property
    def steps(self) -> int:
        """Return the steps of all three parts."""
        return self.history + self.validation + self.test


class WindowsConfig(Settings):
    """What a network sees and forecasts."""

    lookback: int = Field(ge=1, le=MANY, description="Steps that the network sees.")
    horizon: int = Field(1, ge=1, le=MANY, description="Steps that it forecasts.")
    stride: int = Field(1, ge=1, le=MANY, description="Steps between two windows.")


class Checks(Settings):
    """What the data must keep to; a failed check stops the run before anything is trained."""

    max_missing: float = Field(0.0, ge=0, lt=1, description="Largest share of missing steps per series.")
    max_gap: int | None = Field(
        None,
        ge=0,
        le=MANY,
        description="Longest run of missing steps within a series; null: any that max_missing allows.",
    )
    missing_values: tuple[float, ...] = Field(
        (),
        description="Values that stand for a missing one, such as [-200]: in y and in covariates each such cell is missing "
        "wherever it is read.",
    )
    max_flat: Duration | None = Field(
        None,
        description="Longest time for which a series may keep one value at its end, such as '24h', unless it kept that value "
        "for longer before; null: what is unusual is told (docs/data.md).",
    )
    max_silence: Duration | None = Field(
        None,
        description="Longest time from a series' newest row to as_of, such as '7D', at which it is still forecast; a series "
        "that fell silent trains on and is named; null: any.",
    )
    min_value: float | None = Field(None, description="Smallest value of y that is believed; null: any.")
    max_value: float | None = Field(None, description="Largest value of y that is believed; null: any.")
    max_age: Duration | None = Field(
        None, description="Longest time from the newest row to as_of, such as '2h'; null: any (samples)."
    )
    max_bad_series: int = Field(
        0, ge=0, le=MANY, description="How many constant or too short series of a panel may be dropped (and named)."
    )

    @model_validator(mode="after")
    def _bounds_in_order(self) -> "Checks":
        if self.min_value is not None and self.max_value is not None and self.min_value >= self.max_value:
            raise ValueError(f"min_value is below max_value; received {self.min_value} and {self.max_value}")
        return self
