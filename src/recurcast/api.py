"""From Python, as from the command line: the same block, the same chain, the same records."""

from datetime import datetime
from typing import TYPE_CHECKING

from recurcast import environment
from recurcast.config import PipelineConfig
from recurcast.config.project import find_root
from recurcast.config.project import load_pipeline as load_deployment
from recurcast.instants import countable, parse_instant
from recurcast.runs.train import RunResult

if TYPE_CHECKING:
    import pandas as pd


def load_pipeline(name: str) -> PipelineConfig:
    """Return the configuration of a pipeline of the nearest `prefect.yaml`, here or in a parent folder.

    Raises ConfigurationError where there is none of that name, or a field of it is wrong.
    """
    return load_deployment(find_root(environment.working_folder()), name).pipeline


def run(
    pipeline: PipelineConfig | str,
    as_of: datetime | str | None = None,
    promote: bool | None = None,
    force: bool = False,
) -> RunResult:
    """Return what became of one interval: leaderboard, decision, and where it stands in MLflow.

    Without `as_of`, the latest tick of the pipeline's schedule. Without `promote`, the best cell may become champion
    only if the configuration is that of `prefect.yaml`; a changed one is an experiment. An interval that is done with the
    same configuration, data and code is not trained again, unless `force` says so.

    Raises ConfigurationError, DataRejected or StoreUnavailable, as the command line reports them.
    """
    environment.prepare()
    environment.silence()
    from recurcast.pipelines.stages import PLAIN
    from recurcast.pipelines.train import run_interval
    from recurcast.scheduling.train import request_by_hand

    root = find_root(environment.working_folder())
    deployment = load_deployment(root, pipeline if isinstance(pipeline, str) else pipeline.name)
    chosen = deployment.pipeline if isinstance(pipeline, str) else pipeline
    promotes = chosen == deployment.pipeline if promote is None else promote
    request = request_by_hand(chosen, deployment.schedules, _instant(as_of), root, promote=promotes, force=force)
    return run_interval(request, PLAIN)


def forecast(
    pipeline: PipelineConfig | str, as_of: datetime | str | None = None, horizon: int | None = None
) -> "pd.DataFrame":
    """Return the champion's forecast from the newest window of every series, as `recurcast forecast` writes it.

    Columns: `unique_id`, `ds` (UTC), `y_hat`, two per level such as `y_hat_lo_80` and `y_hat_hi_80`, `model_version`,
    `as_of`. Without `as_of`, the latest tick of the pipeline's schedule. It is recorded in MLflow, once.

    Raises ConfigurationError, DataRejected, RecurcastError or StoreUnavailable, as the command line reports them.
    """
    environment.prepare()
    environment.silence()
    from recurcast.pipelines.forecast import make_forecast
    from recurcast.runs.forecast import ForecastRequest
    from recurcast.scheduling.forecast import as_of_by_hand

    root = find_root(environment.working_folder())
    deployment = load_deployment(root, pipeline if isinstance(pipeline, str) else pipeline.name)
    chosen = deployment.pipeline if isinstance(pipeline, str) else pipeline
    ticks = deployment.schedules if deployment.forecast_schedules is None else deployment.forecast_schedules
    request = ForecastRequest(chosen, as_of_by_hand(chosen, ticks, _instant(as_of), root), root, horizon=horizon)
    result = make_forecast(request)
    assert result.made is not None, "what a person asks for is made, or an error says why not"
    if result.made.of_all is not None and result.file is not None:  # of very many series the file has them all
        import pandas as pd

        return pd.read_parquet(result.file)
    return result.made.rows


def _instant(as_of: datetime | str | None) -> datetime | None:
    return parse_instant(as_of) if isinstance(as_of, str) else as_of and countable(as_of)
