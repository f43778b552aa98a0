"""MLflow's server in the process that was called; that it is and stays guarded is seen in tests/stack."""

from typing import Any

import pytest

from recurcast.tracking.mlflow_server import in_this_process


@pytest.mark.parametrize(
    ("command", "variable"),
    [(["python", "-m", "uvicorn", "app"], "PREFIX"), (["gunicorn", "app"], "_MLFLOW_SERVER_FILE_STORE")],
)
def test_what_mlflow_reads_as_it_is_imported_or_serves_otherwise_is_started_as_mlflow_does(
    command: list[str], variable: str
) -> None:
    started: list[Any] = []

    def start(asked: list[str], **options: Any) -> None:
        started.append((asked, options))

    in_this_process(start, {"PREFIX"})(command, extra_env={variable: "x"}, synchronous=False)

    assert started == [(command, {"extra_env": {variable: "x"}, "synchronous": False})]
