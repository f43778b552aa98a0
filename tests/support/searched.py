"""Small searches: a pipeline that trains in moments, and a space in which some settings can't be."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recurcast.config import PipelineConfig
from recurcast.runs.search import FreshScore, SearchRecord
from recurcast.runs.search_request import SearchRequest
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.search_records import write_record
from recurcast.tracking.store import connect
from support.tiny import TINY

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)
SEARCH: dict[str, Any] = {
    "trials": 5,
    "origins": 2,
    "fresh_origins": 1,
    "seed": 3,
    "cells": ["gru"],
    "pruner": "median",
    "space": {
        "network.units": {"low": 2, "high": 6},
        "training.learning_rate": {"low": 1e-3, "high": 0.1, "log": True},
    },
}


def searched(search: dict[str, Any] | None = None, **changed: Any) -> PipelineConfig:
    """Return the pipeline, with its block `search` changed in some fields."""
    quick = {"training": {"epochs": 2, "learning_rate": 0.05}}
    return PipelineConfig.model_validate(TINY | quick | changed | {"search": SEARCH | (search or {})})


def asked(root: Path, search: dict[str, Any] | None = None, **changed: Any) -> SearchRequest:
    """Return what is asked of a search of it."""
    return SearchRequest(searched(search, **changed), AS_OF, root)


def told(root: Path, record: SearchRecord, *, won: bool) -> SearchRecord:
    """Return the record, and keep it, as if its winner, a trial beside what stood, had won on the fresh origins, or lost."""
    other = next(each for each in record.trials if each.number != record.stood and each.state == "finished")
    fresh = (FreshScore(other.number, (0.5 if won else 2.0,)), FreshScore(record.stood, (1.0,)))
    changed = replace(record, winner=other.number, fresh=fresh)
    store = connect(root)
    experiment = store.client.get_run(record.run_id).info.experiment_id
    write_record(TrackedRun(store, experiment, record.run_id), changed)
    return changed
