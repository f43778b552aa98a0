"""Forecasts in MLflow: a run per (as_of, version, data, what was asked), named by its as_of, in the pipeline's experiment.

It has no tag `adhoc`, by which the runs that train are told from all others.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import pandas as pd
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_SOURCE_NAME

from recurcast.config import PipelineConfig
from recurcast.forecasting.files import to_parquet, write_frame
from recurcast.forecasting.flags import Flags
from recurcast.instants import format_instant
from recurcast.reporting.charts import flags_chart, forecast_page, outlook_chart, png_of
from recurcast.reporting.charts.forecasts import recent_steps
from recurcast.reporting.charts.saving import Chart
from recurcast.reporting.notes.forecast import forecast_note
from recurcast.reporting.palette import OPERATION
from recurcast.runs.forecast import MadeForecast
from recurcast.runs.train import Trigger
from recurcast.series.frame import SeriesFrame
from recurcast.tracking.charts import library_for
from recurcast.tracking.experiments import experiment_of
from recurcast.tracking.leases import beating, lease_tags
from recurcast.tracking.notes import NOTE
from recurcast.tracking.recorded_runs import BY_NAME, artifact, has_artifact, runs_where
from recurcast.tracking.runs import COLOUR, TrackedRun, closing
from recurcast.tracking.store import Store, store_errors

_FORECAST, _FLAGS, _KNOWN = "forecast/forecast", "forecast/flags", "forecast/known.parquet"
_MOST_REMEMBERED = 12
"""Series whose newest known steps stand with a forecast: enough to draw it from."""
_AT_ONE_AS_OF = 50
"""Forecasts of a single as_of that are looked at for the newest."""


@dataclass(frozen=True)
class ForecastKey:
    """What a forecast depends on; `flagged` is how many known steps were judged, none where it was not asked."""

    as_of: datetime
    version: int
    data: str
    """Digest of the rows known at as_of."""
    horizon: int
    flagged: int

    @property
    def tags(self) -> dict[str, str]:
        """Return the tags that a run of it carries and is found by."""
        return {
            "kind": "forecast",
            "as_of": format_instant(self.as_of),
            "version": str(self.version),
            "data": self.data,
            "horizon": str(self.horizon),
            "judged_steps": str(self.flagged),
        }


@dataclass(frozen=True)
class RecordedForecast:
    """A forecast as MLflow remembers it."""

    run_id: str
    made: MadeForecast


def recorded_forecast(store: Store, name: str, key: ForecastKey) -> RecordedForecast | None:
    """Return the newest finished forecast of the key, or none."""
    newest = _newest_of(store, name, key)
    return None if newest is None else _read(store, newest)


def recorded_run(store: Store, name: str, key: ForecastKey) -> str | None:
    """Return the id of its run, or none."""
    newest = _newest_of(store, name, key)
    return None if newest is None else str(newest.info.run_id)


def _newest_of(store: Store, name: str, key: ForecastKey) -> Run | None:
    conditions = ["attributes.status = 'FINISHED'", *(f"tags.{tag} = '{value}'" for tag, value in key.tags.items())]
    return next(runs_where(store, name, " and ".join(conditions), most=1), None)


def newest_forecast(store: Store, name: str) -> RecordedForecast | None:
    """Return the finished forecast of the newest as_of, of several the one that was made last, or none."""
    condition = "attributes.status = 'FINISHED' and tags.kind = 'forecast'"
    found = list(runs_where(store, name, condition, BY_NAME, most=_AT_ONE_AS_OF))
    if not found:
        return None
    return _read(store, max(found, key=lambda run: (run.data.tags["as_of"], run.info.start_time)))


def known_before(store: Store, recorded: RecordedForecast) -> pd.DataFrame | None:
    """Return the newest steps that a forecast knew, `unique_id, ds, y`; none of one that kept none."""
    with store_errors(store.uri):
        if not has_artifact(store, recorded.run_id, _KNOWN):
            return None
        return pd.read_parquet(BytesIO(artifact(store, recorded.run_id, _KNOWN)))


def log_forecast(
    store: Store,
    pipeline: PipelineConfig,
    key: ForecastKey,
    trigger: Trigger,
    made: MadeForecast,
    known: SeriesFrame,
    write: Callable[[Path], object] | None = None,
) -> str:
    """Record a forecast with its frames, each as Parquet, CSV and chart, and return the id of its run.

    `write` writes all rows to a path in the form of its ending, where they are not all in memory.
    """
    with _forecast_run(store, pipeline, key, trigger) as run:
        note = {NOTE: forecast_note(pipeline, made.rows, made.remarks, made.n_rows)}
        run.tag(remarks="\n".join(made.remarks)[:4900], **note)
        chart = outlook_chart(pipeline, made.rows, known.rows, n_series=made.n_series)
        _log_frame(run, write or partial(write_frame, made.rows), _FORECAST, chart)
        run.file(to_parquet(_newest_known(pipeline, made.rows, known.rows)), _KNOWN)
        if made.flags is not None:
            run.tag(level=f"{made.flags.level:g}", unjudged_steps=str(made.flags.unjudged))
            run.metrics({"flagged_steps": [float(len(made.flags.flagged))]}, key.as_of)
            rows = made.flags.rows
            _log_frame(run, partial(write_frame, rows), _FLAGS, flags_chart(pipeline, rows))
        if pipeline.charts in ("shared", "whole"):
            run.text(forecast_page(pipeline, made.rows, known.rows, library_for(run, pipeline)), f"{_FORECAST}.html")
    return run.run_id


@contextlib.contextmanager
def _forecast_run(store: Store, pipeline: PipelineConfig, key: ForecastKey, trigger: Trigger) -> Iterator[TrackedRun]:
    """The run of a forecast, closed whatever happens. It is held, or a training run would take it for abandoned."""
    name = f"forecast {format_instant(key.as_of)}"
    tags = key.tags | {"pipeline": pipeline.name, "trigger": trigger, MLFLOW_RUN_NAME: name, COLOUR: OPERATION}
    tags |= {MLFLOW_SOURCE_NAME: trigger} | lease_tags()
    with store_errors(store.uri):
        experiment_id = experiment_of(store, pipeline)
        created = store.client.create_run(experiment_id, tags=tags, run_name=name)
    run = TrackedRun(store, experiment_id, created.info.run_id)
    with closing(run), beating(store, run.run_id):
        yield run


def _newest_known(pipeline: PipelineConfig, forecast: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The last steps of the first series, as many as are worth seeing before so long a forecast."""
    shown = forecast["unique_id"].unique()[:_MOST_REMEMBERED]
    rows = known.loc[known["unique_id"].isin(shown), ["unique_id", "ds", "y"]]
    return rows.groupby("unique_id", observed=True).tail(recent_steps(pipeline)).reset_index(drop=True)


def _log_frame(run: TrackedRun, write: Callable[[Path], object], path: str, chart: Chart) -> None:
    run.file_by(write, f"{path}.parquet")
    run.file_by(write, f"{path}.csv")
    run.file(png_of(chart), f"{path}.png")


def _read(store: Store, run: Run) -> RecordedForecast:
    tags = run.data.tags

    def frame(path: str) -> pd.DataFrame:
        return pd.read_parquet(BytesIO(artifact(store, run.info.run_id, f"{path}.parquet")))

    with store_errors(store.uri):
        rows = frame(_FORECAST)
        flags = Flags(frame(_FLAGS), float(tags["level"]), int(tags["unjudged_steps"])) if "level" in tags else None
    remarks = tuple(filter(None, tags.get("remarks", "").split("\n")))
    return RecordedForecast(run.info.run_id, MadeForecast(rows, flags, remarks))
