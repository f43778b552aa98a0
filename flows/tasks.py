"""The stages as Prefect tasks: seen and named on its page, retried only where input and output can fail for a while."""

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from recurcast.errors import StoreUnavailable
from recurcast.pipelines import stages
from recurcast.pipelines.forecast import make_forecast
from recurcast.pipelines.train import Stages
from recurcast.scheduling.flow_runs.training_first import wait_for_training


async def _may_pass(_task: Any, _task_run: Any, state: Any) -> bool:
    """A disk or a store may be back in a moment; rejected data stay rejected."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, OSError | StoreUnavailable)


_IN_MEMORY: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False}
_RETRIED: dict[str, Any] = _IN_MEMORY | {
    "retries": 2,
    "retry_delay_seconds": [5, 30],
    "retry_condition_fn": _may_pass,
}

STAGES = Stages(
    obtain=task(name="obtain", task_run_name="obtain", **_RETRIED)(stages.obtain),
    validate=task(name="validate", task_run_name="validate", **_IN_MEMORY)(stages.validate),
    cut=task(name="cut windows", task_run_name="cut windows", **_IN_MEMORY)(stages.cut),
    train=task(name="train", task_run_name="train {cell}", **_IN_MEMORY)(stages.train),
    evaluate=task(name="evaluate", task_run_name="evaluate", **_IN_MEMORY)(stages.evaluate),
    decide=task(name="decide", task_run_name="decide", **_IN_MEMORY)(stages.decide),
    refit=task(name="refit", task_run_name="refit", **_IN_MEMORY)(stages.refit),
    track=task(name="track", task_run_name="track", **_RETRIED)(stages.track),
    promote=task(name="promote", task_run_name="promote", **_RETRIED)(stages.promote),
)

training_first = task(name="training first", task_run_name="training first", **_IN_MEMORY)(wait_for_training)
forecast_champion = task(name="forecast", task_run_name="forecast", **_RETRIED)(make_forecast)
