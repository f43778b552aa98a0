"""`recurcast search list`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from recurcast.cli.display.printing import plain, print_table, say
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
_WORDS = {"won": "proposes", "lost": "lost", "stands": "nothing better", "none": "no winner"}
_LIVE = {"RUNNING": "running", "KILLED": "stopped", "FAILED": "failed"}


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
    state = _LIVE.get(run.info.status, "ended") if record is None else _state(record, deployment.pipeline)
    as_of = tags.get("search_as_of", "")
    return Listed(run.info.run_id, deployment.name, as_of, state, record, deployment.timezone)


def _state(record: SearchRecord, pipeline: PipelineConfig) -> str:
    return "accepted" if is_accepted(record, pipeline) else _WORDS[outcome_of(record)]


def _print(console: Console, listed: list[Listed], name: str | None) -> None:
    if not listed:
        where = f"of {name}" if name else "in this project"
        say(console, f"no search {where} yet; begin one with: recurcast search {name or 'NAME'}")
        return
    print_table(
        console,
        {
            "id": lambda each: plain(each.id[:8], "bold"),
            "pipeline": lambda each: plain(each.pipeline),
            "as of": lambda each: plain(local(each.record.as_of, each.timezone) if each.record else each.as_of),
            "state": lambda each: plain(each.state, "green" if each.state == "proposes" else ""),
            "trials": lambda each: plain(f"{len(each.record.trials)}" if each.record else ""),
            "finished": lambda each: plain(f"{len(finished(each.record))}" if each.record else ""),
            "told": lambda each: plain(_told(each.record)),
            "as it stood": lambda each: plain(
                figure(each.record.fresh_score(each.record.stood)) if each.record else ""
            ),
            "better by": lambda each: plain(_share(each.record)),
        },
        listed,
        right=("trials", "finished", "told", "as it stood", "better by"),
    )
    proposing = next((each for each in listed if each.state == "proposes"), None)
    if proposing is not None and proposing.record is not None:
        say(console, f"see and write what one proposes: recurcast search accept {shown_id(proposing.record)}")


def _told(record: SearchRecord | None) -> str:
    if record is None or record.winner is None:
        return ""
    return f"{METRICS[record.metric].label} {figure(record.fresh_score(record.winner))}"


def _share(record: SearchRecord | None) -> str:
    share = None if record is None or record.winner == record.stood else improvement_of(record)
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
