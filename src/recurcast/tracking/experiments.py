"""The experiment of a pipeline: found, created, or taken back from the deleted ones."""

from mlflow.entities import Experiment
from mlflow.exceptions import MlflowException

from recurcast.config import PipelineConfig
from recurcast.escaping import in_markdown
from recurcast.tracking.notes import NOTE
from recurcast.tracking.reaching import expect_writable_artifacts
from recurcast.tracking.store import Store

_KIND = "mlflow.experimentKind"


def experiment_of(store: Store, pipeline: PipelineConfig) -> str:
    """Return the id of the pipeline's experiment, in which runs can keep artifacts; StoreUnavailable says that they can't."""
    experiment = _experiment(store, pipeline)
    expect_writable_artifacts(experiment.artifact_location)
    store.experiments[pipeline.name] = str(experiment.experiment_id)
    return store.experiments[pipeline.name]


def _experiment(store: Store, pipeline: PipelineConfig) -> Experiment:
    existing = store.client.get_experiment_by_name(pipeline.name)
    if existing is not None:
        if existing.lifecycle_stage == "deleted":
            store.client.restore_experiment(existing.experiment_id)
        return existing
    # The embedded store's artifacts lie beside it, never where one happens to stand.
    location = (store.root.resolve() / "mlruns" / pipeline.name).as_uri() if store.embedded else None
    tags = {_KIND: "custom_model_development"} | (
        {NOTE: in_markdown(pipeline.description)} if pipeline.description else {}
    )
    try:
        created = store.client.create_experiment(pipeline.name, artifact_location=location, tags=tags)
        return store.client.get_experiment(created)
    except MlflowException:
        created_meanwhile = store.client.get_experiment_by_name(pipeline.name)
        if created_meanwhile is None:
            raise
        return created_meanwhile
