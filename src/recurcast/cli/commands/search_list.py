"""`recurcast search list`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from recurcast.cli.commands.search_show import standing_of
from recurcast.cli.display.printing import plain, say
from recurcast.config import PipelineConfig
from recurcast.config.metrics import METRICS, figure
from recurcast.config.project import TrainingDeployment, find_root, load_pipeline, read_deployments
from recurcast.reporting.page.searched import shown_id
from recurcast.reporting.page.words import local
from recurcast.runs.search import SearchRecord
from recurcast.runs.search_facts import finished, improvement_of, outcome_of
from recurcast.runs.search_proposal import is_accepted
from recurcast.runs.train import plain as as_json_holds_it

_MOST = 100
_WORDS = {"won": "proposes", "lost": "lost", "stands": "no better", "none": "no winner"}


@dataclass(frozen=True)
class Listed:
    """A search as the list shows it; without a record where it has not ended."""

    id: str
    pipeline: str
    as_of: str
    state: str
    record: SearchRecord | None
    timezone: str


def list_searches(name: str | None, *, as_json: bool) -> None:
    """Print the searches of a pipeline, or of all of the project."""
    from recurcast.tracking.search_records import read_record, search_runs
    from recurcast.tracking.store import connect

    root = find_root(Path.cwd())
    known = {each.name: each for each in read_deployments(root) if isinstance(each, TrainingDeployment)}
    if name is not None:
        known = {name: load_pipeline(root, name)}
    store = connect(root)
    runs = search_runs(store, list(known))
    listed = [
        _listed(run, read_record(store, run.info.run_id), known[run.data.tags["pipeline"]]) for run in runs[:_MOST]
    ]
    if as_json:
        print(json.dumps({"searches": [_as_dict(each) for each in listed], "older": len(runs) - len(listed)}))  # noqa: T201
    else:
        _print(Console(), listed, name)


def _listed(run: Any, record: SearchRecord | None, deployment: TrainingDeployment) -> Listed:
    tags = run.data.tags
    state = standing_of(run) if record is None else _state(record, deployment.pipeline)
    as_of = tags.get("search_as_of", "")
    return Listed(run.info.run_id, deployment.name, as_of, state, record, deployment.timezone)


def _state(record: SearchRecord, pipeline: PipelineConfig) -> str:
    return "accepted" if is_accepted(record, pipeline) else _WORDS[outcome_of(record)]


def _print(console: Console, listed: list[Listed], name: str | None) -> None:
    if not listed:
        where = f"of {name}" if name else "in this project"
        say(console, f"no search {where} yet; begin one with: recurcast search {name or 'NAME'}")
        return
    metrics = {each.record.metric for each in listed if each.record is not None}
    common = f" ({METRICS[metrics.pop()].label})" if len(metrics) == 1 else ""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("id", no_wrap=True, min_width=8)
    if name is None:
        table.add_column("pipeline", overflow="fold")
    for column in ("as of", "state"):
        table.add_column(column, no_wrap=True)
    for column in ("done", f"told{common}", "stood", "better"):
        table.add_column(column, justify="right", no_wrap=True)
    for each in listed:
        named = [] if name is not None else [plain(each.pipeline)]
        style = "bold" if each.state == "proposes" else ""
        table.add_row(plain(each.id[:8]), *named, *map(plain, _cells(each, in_head=bool(common))), style=style)
    console.print(table)
    proposing = next((each for each in listed if each.state == "proposes"), None)
    if proposing is not None and proposing.record is not None:
        say(console, f"see and write what one proposes: recurcast search accept {shown_id(proposing.record)}")


def _cells(listed: Listed, *, in_head: bool) -> tuple[str, ...]:
    record = listed.record
    if record is None:
        return (listed.as_of[:16].replace("T", " "), listed.state, "", "", "", "")
    told = "" if record.winner is None else figure(record.fresh_score(record.winner))
    return (
        local(record.as_of, listed.timezone),
        listed.state,
        f"{len(finished(record))}/{len(record.trials)}",
        told if in_head or not told else f"{METRICS[record.metric].label} {told}",
        figure(record.fresh_score(record.stood)),
        _share(record),
    )


def _share(record: SearchRecord) -> str:
    share = None if record.winner == record.stood else improvement_of(record)
    return "" if share is None else f"{share:+.1%}"


def _as_dict(listed: Listed) -> dict[str, Any]:
    record = listed.record
    told: dict[str, Any] = {"id": listed.id, "pipeline": listed.pipeline, "as_of": listed.as_of, "state": listed.state}
    if record is not None:
        told |= {
            "metric": record.metric,
            "trials": len(record.trials),
            "finished": len(finished(record)),
            "winner": record.winner,
            "told": None if record.winner is None else record.fresh_score(record.winner),
            "as_it_stood": record.fresh_score(record.stood),
            "improvement": improvement_of(record),
            "read_until": record.read_until,
        }
    plain_values: dict[str, Any] = as_json_holds_it(told)
    return plain_values
