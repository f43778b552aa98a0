"""A network as an MLflow model: keras' own format, a signature in float64, and a loader that keeps it exact."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from recurcast.environment import import_tensorflow

import_tensorflow()  # quietly, before mlflow's keras flavour does it aloud

import mlflow.keras  # noqa: E402
from mlflow.models import Model, ModelSignature  # noqa: E402
from mlflow.types import Schema, TensorSpec  # noqa: E402
from mlflow.utils import requirements_utils  # noqa: E402

from recurcast.forecasting.portable.highway import Highway  # noqa: E402
from recurcast.lean import is_lean  # noqa: E402
from recurcast.series.windows import Windows  # noqa: E402
from recurcast.tracking.models.logged import LOADERS, new_model, pinned  # noqa: E402
from recurcast.tracking.runs import TrackedRun  # noqa: E402
from recurcast.tracking.store import store_errors  # noqa: E402
from recurcast.training.networks import Network  # noqa: E402

_LOADER = "pyfunc_network"

# Before its first model MLflow reads the lists of files of all installed packages, to learn which modules each has: half a
# second, and two where three cells do it at once. Where no models but ours are recorded it is told of theirs.
if is_lean():
    requirements_utils._MODULES_TO_PACKAGES = {
        name: [name] for name in ("tensorflow", "keras", "numpy", "pandas", "mlflow")
    }
requirements_utils.warn_dependency_requirement_mismatches(list(pinned("mlflow")))


def log_network(run: TrackedRun, network: Network, example: Windows) -> str:
    """Store the network in the run and return its MLflow model id; `example` gives shapes and the input example."""
    arrays = {"window": example.inputs}
    if example.panel.n_drivers:
        arrays["calendar"] = example.calendar
    named = len(arrays) > 1
    specs = [
        TensorSpec(np.dtype(np.float64), (-1, *a.shape[1:]), name if named else None) for name, a in arrays.items()
    ]
    signature = ModelSignature(Schema(specs), Schema([TensorSpec(np.dtype(np.float64), (-1, example.horizon))]))
    with store_errors(run.store.uri):
        made = new_model(run, network.cell)
        logged = Model.log(
            artifact_path=None,
            model_id=made,
            flavor=sys.modules[__name__],
            flavor_name="keras",
            run_id=run.run_id,
            network=network.forecaster,
            facts=None if network.highway is None else _facts(network.highway),
            signature=signature,
            input_example=arrays if named else arrays["window"],
            validate_serving_input=False,
        )
    return str(logged.model_id)


def _facts(highway: Highway) -> dict[str, int]:
    """What a window's NaN may be: a missing step of y, or of what stands beside it before the steps that are forecast."""
    fewest = {"fewest": highway.season + 1}
    return fewest | {"horizon": highway.horizon} if highway.beside else fewest


def save_model(
    path: str,
    mlflow_model: Model,
    network: Any,
    signature: ModelSignature,
    input_example: Any,
    facts: dict[str, int] | None = None,
    **_: Any,
) -> None:
    """Write the model's folder: mlflow's keras flavour, with our loader for pyfunc (MLflow's contract for flavours)."""
    Path(path).mkdir(parents=True, exist_ok=True)
    mlflow.keras.save_model(
        network,
        path,
        mlflow_model=mlflow_model,
        signature=signature,
        input_example=input_example,
        pip_requirements=list(pinned("tensorflow", "keras", "numpy", "mlflow")),
    )
    if facts is not None:
        (Path(path) / "data" / "window.json").write_text(json.dumps(facts), encoding="utf-8")
    code = Path(path) / "code"
    code.mkdir()
    shutil.copy(LOADERS / f"{_LOADER}.py", code / f"{_LOADER}.py")
    mlflow_model.flavors["python_function"] |= {"loader_module": _LOADER, "code": "code", "data": "data"}
    mlflow_model.save(str(Path(path) / "MLmodel"))
