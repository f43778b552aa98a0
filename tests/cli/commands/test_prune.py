import pytest

from recurcast.config import PipelineConfig
from recurcast.instants import parse_instant
from recurcast.tracking.store import connect
from support.projects import DEMAND, demand, one_json_object, recurcast
from support.recorded import kept_run, version_of

TICKS = [parse_instant(f"2024-01-0{day}T00:00:00Z") for day in (2, 3, 4)]


@pytest.fixture
def recorded(project):
    """Three intervals with a snapshot and a version each, of which the first was promoted."""
    project.write(demand())
    store, pipeline = connect(project.root), PipelineConfig.model_validate(DEMAND)
    for as_of, decision in zip(TICKS, ("promote", "keep", "keep"), strict=True):
        version_of(kept_run(store, pipeline, as_of), pipeline, as_of, decision)
    return project


def test_prune_removes_what_no_one_needs_and_says_how_much(recorded):
    dry = recurcast("prune", "demand", "--keep", "1", "--dry-run")
    before = recorded.standing().versions
    ended = recurcast("prune", "demand", "--keep", "1")

    assert (dry.exit_code, ended.exit_code) == (0, 0), ended.stderr
    assert before == ("demand/1", "demand/2", "demand/3")
    assert recorded.standing().versions == ("demand/1", "demand/3")
    assert ended.stdout.splitlines()[0] == "  version 2 as of 2024-01-03T00:00:00Z, 0.00 MB"
    assert "demand: 1 version and 1 snapshot removed, 0.0" in ended.stdout
    assert ended.stdout.replace("removed", "would be removed") == dry.stdout
    assert "2 older stay: the champion history, an alias, an open verdict or a live run needs them" in ended.stdout
    assert "demand: 0 versions and 0 snapshots removed, 0.00 MB" in recurcast("prune", "demand", "--keep", "1").stdout


def test_prune_prints_one_json_object_also_where_nothing_ever_ran(recorded):
    ended = recurcast("prune", "demand", "--keep", "12h", "--json")
    told = one_json_object(ended.stdout)

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert (told["pipeline"], told["dry_run"], told["needed"]) == ("demand", False, 2)
    assert [(row["kind"], row["as_of"]) for row in told["removed"]] == [
        ("version", "2024-01-03T00:00:00Z"),
        ("snapshot", "2024-01-03T00:00:00Z"),
    ]
    assert told["size"] == sum(row["size"] for row in told["removed"]) > 1000
    recorded.configure(deployment="other", name="other")
    nothing = one_json_object(recurcast("prune", "other", "--keep", "90d", "--json").stdout)
    assert nothing == {"pipeline": "other", "dry_run": False, "removed": [], "size": 0, "needed": 0}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("prune", "demandd", "--keep", "1"), "Did you mean 'demand'?"),
        (("prune", "demand", "--keep", "0"), "received '0'"),
        (("prune", "demand", "--keep", "everything"), "received 'everything'"),
        (("prune", "demand"), "--keep"),
    ],
)
def test_wrong_use_of_prune_removes_nothing_and_says_what_is_right(project, arguments, told):
    ended = recurcast(*arguments)

    assert ended.exit_code == 2
    assert told in ended.message
    assert not (project.root / "mlflow.db").exists()
