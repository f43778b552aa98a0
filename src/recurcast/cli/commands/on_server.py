"""`--on-server`: submit the deployment, follow its run, print how it ended."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console

from recurcast.config.project import load_pipeline
from recurcast.errors import RecurcastError
from recurcast.scheduling.flow_runs.submit import FlowRunNews, submit


def follow(
    root: Path,
    name: str,
    as_of: datetime | None,
    settings: Sequence[str],
    parameters: Mapping[str, object],
    *,
    as_json: bool,
) -> None:
    """Run one interval of a pipeline on the server, its configuration changed by the settings."""
    chosen = dict(parameters)
    if settings:
        chosen["pipeline"] = load_pipeline(root, name, settings).pipeline.model_dump(mode="json")
    follow_flow_run("train", name, as_of, chosen, as_json=as_json)


def follow_flow_run(
    flow: str, name: str, as_of: datetime | None, parameters: Mapping[str, object], *, as_json: bool
) -> None:
    """Print what a run of the deployment says, then its state; an ended run that did not complete is an error."""
    errors = Console(stderr=True, quiet=as_json, highlight=False)

    def print_news(news: FlowRunNews) -> None:
        for line in news.lines:
            errors.print(f"  {line}", markup=False)
        if news.hint:
            errors.print(f"note: {news.hint}", markup=False)

    finished = submit(name, print_news, as_of=as_of, parameters=parameters, flow=flow)
    if not finished.completed:
        raise RecurcastError(f"flow run '{finished.name}' ended as {finished.state}: {finished.message}")
    if as_json:
        fields = {"flow_run_id": finished.flow_run_id, "name": finished.name, "state": finished.state}
        print(json.dumps(fields | {"message": finished.message}))  # noqa: T201
    else:
        Console(highlight=False).print(f"{finished.name}: {finished.message}", markup=False)
