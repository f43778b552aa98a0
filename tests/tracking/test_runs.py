"""What a run leaves in MLflow, over a real store."""

from recurcast.config.project import load_pipeline
from recurcast.instants import parse_instant
from recurcast.runs.train import Request
from recurcast.tracking.runs import parent_run
from recurcast.tracking.store import connect
from support.projects import AS_OF, Project


def test_a_column_of_any_name_may_say_how_its_numbers_are_written(project: Project) -> None:
    name = 'Verbrauch [kWh] (°C), "=1"'
    project.configure(
        source={
            "kind": "file",
            "path": "demand.csv",
            "columns": {"ds": "ds", "y": name},
            "numbers": {name: {"decimal": ","}},
        }
    )
    pipeline, store = load_pipeline(project.root, "demand").pipeline, connect(project.root)

    with parent_run(store, Request(pipeline, parse_instant(AS_OF), project.root)) as run:
        run.tag(outcome="no new data")

    params = store.client.get_run(run.run_id).data.params
    assert name in params["source.columns.y"]
    assert "Verbrauch [kWh]" in params["source.numbers"]
    assert '"decimal": ","' in params["source.numbers"]
