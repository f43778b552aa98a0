"""One pipeline: a source, a network, a gate. Its schedule stands beside it in `prefect.yaml`."""

from os.path import normpath
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from recurcast.config.base import MANY, Frequency, Settings, has_fixed_steps
from recurcast.config.generated import GeneratedSource
from recurcast.config.highway import AROUND, REACH_SEASONS, refuse_unfit_panels, refuse_unread, year_of
from recurcast.config.interval_sources import IntervalSource
from recurcast.config.kinds_of_source import Source
from recurcast.config.metrics import Measure
from recurcast.config.names import PipelineName
from recurcast.config.network import NetworkConfig, TrainingConfig
from recurcast.config.parts import Checks, Parts, WindowsConfig
from recurcast.config.search import SearchConfig
from recurcast.config.search_fields import refuse_unfit_space
from recurcast.config.streaming import refuse_unfit_stream

Level = Annotated[float, Field(gt=0, lt=100)]


class Gate(Settings):
    """What a challenger must do to become champion."""

    metric: Measure = Field(
        "mase",
        description="Score that decides; less is better. mae takes the place of mase where no series has a scale.",
    )
    baseline: Literal["seasonal_naive", "naive", "moving_average"] = Field(
        "seasonal_naive", description="What a first champion must beat, and what skill is measured against."
    )
    policy: Literal["better", "not_worse", "always"] = Field(
        "better",
        description="better: significantly better, by min_improvement or more; not_worse: unless significantly worse; "
        "always: the best of this run.",
    )
    confidence: float = Field(
        0.95, ge=0.5, lt=1, description="One-sided confidence at which a difference of losses is believed."
    )
    min_improvement: float = Field(
        0.0, ge=0, lt=1, description="Share by which the score must also fall below the champion's."
    )
    min_origins: int = Field(
        10,
        ge=2,
        le=MANY,
        description="Forecast origins that no competitor was fitted or chosen on; with fewer nothing changes.",
    )
    must_beat_baseline: bool = Field(True, description="Whether a challenger that scores no better is rejected.")


