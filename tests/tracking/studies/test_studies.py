"""Where trials are kept, and who takes which: in a file or in the team's PostgreSQL, one taken once, none lost."""

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import optuna
import pytest
from sqlalchemy import create_engine, text

from recurcast.config.search import Range
from recurcast.errors import StoreUnavailable
from recurcast.instants import format_instant
from recurcast.tracking.leases import lease_tags
from recurcast.tracking.store import Store
from recurcast.tracking.studies.sampling import BySampler, distribution_of, holds, nearest_in
from recurcast.tracking.studies.storage import STORAGE, open_searches
from recurcast.tracking.studies.study import SharedStudy
from support.mlflow_server import lacking, postgresql
from support.searched import searched


def store(root: Path, uri: str = "sqlite:///mlflow.db") -> Store:
    return Store(None, uri, root)  # type: ignore[arg-type]  # nobody asks MLflow here


def study(root: Path, uri: str = "sqlite:///mlflow.db", **search: object) -> SharedStudy:
    shared = SharedStudy(open_searches(store(root, uri)), "tiny", searched(search), 2)
    shared.begin(lambda cell: [])
    return shared


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    if why := lacking():
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="pg-") as name, postgresql(Path(name), "right-one") as address:
        yield address


def test_a_team_that_has_mlflow_in_postgresql_has_its_searches_there_in_a_schema_of_their_own(
    database: str, tmp_path: Path
) -> None:
    engine = create_engine(database)
    with engine.begin() as there:  # as MLflow leaves its own version
        there.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        there.execute(text("INSERT INTO alembic_version VALUES ('of mlflow')"))
    one, other = (study(tmp_path, database) for _ in range(2))
    first, second = one.take(2, 0), other.take(2, 1)
    assert first is not None
    assert second is not None

    assert (first.number, second.number, one.take(2, 0)) == (0, 1, None)
    assert first.stands
    assert not list(tmp_path.iterdir())
    with engine.begin() as there:
        assert there.execute(text("SELECT version_num FROM alembic_version")).scalar() == "of mlflow"
        assert there.execute(text("SELECT count(*) FROM recurcast_searches.trials")).scalar() == 2


def test_a_password_that_is_wrong_is_not_said(database: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="searches are kept in postgresql") as refused:
        open_searches(store(tmp_path, database.replace("right-one", "wrong-one")))
    assert "wrong-one" not in str(refused.value)


def test_tables_of_a_newer_optuna_are_told(tmp_path: Path) -> None:
    open_searches(store(tmp_path))
    with closing(sqlite3.connect(tmp_path / "searches.db")) as there, there:
        there.execute("UPDATE alembic_version SET version_num = 'v99.0.0.a'")
    with pytest.raises(StoreUnavailable, match=r"tables that this version of Optuna reads.*no longer compatible"):
        open_searches(store(tmp_path))


def test_another_database_is_named_by_optunas_own_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORAGE, "sqlite:///elsewhere.db")
    assert open_searches(store(tmp_path, "http://localhost:5000")).file == tmp_path / "elsewhere.db"
    monkeypatch.setenv(STORAGE, "mysql://me:hidden-word@host/x")
    with pytest.raises(StoreUnavailable, match="postgresql://host:5432/name or sqlite:///file") as refused:
        open_searches(store(tmp_path))
    assert "hidden-word" not in str(refused.value)


def test_what_a_dead_process_left_is_taken_over_with_its_number_its_settings_and_its_scores(tmp_path: Path) -> None:
    shared = study(tmp_path)
    shared.tell(taken := shared.take(9, 0), "finished", (0.5, 0.6))  # type: ignore[arg-type]
    left = shared.take(9, 0)
    assert left is not None
    shared.reached(left, (0.7,), last=False)
    assert shared.take(2, 0) is None  # its process is this one, and alive
    shared.note(left, lease=_of_a_process_that_is_gone())
    again = shared.take(2, 1)

    assert again is not None
    assert replace(again, trial=left.trial, scores=()) == left
    assert again.scores == (0.7,)
    assert taken is not None


