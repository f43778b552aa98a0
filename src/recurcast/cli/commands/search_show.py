"""`recurcast search show`."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from recurcast.cli.display.printing import say
from recurcast.config.project import TrainingDeployment, find_root, load_pipeline, read_deployments
from recurcast.environment import importing
from recurcast.errors import ConfigurationError
from recurcast.forecasting.files import refuse_other_endings, write_whole
from recurcast.reporting.page.searched import ShownSearch, shown_id, verdict_of
from recurcast.runs.search import SearchRecord


def show_search(wanted: str, output: Path | None, *, as_json: bool) -> None:
    """Write a search's page, and print where it stands and what it says first."""
    refuse_other_endings(output, (".html",))
    root = find_root(Path.cwd())
    record = ended_search(root, wanted)
    path = write_search_page(root, load_pipeline(root, record.pipeline), record, output)
    if as_json:
        told = {"search": record.id, "pipeline": record.pipeline, "path": str(path), "says": verdict_of(record).text}
        print(json.dumps(told))  # noqa: T201
    else:
        say(Console(), verdict_of(record).text)
        say(Console(), f"written to {path}: it opens anywhere, without a network")


def write_search_page(
    root: Path, deployment: TrainingDeployment, record: SearchRecord, output: Path | None = None
) -> Path:
    """Return where the page of a search was written."""
    with importing():
        from recurcast.reporting.charts.search import search_pictures
        from recurcast.reporting.page.search import search_page_of

    shown = ShownSearch(record, deployment.pipeline, deployment.timezone)
    path = output or root / "data" / record.pipeline / f"search-{shown_id(record)}.html"
    write_whole(search_page_of(shown, search_pictures(shown)).encode(), path)
    return path


def ended_search(root: Path, wanted: str) -> SearchRecord:
    """Return the record of the project's search whose id begins so; ConfigurationError says that it has not ended."""
    from recurcast.tracking.search_records import find_search, read_record
    from recurcast.tracking.store import connect

    store = connect(root)
    run = find_search(store, [each.name for each in read_deployments(root)], wanted)
    record = read_record(store, run.info.run_id)
    if record is None:
        name, state = run.data.tags["pipeline"], standing_of(run)
        remedy = "Let it end" if state == "running" else f"Go on with it, by the same command: recurcast search {name}"
        raise ConfigurationError(
            f"what is shown or accepted is a search that has ended; {run.info.run_id[:8]} of '{name}' has not: it is {state}. "
            f"{remedy}."
        )
    return record


def standing_of(run: Any) -> str:
    """Return how a search without a record stands: running, stopped where nobody works on it any more, or failed."""
    from recurcast.tracking.leases import held

    if run.info.status == "RUNNING":
        return "running" if held(run.data.tags) else "stopped"
    return "failed" if run.info.status == "FAILED" else "stopped"