class ForecastConfig(Settings):
    """What the champion's forecasts are like, and where they are written."""

    levels: tuple[Level, ...] = Field(
        (80.0, 95.0), description="Levels of the intervals in percent, such as [80, 95]; needs parts.calibration."
    )
    output: str | None = Field(
        None,
        description="Folder of the forecast files, below the project's: no absolute path, none that leads out; "
        "null: data/NAME/forecasts.",
    )
    recursive: bool = Field(
        False,
        description="Whether a horizon longer than the trained one is forecast from forecasts; no intervals there.",
    )

    @field_validator("levels")
    @classmethod
    def _levels_ascend(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if list(levels) != sorted(set(levels)):
            raise ValueError(f"levels ascend, each once; received {list(levels)}")
        return levels

    @field_validator("output")
    @classmethod
    def _output_below_the_project(cls, output: str | None) -> str | None:
        path = PurePosixPath(normpath(output)) if output else PurePosixPath()
        if path.is_absolute() or ".." in path.parts or "\0" in (output or ""):
            raise ValueError(
                f"forecast.output is a folder below the project's; received '{output}', which leads out of it. "
                "Name one inside; a single forecast goes elsewhere with `recurcast forecast NAME --output FILE`"
            )
        return output


class PipelineConfig(Settings):
    """Everything that a run depends on, besides as_of, code and data."""

    name: PipelineName = Field(description="Name of the deployment, the MLflow experiment and the registered model.")
    description: str = Field("", description="What is forecast, for whom.")
    unit: str = Field(
        "", max_length=20, description="Unit of y, such as 'MW' or '°C': what charts and pages write beside numbers."
    )
    source: Source = Field(description="Where the series come from.")
    frequency: Frequency | None = Field(
        None,
        description="pandas offset alias of the steps, such as '30min', 'D', 'B'; sessions:XNYS, those of an exchange; null: "
        "inferred from a file.",
    )
    season: int = Field(1, ge=1, le=MANY, description="Steps in one cycle, for the seasonal naive baseline and MASE.")
    parts: Parts = Field(description="How many steps train, judge among the cells, and decide.")
    windows: WindowsConfig = Field(description="How many steps a network sees and forecasts.")
    checks: Checks = Field(default_factory=Checks, description="What the data must keep to.")
    network: NetworkConfig = Field(default_factory=NetworkConfig, description="What the cells share.")
    training: TrainingConfig = Field(default_factory=TrainingConfig, description="How each cell is fitted.")
    gate: Gate = Field(default_factory=Gate, description="The rule by which a challenger becomes champion.")
    forecast: ForecastConfig = Field(
        default_factory=ForecastConfig, description="What the champion's forecasts are like."
    )
    search: SearchConfig = Field(default_factory=SearchConfig, description="How settings are searched for.")
    serving: Literal["judged", "refit"] = Field(
        "judged",
        description="Which weights a version serves: judged, those that the gate compared; refit, the same recipe fitted "
        "anew on every row known at as_of.",
    )
    catch_up: Literal["all", "latest", "skip"] = Field(
        "all",
        description="Which scheduled runs that start late still run: all, the latest that is due, or none of them. "
        "What does not run is recorded as superseded, and a backfill can run it.",
    )
    snapshot: Literal["always", "never"] | None = Field(
        None,
        description="Whether a run keeps its frame as Parquet, once per digest; "
        "null: always for files, never for generated series.",
    )
    charts: Literal["shared", "whole", "png", "none"] = Field(
        "shared",
        description="What a run's charts are besides PNG. shared: interactive on MLflow's page, with one copy of plotly "
        "for all runs of the experiment; whole: a page of 2 MB that also opens elsewhere; png: nothing; none: a training "
        "run draws none at all, for backfills of thousands.",
    )

    @property
    def keeps_snapshot(self) -> bool:
        """Return whether a run of the pipeline keeps its frame."""
        return self.snapshot == "always" if self.snapshot else self.source.may_change

    @property
    def masked(self) -> bool:
        """Return whether windows may miss steps."""
        return self.network.kind == "highway"

    @property
    def fewest(self) -> int | None:
        """Return how many known steps a window needs where absent ones are masked: a season and one; none elsewhere."""
        return self.season + 1 if self.masked else None

    @property
    def seen(self) -> WindowsConfig:
        """Return the windows that a network takes: a highway's reach further back, for its level and spread."""
        if self.network.kind == "plain":
            return self.windows
        reach = self.windows.lookback + REACH_SEASONS * self.season
        return self.windows.model_copy(update={"lookback": max(reach, self.year + AROUND) if self.year else reach})

    @property
    def year(self) -> int:
        """Return how many steps back a highway may see the same days of the year before; 0 where it sees none."""
        if self.network.kind != "highway":
            return 0
        return year_of(self.frequency, self.season, self.windows.horizon, self.parts.steps)

    @property
    def serving_baseline(self) -> str:
        """Return the baseline that serves while nobody is champion: the gate's, which without a season is the last value."""
        return "naive" if self.season == 1 else self.gate.baseline

    @property
    def baseline_lookback(self) -> int:
        """Return how many steps it sees: what a network does, and a whole season at least where it reads one."""
        seen = self.seen.lookback
        return seen if self.serving_baseline == "naive" else max(seen, self.season)

    @property
    def overlap(self) -> int:
        """Return how many successive forecast origins share targets."""
        return -(-self.windows.horizon // self.windows.stride)

    @model_validator(mode="after")
    def _parts_hold_windows(self) -> "PipelineConfig":
        lookback, horizon = self.windows.lookback, self.windows.horizon
        if self.fewest is None and self.parts.history < lookback + horizon:
            raise ValueError(
                f"lookback {lookback} + horizon {horizon} need {lookback + horizon} steps; "
                f"parts.history has {self.parts.history}. Shorten lookback or lengthen history"
            )
        if self.fewest is not None and self.parts.history < self.fewest + horizon:
            raise ValueError(
                f"a season and one more steps ({self.fewest}) + horizon {horizon} need {self.fewest + horizon} steps; "
                f"parts.history has {self.parts.history}. Shorten season or lengthen history"
            )
        kept = self.parts.calibration
        for part, steps in (("validation", self.parts.validation), ("test", self.parts.test)):
            if steps < horizon:
                raise ValueError(
                    f"parts.{part} holds at least one horizon of {horizon} steps; received {steps}. "
                    f"Lengthen {part} or shorten horizon"
                )
        if kept and (kept < horizon or self.parts.validation - kept < horizon):
            raise ValueError(
                f"parts.calibration holds at least one horizon of {horizon} steps, and leaves one to the rest of "
                f"validation; received {kept} of {self.parts.validation}. Lengthen validation, or set calibration to 0"
            )
        if self.season > self.parts.history:
            raise ValueError(
                f"history holds at least one season of {self.season} steps; received {self.parts.history}. "
                "Shorten season or lengthen history"
            )
        return self

    @model_validator(mode="after")
    def _source_fits(self) -> "PipelineConfig":
        if isinstance(self.source, IntervalSource) and self.frequency is None:
            raise ValueError(
                f"a source of kind {self.source.kind} is asked for the steps that a run needs, so that their frequency is "
                "stated; received none. Set frequency, such as 'h'"
            )
        if isinstance(self.source, GeneratedSource):
            if self.frequency is None:
                raise ValueError("a generated source states its frequency; received none. Set frequency, such as 'h'")
            if not has_fixed_steps(self.frequency):
                raise ValueError(
                    f"a generated source has steps of fixed length, such as 's', '15min', 'h', 'D'; received '{self.frequency}'"
                )
        return self

    @model_validator(mode="after")
    def _highway_fits(self) -> "PipelineConfig":
        refuse_unread(self.network, self.training, self.source.ahead, self.source.attributes)
        refuse_unfit_panels(self.network, self.parts, self.checks, self.source.ahead, static=self.source.static)
        refuse_unfit_stream(self.training, self.source)
        return self

    @model_validator(mode="after")
    def _space_fits(self) -> "PipelineConfig":
        refuse_unfit_space(self.search, self.network, self.training)
        return self
