"""The second artifact form: an MLflow model that takes a history frame and returns the forecast frame.

It needs numpy and pandas alone: the package `portable` travels inside it, under a name that ends in a digest of its files,
so that models of several forms can be loaded into one process.
"""

import sys
import tempfile
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from mlflow.types.schema import AnyType

from recurcast.forecasting.portable.bundle import Bundle, write
from recurcast.tracking.models.digests import FRAME_MODEL
from recurcast.tracking.models.logged import new_model, pinned
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import store_errors

_TRAVELS = (
    "forecasting/__init__.py",
    "forecasting/portable/*.py",
    "series/__init__.py",
    "series/attributes.py",
    "series/grid.py",
    "series/calendar.py",
    "series/calendar_steps.py",
    "series/days.py",
    "series/stretches.py",
)
_EXAMPLE_STARTS = "2024-01-01"


def log_frame_model(run: TrackedRun, bundle: Bundle) -> str:
    """Store a bundle in the run as a model of its own, and return its URI, `models:/m-...`.

    A second try after a failure finds the one that the first try made.
    """
    with store_errors(run.store.uri):
        made = run.store.client.get_run(run.run_id).data.tags.get(FRAME_MODEL)
    if made is not None:
        return str(made)
    with tempfile.TemporaryDirectory() as folder, store_errors(run.store.uri):
        name = _copy_package(Path(folder))
        write(bundle, Path(folder) / "bundle")
        made_now = new_model(run, f"{bundle.kind}-frame")
        logged = Model.log(
            artifact_path=None,
            model_id=made_now,
            flavor=sys.modules[__name__],
            run_id=run.run_id,
            loader_module=f"{name}.forecasting.portable.pyfunc",
            data_path=str(Path(folder) / "bundle"),
            code_paths=[str(Path(folder) / name)],
            signature=_signature(bundle),
            input_example=_example(bundle),
            validate_serving_input=False,
            pip_requirements=[*pinned("numpy", "pandas", "mlflow"), "threadpoolctl", "tzdata"],
        )
    uri = f"models:/{logged.model_id}"
    run.tag(**{FRAME_MODEL: uri})
    return uri


def save_model(path: str, validate_serving_input: bool = False, **settings: Any) -> None:
    """Write the model's folder as mlflow's pyfunc flavour does, which does not take what `Model.log` hands on."""
    mlflow.pyfunc.save_model(path, **settings)


def _copy_package(folder: Path) -> str:
    """Copy what a bundle is read and forecast with, and return the name under which Python imports it."""
    sources = _sources()
    digest = blake2b(repr(sources).encode(), digest_size=6).hexdigest()
    name = f"recurcast_light_{digest}"
    for path, content in sources:
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    return name


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    root = Path(__file__).parents[2]
    found = sorted(path for pattern in _TRAVELS for path in root.glob(pattern))
    top = ("__init__.py", '"""Recurcast\'s light forecasts, as they were when this model was logged."""\n')
    return (top, *((path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in found))


def _signature(bundle: Bundle) -> ModelSignature:
    """MLflow's own datetime refuses a `ds` with a time zone, even `Z` in a request; so `ds` is left to the model."""
    columns = [ColSpec(DataType.string, "unique_id"), ColSpec(AnyType(), "ds"), ColSpec(DataType.double, "y")]
    columns += [ColSpec(DataType.double, name) for name in (*bundle.covariates, *bundle.ahead)]
    columns += [ColSpec(AnyType(), name) for name in bundle.attributes]
    given = [ColSpec(DataType.string, "unique_id"), ColSpec(DataType.datetime, "ds"), ColSpec(DataType.double, "y_hat")]
    given += [ColSpec(DataType.double, f"y_hat_{side}_{level:g}") for level in bundle.levels for side in ("lo", "hi")]
    return ModelSignature(Schema(columns), Schema(given))


def _example(bundle: Bundle) -> dict[str, list[Any]]:
    """A history of one window, which shows what a request looks like; of a frame pandas would warn inside MLflow.

    Where something is known ahead, with the rows that have no y yet.
    """
    grid, count = bundle.grid, bundle.lookback + (bundle.horizon if bundle.ahead else 0)
    begins = _EXAMPLE_STARTS if grid.sessions is None else grid.sessions.first
    steps = grid.steps_after(pd.Timestamp(begins, tz="UTC"), count)
    values: dict[str, list[Any]] = {
        name: [float(step % 7) for step in range(count)] for name in ("y", *bundle.covariates, *bundle.ahead)
    }
    for name in ("y", *bundle.covariates):
        values[name][bundle.lookback :] = [None] * (count - bundle.lookback)
    values |= {name: ["1"] * count for name in bundle.attributes}
    return {"unique_id": ["a"] * count, "ds": list(steps.strftime("%Y-%m-%dT%H:%M:%SZ")), **values}
