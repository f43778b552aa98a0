"""What every configuration model shares: frozen, no unknown fields, durations that Prefect's forms can show."""

from typing import Annotated
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict


class Settings(BaseModel):
    """A block of configuration: checked once, here, and trusted from then on."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except Exception as error:
        raise ValueError(f"a time zone is an IANA name such as 'Europe/Amsterdam'; received '{name}'") from error
    return name


def _valid_duration(text: str) -> str:
    if pd.Timedelta(text) < pd.Timedelta(0):
        raise ValueError(f"a duration is zero or more; received '{text}'")
    return text


def _valid_frequency(alias: str) -> str:
    try:
        pd.tseries.frequencies.to_offset(alias)
    except ValueError as error:
        raise ValueError(
            f"a frequency is a pandas offset alias such as '30min', 'h', 'D', 'B'; received '{alias}'"
        ) from error
    return alias


Timezone = Annotated[str, AfterValidator(_known_timezone)]
Duration = Annotated[str, AfterValidator(_valid_duration)]
Frequency = Annotated[str, AfterValidator(_valid_frequency)]
