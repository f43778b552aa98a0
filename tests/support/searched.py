"""Small searches: a pipeline that trains in moments, and a space in which some settings can't be."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recurcast.config import PipelineConfig
from recurcast.runs.search_request import SearchRequest
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
