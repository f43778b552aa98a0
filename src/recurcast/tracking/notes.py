"""What MLflow's page says of a pipeline in words, and the saved views of its experiment, kept up to date.

What a person wrote there stays: only what stands as Recurcast wrote it is written anew.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from mlflow.entities import Experiment

from recurcast.config import PipelineConfig
from recurcast.config.search_space import axes_of, cells_of
from recurcast.escaping import in_markdown
from recurcast.reporting.notes.pipeline import experiment_note, model_note
from recurcast.tracking.store import Store, store_errors

NOTE = "mlflow.note.content"
_WRITTEN = "mlflow.recurcast.description"
"""Digest of what Recurcast wrote last; MLflow's page hides tags that begin so."""
_VIEW = "mlflow.sharedViewState."
_SAVED_AT = 1_704_067_200_000
"""A view says when it was saved; a constant, since nothing here asks what time it is."""


def describe_experiment(store: Store, experiment: Experiment, pipeline: PipelineConfig, schedule: str) -> None:
    """Write description and views of a pipeline's experiment where they changed."""
    views = _views(pipeline)
    note = experiment_note(pipeline, schedule, _links(str(experiment.experiment_id), views))
    wanted = {NOTE: note} | {f"{_VIEW}{key}": _envelope(name, state) for key, (name, state) in views.items()}
    there, written = experiment.tags, _digest(*wanted.values())
    if there.get(_WRITTEN, "").partition(" ")[0] == written:
        return
    if not _ours(there.get(NOTE, ""), there.get(_WRITTEN), pipeline):
        del wanted[NOTE]
    with store_errors(store.uri):
        for key, value in (wanted | {_WRITTEN: f"{written} {_digest(note)}"}).items():
            if there.get(key) != value:
                store.client.set_experiment_tag(experiment.experiment_id, key, value)


def describe_model(store: Store, pipeline: PipelineConfig, tags: Mapping[str, str], standing: str) -> None:
    """Write the description of a registered model, of which tags and description are known, where it changed."""
    note, name = model_note(pipeline), pipeline.name
    if standing == note or not _ours(standing, tags.get(_WRITTEN), pipeline):
        return
    with store_errors(store.uri):
        store.client.update_registered_model(name, note)
        for key, value in model_tags(pipeline).items():
            store.client.set_registered_model_tag(name, key, value)


def model_tags(pipeline: PipelineConfig) -> dict[str, str]:
    """Return the tag by which a registered model's description is known to be Recurcast's."""
    return {_WRITTEN: f"model {_digest(model_note(pipeline))}"}


def _ours(standing: str, written: str | None, pipeline: PipelineConfig) -> bool:
    """Whether what stands is Recurcast's: nothing, the pipeline's bare description, or what it wrote last."""
    bare = ("", pipeline.description, in_markdown(pipeline.description))
    return standing in bare or _digest(standing) == (written or "").rpartition(" ")[2]


def _views(pipeline: PipelineConfig) -> dict[str, tuple[str, dict[str, Any]]]:
    """The saved views by key: name, and what MLflow's page keeps of a view."""
    metric = pipeline.gate.metric
    scores = [f"metrics.`{role}/{metric}`" for role in ("challenger", "champion", "baseline")]
    verdicts = ["tags.`decision`", "tags.`challenger`", *scores, "metrics.`challenger/skill`", "tags.`trigger`"]
    cells = [
        f"metrics.`{each}`" for each in (f"test/{metric}", f"validation/{metric}", "test/skill", "loss/validation")
    ]
    told = [f"metrics.`{role}/fresh`" for role in ("winner", "stood", "baseline")]
    varied = dict.fromkeys(field for cell in cells_of(pipeline) for field in axes_of(pipeline, cell))
    tried = ["tags.`state`", "metrics.`score`", "params.`cell`", *(f"params.`{field}`" for field in varied)]
    return {
        "verdicts": ("Verdicts", _state("tags.adhoc LIKE '%'", verdicts)),
        # In its own order, by start, MLflow's page would fetch the parents as well, and fold the cells below them.
        "cells": ("Cells and their curves", _state("tags.cell LIKE '%'", ["tags.`cell`", *cells], "end_time")),
        "forecasts": ("Forecasts", _state("tags.kind = 'forecast'", ["tags.`version`", "tags.`horizon`"])),
        "searches": ("Searches", _state("tags.kind = 'search'", ["tags.`trials`", "tags.`winner`", *told])),
        # By their end, as the cells, for the same reason; the best first is a click on the head of the column.
        "trials": ("Trials of searches", _state("tags.kind = 'trial'", tried, "end_time")),
    }


def _state(condition: str, columns: list[str], newest_by: str = "start_time") -> dict[str, Any]:
    """What MLflow's page keeps of a view."""
    order = {"orderByKey": f"attributes.{newest_by}", "orderByAsc": False}
    return {"searchFilter": condition, "selectedColumns": columns} | order


def _envelope(name: str, state: dict[str, Any]) -> str:
    return json.dumps({"name": name, "createdAt": _SAVED_AT, "updatedAt": _SAVED_AT, "state": json.dumps(state)})


def _links(experiment_id: str, views: Mapping[str, Any]) -> str:
    """The links need the workflow: where none is said MLflow's page shows what it has for language models."""
    page = f"#/experiments/{experiment_id}/runs?workflowType=machine_learning&viewStateShareKey="
    return (
        f"Ways to look at them, also under *Views*: [verdicts]({page}verdicts), "
        f"[curves of the cells, overlaid]({page}cells&compareRunsMode=CHART), [forecasts]({page}forecasts), "
        f"[searches]({page}searches) and [their trials]({page}trials)."
    )


def _digest(*texts: str) -> str:
    return blake2b("\0".join(texts).encode(), digest_size=8).hexdigest()
