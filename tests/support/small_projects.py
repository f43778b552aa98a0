"""Small projects to read and to deploy."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

FLOW = """
from datetime import datetime

from prefect import flow


@flow(name="train", log_prints=True)
def train(pipeline: dict, as_of: datetime | None = None, promote: bool = True):
    print(f"training {pipeline['name']}")
"""
FORECAST = """
from datetime import datetime

from prefect import flow


@flow(name="forecast", log_prints=True)
def forecast(pipeline: dict, as_of: datetime | None = None):
    print(f"forecasting {pipeline['name']}")
"""


@pytest.fixture
def write_project(tmp_path: Path) -> Callable[[str], Path]:
    """Write prefect.yaml, and two flows beside it, into one folder; `*small` is a pipeline without its name."""

    def write(deployments: str) -> Path:
        root = tmp_path / "project"
        (root / "flows").mkdir(parents=True, exist_ok=True)
        (root / "flows" / "train.py").write_text(FLOW)
        (root / "flows" / "forecast.py").write_text(FORECAST)
        definitions = """
            definitions:
              - &small
                source: {kind: generated, noise: 0.1}
                frequency: h
                parts: {history: 100, validation: 20, test: 20}
                windows: {lookback: 20}
              - &flow
                entrypoint: flows/train.py:train
                work_pool: {name: recurcast}
              - &forecast
                entrypoint: flows/forecast.py:forecast
                work_pool: {name: recurcast, work_queue_name: forecast}
            """
        (root / "prefect.yaml").write_text(dedent(definitions) + dedent(deployments))
        return root

    return write
