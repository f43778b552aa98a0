"""The version that serves while nobody has earned it: a baseline with the signature that the networks have."""

import json
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recurcast.config import PipelineConfig
from recurcast.series.attributes import FORMS
from recurcast.series.calendar import columns_of
from recurcast.tracking.experiments import experiment_of
from recurcast.tracking.models.digests import NETWORK_DIGESTS, digest_tag
from recurcast.tracking.models.logged import LOADERS, pinned
from recurcast.tracking.retries import patiently
from recurcast.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

_LOADER = "pyfunc_baseline"


@dataclass(frozen=True)
class _Shape:
    """What a served baseline takes and gives, and which value it repeats."""

    baseline: str
    season: int
    lookback: int
    horizon: int
    covariates: int
    calendar: int
    """Columns of the calendar, which it takes as the networks do and leaves unread."""
    gaps: bool = False
    """Whether windows may miss steps."""

    @property
    def tags(self) -> dict[str, str]:
        stated = asdict(self)
        if not self.gaps:
            del stated["gaps"]
        return {"kind": "baseline"} | {key: str(value).lower() for key, value in stated.items()}


def baseline_version(store: Store, pipeline: PipelineConfig) -> int:
    """Return the version that serves the gate's own baseline, made if need be."""
    shape = _shape_of(pipeline)
    found = store.client.search_model_versions(f"name='{pipeline.name}' and tags.kind = 'baseline'")
    fitting = [
        int(each.version)
        for each in found
        if shape.tags.items() <= each.tags.items() and shape.gaps == ("gaps" in each.tags)
    ]
    return min(fitting) if fitting else _make(store, pipeline, shape)


def _shape_of(pipeline: PipelineConfig) -> _Shape:
    source, baseline = pipeline.source, pipeline.serving_baseline
    return _Shape(
        baseline,
        1 if baseline == "naive" and not pipeline.masked else pipeline.season,
        pipeline.baseline_lookback,
        pipeline.windows.horizon,
        len(source.covariates),
        columns_of(pipeline.network.calendar) + len(source.ahead) + FORMS * len(source.attributes),
        pipeline.masked,
    )


def _make(store: Store, pipeline: PipelineConfig, shape: _Shape) -> int:
    import mlflow.pyfunc
    from mlflow.models import Model

    client = store.client
    logged = client.create_logged_model(experiment_of(store, pipeline), "baseline", tags=shape.tags)
    with tempfile.TemporaryDirectory() as folder:
        facts = Path(folder, "baseline.json")
        stated = {
            "baseline": shape.baseline,
            "season": shape.season,
            "horizon": shape.horizon,
            "fewest": pipeline.fewest,
        }
        facts.write_text(json.dumps(stated), encoding="utf-8")
        mlflow.pyfunc.save_model(
            Path(folder, "model"),
            loader_module=_LOADER,
            data_path=str(facts),
            code_paths=[str(LOADERS / f"{_LOADER}.py")],
            mlflow_model=Model(model_id=logged.model_id),
            signature=_signature(shape, pipeline.seen.lookback),
            input_example=_example(shape),
            pip_requirements=list(pinned("numpy", "mlflow")),
        )
        digests = digest_tag(NETWORK_DIGESTS, Path(folder, "model"))
        client.log_model_artifacts(logged.model_id, str(Path(folder, "model")))
    client.finalize_logged_model(logged.model_id, "READY")
    said = f"{shape.baseline}: it serves as long as nobody is champion"
    made = patiently(
        partial(
            client.create_model_version,
            pipeline.name,
            f"models:/{logged.model_id}",
            tags=shape.tags | digests,
            description=said,
            model_id=logged.model_id,
        )
    )
    return int(made.version)


def _inputs(shape: _Shape) -> dict[str, tuple[int, int]]:
    """The sizes of one window's arrays, by name."""
    window = {"window": (shape.lookback, 1 + shape.covariates)}
    return window | ({"calendar": (shape.lookback + shape.horizon, shape.calendar)} if shape.calendar else {})


def _example(shape: _Shape) -> Any:
    arrays = {name: np.zeros((1, *sizes)) for name, sizes in _inputs(shape).items()}
    return arrays if len(arrays) > 1 else arrays["window"]


def _signature(shape: _Shape, seen: int) -> "ModelSignature":
    """The networks' own (see `tracking.models.network`), so that whoever calls need not know who serves.

    Where a season is longer than what they see, windows of any length are taken: of theirs the last value is repeated.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    kind, inputs_of = np.dtype(np.float64), _inputs(shape)
    named = len(inputs_of) > 1
    inputs = [
        TensorSpec(kind, (-1, steps if shape.lookback == seen else -1, columns), name if named else None)
        for name, (steps, columns) in inputs_of.items()
    ]
    return ModelSignature(Schema(inputs), Schema([TensorSpec(kind, (-1, shape.horizon))]))
