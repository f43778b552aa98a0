"""Processes that promote: many at the same instant, or one that dies between two steps. Nothing is trained.

Run as a script it forks such processes, each with a home and a temporary folder of its own, as on a host of its own.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mlflow import MlflowClient

from recurcast import environment
from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.runs.train import Request, Ticket
from recurcast.tracking.experiments import experiment_of
from recurcast.tracking.leases import lease_tags
from recurcast.tracking.registry.registry import decide_again, register
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, connect
from recurcast.tracking.trained import TrainedCell
from support.tiny import AS_OF, tiny_pipeline

HOUR = timedelta(hours=1)
WRITES = (
    "create_registered_model",
    "create_model_version",
    "set_registered_model_tag",
    "set_model_version_tag",
    "update_model_version",
    "set_registered_model_alias",
    "set_experiment_tag",
)
DIED = 9


@dataclass(frozen=True)
class Promotion:
    """One interval that a process promotes, or keeps."""

    hour: int
    verdict: str


@dataclass(frozen=True)
class Promoted:
    """What the processes have done, and how long each promotion took, in seconds."""

    promotions: tuple[Promotion, ...]
    seconds: tuple[float, ...]
    said: str
    """All that they wrote to stderr."""


def promote_at_once(root: Path, processes: int, each: int, uri: str | None = None) -> Promoted:
    """Return what so many processes did that began at the same instant; `uri` names a server, else it is SQLite."""
    own = [list(_share(number, processes, each)) for number in range(processes)]
    said = _launch(root, uri, {"shares": [[asdict(one) for one in share] for share in own]})
    seconds = [value for number in range(processes) for value in json.loads((root / f"seconds-{number}").read_text())]
    return Promoted(tuple(one for share in own for one in share), tuple(seconds), said)


def promote_and_die(root: Path) -> int:
    """Return how many pipelines `dies-1`, `dies-2`, ... were left by processes that died before their n-th write.

    Each promotes an hour, then the next one provisionally, and gives that verdict again.
    """
    _launch(root, None, {"dies": True})
    return int((root / "deaths").read_text())


def promote(store: Store, pipeline: PipelineConfig, promotion: Promotion, *, provisional: bool = False) -> Any:
    """Register an hour's challenger as its run does; return the registration."""
    request, run = open_run(store, pipeline, promotion, provisional=provisional)
    return register(run, request, _challenger(run), decision_of(promotion))


def open_run(
    store: Store, pipeline: PipelineConfig, promotion: Promotion, *, provisional: bool = False
) -> tuple[Request, TrackedRun]:
    """Return a run that has come as far as its verdict, held by this process."""
    as_of = AS_OF + promotion.hour * HOUR
    request = Request(pipeline, as_of, store.root, ticket=Ticket("a-backfill", provisional=provisional))
    tags = {"pipeline": pipeline.name, "as_of": format_instant(as_of), "adhoc": "false", "trigger": "backfill"}
    tags |= {"configuration": "c", "data": f"rows {promotion.hour}", "code": "code"} | lease_tags()
    experiment_id = experiment_of(store, pipeline)
    return request, TrackedRun(store, experiment_id, store.client.create_run(experiment_id, tags=tags).info.run_id)


def _challenger(run: TrackedRun) -> TrainedCell:
    logged = run.store.client.create_logged_model(run.experiment_id, "gru", source_run_id=run.run_id)
    run.store.client.finalize_logged_model(logged.model_id, "READY")
    return TrainedCell(None, run, logged.model_id)  # type: ignore[arg-type]


def decision_of(promotion: Promotion) -> Any:
    """Return a verdict on an hour, as far as the registry asks."""
    return SimpleNamespace(
        verdict=promotion.verdict, reason="it was judged so", challenger="gru", metric="mase", score=0.5, test_score=0.5
    )


