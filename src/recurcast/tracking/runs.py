"""What a run leaves in MLflow: a parent run per as_of, a child run per cell."""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mlflow.entities import Dataset, Metric, Param, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME, MLFLOW_SOURCE_NAME

from recurcast.config import PipelineConfig
from recurcast.errors import RecurcastError
from recurcast.escaping import in_markdown
from recurcast.instants import format_instant
from recurcast.masking import masked
from recurcast.reporting.notes.run import cell_note
from recurcast.reporting.palette import COMPETITORS
from recurcast.runs.train import Request
from recurcast.tracking.experiments import experiment_of
from recurcast.tracking.leases import beating, lease_tags
from recurcast.tracking.notes import NOTE, describe_experiment
from recurcast.tracking.stamps import metric_stamp
from recurcast.tracking.store import Store, store_errors

_MOST_AT_ONCE = 900
"""Metrics in one write; MLflow takes a thousand entries, tags included."""
"""MLflow's page shows another kind of experiment, for language models, where this is not said."""
_BY_COLUMN = "source.numbers"
COLOUR = "mlflow.runColor"
"""The colour of a run's dot in the list, and of its curves."""


@dataclass(frozen=True)
class TrackedRun:
    """A run of MLflow's that this process writes to."""

    store: Store
    experiment_id: str
    run_id: str
    dataset: Dataset | None = None
    """What its scores are on, where it is known."""
    later: "list[tuple[TrackedRun, str, Callable[[], bytes]]]" = field(default_factory=list, compare=False)
    """Files of this run and of those below it that are still being made."""

    def tag(self, **tags: str) -> None:
        """Set tags."""
        self._log(tags=[RunTag(key, value) for key, value in tags.items()])

    def params(self, params: Mapping[str, Any], **tags: str) -> None:
        """Log parameters, and set tags along with them."""
        self._log(
            params=[Param(key, str(value)) for key, value in params.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )

    def metrics(
        self,
        series: Mapping[str, list[float]],
        at: datetime,
        model_id: str | None = None,
        after: Mapping[str, int] = MappingProxyType({}),
        /,
        **tags: str,
    ) -> None:
        """Log metrics, and set tags along with the last of them; value k of each metric stands at step k + 1.

        Their timestamp is as_of (see `metric_stamp`): no other clock is read. Of two values at one step MLflow shows the
        greater, so what takes the place of an earlier value stands behind its step, which `after` gives by name. Those of
        a logged model stand with it too, under the run's dataset.
        """
        stamp = metric_stamp(at)
        of_model = {} if model_id is None else {"model_id": model_id, "run_id": self.run_id} | self._on()
        points = [
            Metric(key, value, stamp, step, **of_model)
            for key, values in series.items()
            for step, value in enumerate(values, 1 + after.get(key, 0))
        ]
        batches = [points[first : first + _MOST_AT_ONCE] for first in range(0, len(points), _MOST_AT_ONCE)]
        for batch in batches[:-1]:
            self._log(metrics=batch)
        if batches or tags:
            last = batches[-1] if batches else []
            self._log(metrics=last, tags=[RunTag(key, value) for key, value in tags.items()])

    def text(self, content: str, path: str) -> None:
        """Store a text as an artifact, such as `validation/report.json`."""
        self.file(content.encode(), path)

    def file(self, content: bytes, path: str) -> None:
        """Store bytes as an artifact."""
        self.files({path: content})

    def files(self, contents: Mapping[str, bytes]) -> None:
        """Store several artifacts at once, by their paths."""
        self._files({path: partial(Path.write_bytes, data=content) for path, content in contents.items()})

    def file_by(self, write: Callable[[Path], object], path: str) -> None:
        """Store as an artifact what is written to a file."""
        self._files({path: write})

    def _files(self, writers: Mapping[str, Callable[[Path], object]]) -> None:
        with tempfile.TemporaryDirectory() as folder, store_errors(self.store.uri):
            for path, write in writers.items():
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                write(target)
            self.store.client.log_artifacts(self.run_id, folder)

    def file_later(self, path: str, made: Callable[[], bytes]) -> None:
        """Store what is being made as an artifact, once `settle` waits for it."""
        self.later.append((self, path, made))

    def settle(self) -> None:
        """Store what is still being made for this run and those below it."""
        of_runs: dict[str, tuple[TrackedRun, dict[str, bytes]]] = {}
        for run, path, made in self.later:
            of_runs.setdefault(run.run_id, (run, {}))[1][path] = made()
        for run, files in of_runs.values():
            run.files(files)
        self.later.clear()  # not before all are stored: who tries again stores them again

    def ends(self, status: str) -> None:
        """Close the run."""
        with store_errors(self.store.uri):
            self.store.client.set_terminated(self.run_id, status)

    def _on(self) -> dict[str, str]:
        dataset = self.dataset
        return {} if dataset is None else {"dataset_name": dataset.name, "dataset_digest": dataset.digest}

    def _log(self, **entries: Any) -> None:
        with store_errors(self.store.uri):
            self.store.client.log_batch(self.run_id, **entries)


@contextlib.contextmanager
def parent_run(store: Store, request: Request) -> Iterator[TrackedRun]:
    """Open the run of (pipeline, as_of) and close it whatever happens: FINISHED, FAILED, or KILLED by ctrl-c."""
    pipeline, name = request.pipeline, format_instant(request.as_of)
    with store_errors(store.uri):
        experiment_id = experiment_of(store, pipeline)
        if request.claims and request.trigger != "backfill":  # which knows no schedule
            describe_experiment(store, store.client.get_experiment(experiment_id), pipeline, request.schedule)
        created = store.client.create_run(experiment_id, tags=_tags_of(request) | lease_tags(), run_name=name)
    run = TrackedRun(store, experiment_id, created.info.run_id)
    with closing(run), beating(store, run.run_id):
        run.params(flat_settings(pipeline))
        try:
            yield run
        except Exception:
            with contextlib.suppress(Exception):  # the run's own error is the one to tell of
                run.settle()
            raise


def discard(run: TrackedRun) -> None:
    """Take back a closed run that came to nothing, because another run has done its interval or is about to."""
    with store_errors(run.store.uri):
        run.store.client.delete_run(run.run_id)


def _tags_of(request: Request) -> dict[str, str]:
    name = format_instant(request.as_of)
    tags = {
        "pipeline": request.pipeline.name,
        "as_of": name,
        "trigger": request.trigger,
        "adhoc": str(not request.claims).lower(),
        MLFLOW_RUN_NAME: name,
        MLFLOW_SOURCE_NAME: request.trigger,
    }
    if request.pipeline.description:
        tags[NOTE] = in_markdown(request.pipeline.description)
    if request.following is not None:
        tags["next_tick"] = format_instant(request.following)
    if request.proposal:
        tags["proposal"] = request.proposal
    if request.ticket is not None:
        tags["backfill"] = request.ticket.backfill
    return tags


@contextlib.contextmanager
def child_run(parent: TrackedRun, pipeline: PipelineConfig, as_of: datetime, cell: str) -> Iterator[TrackedRun]:
    """Open the run of one cell under its parent, and close it whatever happens; scores are added to it later."""
    instant = format_instant(as_of)
    name = f"{cell} {instant}"
    tags = {
        "pipeline": pipeline.name,
        "as_of": instant,
        "cell": cell,
        MLFLOW_PARENT_RUN_ID: parent.run_id,
        MLFLOW_RUN_NAME: name,
        COLOUR: COMPETITORS[cell],
        NOTE: cell_note(pipeline, cell),
    }
    with store_errors(parent.store.uri):
        client = parent.store.client
        created = client.create_run(parent.experiment_id, tags=tags, run_name=name)
        inputs = client.get_run(parent.run_id).inputs.dataset_inputs
    dataset = inputs[0].dataset if inputs else None
    run = TrackedRun(parent.store, parent.experiment_id, created.info.run_id, dataset, parent.later)
    with closing(run):
        with store_errors(parent.store.uri):
            client.log_inputs(run.run_id, inputs)
        run.params({**flat_settings(pipeline), "cell": cell})
        yield run


def flat_settings(pipeline: PipelineConfig) -> dict[str, Any]:
    """Return the configuration as `windows.lookback: 20`, ... without the names of nothing.

    What is stated by column is one value: MLflow takes few signs in the name of a parameter, and a column's may have any.
    """
    flat: dict[str, Any] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, dict) and value and prefix == _BY_COLUMN:
            flat[prefix] = masked(json.dumps(value, ensure_ascii=False))
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{prefix}.{key}" if prefix else key, inner)
        elif value is not None and value not in ((), [], ""):
            flat[prefix] = masked(value) if isinstance(value, str) else value

    walk("", pipeline.model_dump(mode="json", exclude={"name", "description", "unit", "charts", "search"}))
    if pipeline.search.read_until is not None:
        flat["search.read_until"] = format_instant(pipeline.search.read_until)
    return flat


@contextlib.contextmanager
def closing(run: TrackedRun) -> Iterator[None]:
    """Close the run when the context is left, whatever happens: FINISHED, FAILED, or KILLED by ctrl-c."""
    try:
        yield
    except BaseException as error:
        # The run's own error matters more than one of closing it, which can only fail where the store is gone.
        with contextlib.suppress(RecurcastError):
            run.tag(failure=masked(str(error))[:4900] or type(error).__name__)
            run.ends("FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    run.ends("FINISHED")
