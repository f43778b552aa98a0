"""Dask's door where what is behind it is no cluster, or one that does nothing."""

import socket
from typing import Any

import pytest

from recurcast.config.place import ExecutorConfig
from recurcast.errors import ExecutorUnavailable
from recurcast.executors import dask_door, reaching


def test_whoever_takes_connections_and_is_no_scheduler_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_door, "_TO_GIVE_UP", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:  # as a dashboard is, or a scheduler that was stopped
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(ExecutorUnavailable, match=f"{address} does not: something takes connections there"):
            dask_door.Engine(ExecutorConfig(kind="dask", address=address), 0.3)


def test_processes_that_do_not_begin_are_not_told_as_a_cluster_whose_address_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dies(_: int | None) -> None:
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(dask_door, "_own_cluster", dies)
    with pytest.raises(
        ExecutorUnavailable, match=r"they did not begin: Nanny failed to start\. Each takes 1 GB.*here\.$"
    ):
        dask_door.Engine(ExecutorConfig(kind="processes", address="tcp://s:8786"))


@pytest.mark.parametrize(
    ("worker", "stands"),
    [
        ({"status": "running", "metrics": {"task_counts": {}}}, False),
        ({"status": "running", "metrics": {}}, False),
        ({"status": "paused", "metrics": {"task_counts": {"executing": 1, "ready": 3}}}, False),
        ({"status": "paused", "metrics": {"task_counts": {"ready": 3}}}, True),
    ],
)
def test_a_worker_that_is_paused_and_at_nothing_counts_as_none(worker: dict[str, Any], stands: bool) -> None:
    assert reaching.stands(worker) == stands
