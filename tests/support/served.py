"""Versions that serve, as a promotion leaves them in MLflow, with bundles that can be checked by eye."""

from datetime import datetime
from typing import Any

from recurcast.config import PipelineConfig
from recurcast.tracking.models.bundles import log_bundle
from recurcast.tracking.store import Store
from support.frames import naive_bundle
from support.recorded import kept_run, version_of


def promote(store: Store, pipeline: PipelineConfig, as_of: datetime, **bundle: Any) -> int:
    """Register a version that repeats the last value and make it champion; its number."""
    version = version_of(kept_run(store, pipeline, as_of), pipeline, as_of, "promote")
    model_id = model_of(store, pipeline.name, version)
    log_bundle(store, model_id, naive_bundle(pipeline=pipeline.name, **bundle))
    return version


def model_of(store: Store, name: str, version: int) -> str:
    """Return the id of a version's logged model."""
    return str(store.client.get_model_version(name, str(version)).source).rpartition("/")[2]