def test_a_trial_of_another_host_is_left_alone_as_long_as_its_run_in_mlflow_says_that_it_lives(tmp_path: Path) -> None:
    old = {"lease.holder": "7@1@elsewhere", "lease.host": "elsewhere", "lease.heartbeat": "2024-01-01T00:00:00Z"}
    there = {"run": old | {"lease.heartbeat": format_instant(datetime.now(UTC))}}
    shared = SharedStudy(open_searches(store(tmp_path)), "tiny", searched(), 2, lambda run_id: there[run_id])
    shared.begin(lambda cell: [])
    left = shared.take(1, 0)
    assert left is not None
    shared.note(left, lease=old, run_id="run")

    assert shared.take(1, 0) is None
    there["run"] = old
    again = shared.take(1, 0)
    assert again is not None
    assert again.number == left.number


def test_a_trial_whose_process_is_killed_each_time_is_given_up(tmp_path: Path) -> None:
    shared = study(tmp_path)
    for _ in range(5):
        taken = shared.take(1, 0)
        assert taken is not None
        shared.note(taken, lease=_of_a_process_that_is_gone())
    assert shared.take(1, 0) is None
    (given_up,) = shared.ended()
    assert (given_up.state, given_up.error) == (
        "failed",
        "its process was killed 5 times, as one is that fills the memory",
    )


def test_a_cell_of_whose_settings_the_space_says_nothing_is_tried_once_as_it_stands(tmp_path: Path) -> None:
    shared = study(tmp_path, cells=["linear", "gru"], space={"network.units": {"low": 2, "high": 6}})
    taken = [shared.take(6, 0) for _ in range(6)]

    assert [each.cell for each in taken if each] == ["linear", "gru", "gru", "gru", "gru", "gru"]
    assert [each.stands for each in taken if each] == [True, True, False, False, False, False]


@pytest.mark.parametrize("sampler", ["tpe", "random", "qmc"])
def test_what_a_trial_draws_depends_on_its_number_and_on_the_trials_before_it_alone(sampler: str) -> None:
    def drawn(restarts: bool) -> list[dict[str, object]]:
        space = {
            "x": distribution_of("network.dropout", Range(low=0, high=0.5)),
            "cell": distribution_of("", ("a", "b")),
        }
        found = optuna.create_study(sampler=BySampler(sampler, 3))  # type: ignore[arg-type]
        for number in range(14):
            if restarts:
                found.sampler = BySampler(sampler, 3)  # type: ignore[arg-type]
            trial = found.ask(space)
            found.tell(trial, trial.params["x"] + number % 3)
        return [each.params for each in found.trials]

    assert drawn(True) == drawn(False)
    assert len({str(each) for each in drawn(False)}) == 14


def test_a_value_beside_the_space_is_told_as_the_nearest_one() -> None:
    units = distribution_of("network.units", Range(low=8, high=65, step=8))
    share = distribution_of("network.dropout", Range(low=0, high=0.35, step=0.1))
    loss = distribution_of("training.loss", ("mse", "mae"))

    assert (units.high, round(share.high, 9)) == (64, 0.3)
    assert [nearest_in(units, value) for value in (3, 13, 99)] == [8, 16, 64]
    assert (nearest_in(share, 0.26), nearest_in(loss, "huber")) == (pytest.approx(0.3), None)
    assert [holds(units, value) for value in (8, 12, 65)] == [True, False, False]
    assert [holds(loss, value) for value in ("mae", "huber")] == [True, False]


def _of_a_process_that_is_gone() -> dict[str, str]:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    own = lease_tags()
    _, _, rest = own["lease.holder"].partition("@")
    return own | {"lease.holder": f"{gone.pid}@{rest}"}