def _share(number: int, processes: int, each: int) -> Iterator[Promotion]:
    """Every process has its own hours, in an order that mixes with the others'; about a third is kept."""
    drawn = random.Random(1990)
    hours = drawn.sample(range(processes * each), processes * each)
    verdicts = {hour: drawn.choice(["promote", "promote", "keep"]) for hour in hours}
    yield from (Promotion(hour, verdicts[hour]) for hour in hours[number::processes])


def _launch(root: Path, uri: str | None, task: dict[str, Any]) -> str:
    """Start a process that imports once and forks the others before anything is opened; return what they said."""
    kept = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    paths = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]
    done = subprocess.run(
        [sys.executable, __file__, str(root), json.dumps(task)],
        env=kept | {"PYTHONPATH": os.pathsep.join(paths)} | ({"MLFLOW_TRACKING_URI": uri} if uri else {}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def _promote_all_at_once(root: Path, shares: list[list[Promotion]]) -> None:
    ready, go = os.pipe(), os.pipe()
    children = []
    for number, promotions in enumerate(shares):
        if (child := os.fork()) == 0:
            _on_a_host_of_its_own(root, number)
            os.close(go[1])
            os._exit(_code_of(lambda p=promotions, n=number: _promote_all(root, n, p, ready[1], go[0])))
        children.append(child)
    for _ in children:
        assert os.read(ready[0], 1)
    os.close(go[1])  # which all of them wait for
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * len(children)


def _promote_all(root: Path, number: int, promotions: list[Promotion], ready: int, go: int) -> None:
    store, pipeline, seconds = connect(root), tiny_pipeline(), []
    opened = [(each, *open_run(store, pipeline, each)) for each in promotions]
    challengers = [_challenger(run) for _, _, run in opened]
    os.write(ready, b"r")
    os.read(go, 1)
    for (promotion, request, run), challenger in zip(opened, challengers, strict=True):
        begun = time.perf_counter()
        register(run, request, challenger, decision_of(promotion))
        seconds.append(time.perf_counter() - begun)
        run.ends("FINISHED")
    (root / f"seconds-{number}").write_text(json.dumps(seconds))


def _die_at_every_write(root: Path) -> None:
    """A child per pipeline, until one comes to the end alive."""
    for number in range(1, 100):
        if (child := os.fork()) == 0:
            os._exit(_code_of(lambda n=number: _promote_and_die_at(root, n)))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, DIED), code
        if code == 0:
            (root / "deaths").write_text(str(number - 1))
            return


def _promote_and_die_at(root: Path, number: int) -> None:
    pipeline, store = tiny_pipeline(name=f"dies-{number}"), connect(root)
    left = iter(range(number - 1, -1, -1))

    def dying(write: Any) -> Any:
        def written(*arguments: Any, **named: Any) -> Any:
            if next(left) == 0:
                os._exit(DIED)
            return write(*arguments, **named)

        return written

    for name in WRITES:
        setattr(MlflowClient, name, dying(getattr(MlflowClient, name)))
    promote(store, pipeline, Promotion(1, "promote"))
    made = promote(store, pipeline, Promotion(2, "promote"), provisional=True)
    decide_again(store, pipeline, made.version, decision_of(Promotion(2, "promote")))


def _on_a_host_of_its_own(root: Path, number: int) -> None:
    for name in ("HOME", "TMPDIR"):
        folder = root / f"{name.lower()}-{number}"
        folder.mkdir()
        os.environ[name] = str(folder)
    tempfile.tempdir = None


def _code_of(body: Callable[[], None]) -> int:
    """A child may not return into what its parent does next."""
    try:
        body()
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    environment.silence()
    # What MLflow imports on first use, once for all children.
    for module in ("tracking", "model_registry"):
        import_module(f"mlflow.store.{module}.sqlalchemy_store")
    _root, _task = Path(sys.argv[1]), json.loads(sys.argv[2])
    if "dies" in _task:
        _die_at_every_write(_root)
    else:
        _promote_all_at_once(_root, [[Promotion(**each) for each in share] for share in _task["shares"]])
