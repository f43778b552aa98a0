"""The frame of a run as MLflow's dataset."""

import json
from typing import Any

from mlflow.entities import Dataset, DatasetInput, InputTag

from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.masking import masked
from recurcast.series.frame import SeriesFrame
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import store_errors


def log_dataset(run: TrackedRun, pipeline: PipelineConfig, frame: SeriesFrame, digest: str) -> None:
    """Log the frame as the run's dataset, under our digest: MLflow's own ignores timestamps and later rows."""
    origin = pipeline.source.origin
    columns = [{"type": "string", "name": "unique_id"}, {"type": "datetime", "name": "ds"}]
    columns += [{"type": "double", "name": name} for name in ("y", *frame.covariates)]
    columns += [{"type": "string", "name": name} for name in frame.attributes]
    dataset = Dataset(
        name=pipeline.name,
        digest=digest,
        source_type=origin.type,
        source=json.dumps({"uri": masked(origin.place)}),
        schema=json.dumps({"mlflow_colspec": [column | {"required": True} for column in columns]}),
        profile=json.dumps(_profile(pipeline, frame)),
    )
    with store_errors(run.store.uri):
        tags = [InputTag("mlflow.data.context", "train, validation and test")]
        run.store.client.log_inputs(run.run_id, [DatasetInput(dataset, tags)])


def _profile(pipeline: PipelineConfig, frame: SeriesFrame) -> dict[str, Any]:
    profile: dict[str, Any] = {"num_rows": frame.n_rows, "num_series": len(frame.ids)}
    if (ends := frame.ends) is not None:
        profile |= zip(("first", "last"), (format_instant(end.to_pydatetime(warn=False)) for end in ends), strict=True)
    return profile | {"frequency": frame.grid.frequency} | ({"unit_of_y": pipeline.unit} if pipeline.unit else {})
