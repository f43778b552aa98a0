"""Who may do what on a team's servers: real requests, with every account and with none."""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from support.team import ADMIN, PREFECT, READER, WRITER, Team, ask, objects

ANYBODY = {
    "/health",
    "/static-files/{path:path}",
    "/static-files/<path:path>",
    "/api/3.0/mlflow/server-info",
    "/ajax-api/3.0/mlflow/server-info",
}
"""What MLflow answers to a stranger: that it lives, the page's own files, which kind of store it has."""


def mlflow_routes() -> Iterator[tuple[str, str]]:
    """Every (method, path) of MLflow's server, those of its job and trace interfaces too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.server import app
        from mlflow.server.fastapi_app import create_fastapi_app

        made = create_fastapi_app(app)
    for rule in app.url_map.iter_rules():
        yield from ((method, str(rule.rule)) for method in rule.methods - {"HEAD", "OPTIONS"})
    waiting = list(made.routes)
    while waiting:
        route = waiting.pop()
        waiting += getattr(route, "routes", None) or []
        yield from ((method, route.path) for method in (getattr(route, "methods", None) or set()) - {"HEAD"})


def answered(base: str, routes: set[tuple[str, str]], user: tuple[str, str] | None = None) -> set[str]:
    """The paths that are answered otherwise than by asking for a password."""
    found = set()
    for method, path in sorted(routes):
        url = base + re.sub(r"<[^>]*>|\{[^}]*\}", "11111111-1111-1111-1111-111111111111", path)
        status, _ = ask(url, None if method == "GET" else {}, user, method)
        if status != 401:
            found.add(path)
    return found


def test_nothing_of_mlflow_is_read_or_written_without_a_password_nor_with_a_wrong_one(team: Team) -> None:
    routes = set(mlflow_routes())

    assert len(routes) > 300
    assert answered(team.mlflow, routes) <= ANYBODY
    some = {each for each in routes if each[1].startswith("/api/2.0/mlflow/runs")}
    assert answered(team.mlflow, some, (WRITER[0], "another-one")) == set()


def test_nothing_of_prefect_is_read_or_written_without_the_password_nor_with_a_wrong_one(team: Team) -> None:
    specification = ask(team.prefect.removesuffix("/api") + "/openapi.json", None, PREFECT)[1]
    routes = {(method.upper(), path) for path, methods in specification["paths"].items() for method in methods}

    assert len(routes) > 150
    assert answered(team.prefect, routes) == {"/health", "/ready"}
    some = {each for each in routes if "flow_runs" in each[1]}
    assert answered(team.prefect, some, (PREFECT[0], "another-one")) == set()


def test_a_writer_writes_runs_models_and_artifacts_and_a_reader_reads_them_and_changes_none(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    (tmp_path / "network.txt").write_text("weights")
    with mock.patch.dict("os.environ", team.environment(WRITER)):
        client = MlflowClient(team.mlflow, team.mlflow)
        experiment = client.create_experiment("rights")
        run = client.create_run(experiment).info.run_id
        client.log_metric(run, "mase", 0.5)
        client.log_artifact(run, str(tmp_path / "network.txt"))
        client.create_registered_model("rights")

    assert any(key.endswith(f"{run}/artifacts/network.txt") for key in objects(team))
    with mock.patch.dict("os.environ", team.environment(READER)):
        assert client.get_run(run).data.metrics == {"mase": 0.5}
        assert Path(client.download_artifacts(run, "network.txt", str(tmp_path))).read_text() == "weights"
    for path, body in {
        "runs/create": {"experiment_id": experiment},
        "runs/log-metric": {"run_id": run, "key": "mase", "value": 0.1, "timestamp": 1},
        "runs/set-tag": {"run_id": run, "key": "decision", "value": "promote"},
        "runs/delete": {"run_id": run},
        "experiments/delete": {"experiment_id": experiment},
        "experiments/set-experiment-tag": {"experiment_id": experiment, "key": "a", "value": "b"},
        "registered-models/alias": {"name": "rights", "alias": "champion", "version": "1"},
        "model-versions/create": {"name": "rights", "source": "s3://models/elsewhere"},
    }.items():
        assert team.at(READER, "POST", path, **body) == 403, path
    artifact = f"{team.mlflow}/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/network.txt"
    assert ask(artifact, "changed", READER, "PUT")[0] == 403
    assert ask(artifact, None, READER, "DELETE")[0] == 403
    # What docs/deploy.md says of MLflow: any account may make an experiment of its own.
    assert team.at(READER, "POST", "experiments/create", name="of a reader") == 200
    assert team.at(ADMIN, "POST", "experiments/delete", experiment_id=experiment) == 200
