"""What is asked of a forecast, what it is made of, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.forecasting.flags import Flags
from recurcast.runs.train import Trigger

Flagging = Literal["no", "yes", "where there are intervals"]
ForecastOutcome = Literal["forecast", "already done", "no new data", "superseded"]


@dataclass(frozen=True)
class ForecastRequest:
    """A forecast to be made; without `output` it is written where the pipeline says."""

    pipeline: PipelineConfig
    as_of: datetime
    root: Path
    trigger: Trigger = "manual"
    previous: datetime | None = None
    """The tick before as_of, where a schedule asks."""
    superseded: str | None = None
    """Why the forecast is not made: a newer one is due."""
    horizon: int | None = None
    flagging: Flagging = "no"
    last: int | None = None
    """Known steps to judge; by default those of the test part."""
    output: Path | None = None
    plot: Path | None = None

    @property
    def judged_steps(self) -> int:
        """Return how many known steps are judged where flags are asked for."""
        return self.last or self.pipeline.parts.test


@dataclass(frozen=True)
class MadeForecast:
    """A forecast frame, the flags where they were asked for, and what must be said of them."""

    rows: pd.DataFrame
    """All of it, or of very many series that lie in files those of the first ones; the forecast's file has all."""
    flags: Flags | None
    remarks: tuple[str, ...] = ()
    of_all: tuple[int, int] | None = None
    """How many rows and series there are where not all are here."""

    @property
    def n_rows(self) -> int:
        """Return how many rows there are."""
        return self.of_all[0] if self.of_all else len(self.rows)

    @property
    def n_series(self) -> int:
        """Return how many series were forecast."""
        return self.of_all[1] if self.of_all else int(self.rows["unique_id"].nunique())


@dataclass(frozen=True)
class ForecastResult:
    """What became of a request; without a forecast, `why_none` says why."""

    request: ForecastRequest
    outcome: ForecastOutcome
    why_none: str = ""
    forecaster: str = ""
    """A cell, or a baseline."""
    version: int | None = None
    made: MadeForecast | None = None
    file: Path | None = None
    flags_file: Path | None = None
    run_id: str | None = None
    """Its run in MLflow; none where nothing is recorded."""

    @property
    def summary(self) -> str:
        """Return one line: what was forecast, or why nothing was."""
        if self.made is None:
            return f"{self.outcome}: {self.why_none}"
        before = "already done: " if self.outcome == "already done" else ""
        count = self.made.n_series
        flagged = f"; {self.made.flags.headline}" if self.made.flags else ""
        return (
            f"{before}{count} series by version {self.version} ({self.forecaster}), {self.made.n_rows // count} steps, "
            f"in {self.file}{flagged}"
        )
