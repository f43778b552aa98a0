"""`recurcast search accept`."""

import json
from dataclasses import asdict
from difflib import unified_diff
from pathlib import Path
from typing import Any

from rich.console import Console

from recurcast.cli.commands.search_show import ended_search
from recurcast.cli.display.printing import say
from recurcast.config import PipelineConfig
from recurcast.config.project import find_root, load_pipeline
from recurcast.config.project_editing import EditedProject, edited, write
from recurcast.errors import ConfigurationError
from recurcast.reporting.page.searched import shown_id, value_as_text, verdict_of, who
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.runs.search import SearchRecord
from recurcast.runs.search_facts import improvement_of, luck_of, outcome_of
from recurcast.runs.search_proposal import CELLS_FIELD, Proposal, proposal_of
from recurcast.runs.train import plain

_NEXT_TO_NONE = 0.0005
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def accept_search(wanted: str, *, anyway: bool, dry_run: bool, as_json: bool) -> None:
    """Print the change of prefect.yaml that a search proposes, and its evidence; write it unless this is a dry run."""
    root = find_root(Path.cwd())
    record = ended_search(root, wanted)
    deployment = load_pipeline(root, record.pipeline)
    _refuse_without_winner(record)
    proposal = proposal_of(record, deployment.pipeline)
    change = edited(root, record.pipeline, proposal.settings)
    refused = None if anyway or not change.changes else _refusal(record, proposal)
    if not as_json:
        _print(Console(), record, proposal, change, deployment.pipeline)
    if refused is not None:
        raise refused
    written = change.changes and not dry_run
    if written:
        write(change)
    if as_json:
        print(json.dumps(_as_dict(record, proposal, change, written=written)))  # noqa: T201
    else:
        _print_what_next(Console(), record, change, dry_run=dry_run)


def _refuse_without_winner(record: SearchRecord) -> None:
    if record.winner is None or record.winner == record.stood:
        raise ConfigurationError(
            f"a proposal is a winner beside the configuration as it stood; search {shown_id(record)} has none. "
            f"{verdict_of(record).text} Search on: recurcast search {record.pipeline} --trials N"
        )


def _refusal(record: SearchRecord, proposal: Proposal) -> ConfigurationError | None:
    again = f"recurcast search accept {shown_id(record)} --anyway"
    if outcome_of(record) == "lost":
        return ConfigurationError(
            f"what is accepted won on origins that no trial saw; search {shown_id(record)} did not. {verdict_of(record).text} "
            f"Nothing is written. If you want its settings all the same: {again}"
        )
    if proposal.moved:
        told = "; ".join(
            f"{each.field} was {value_as_text(each.then)} and is {value_as_text(each.now)}" for each in proposal.moved
        )
        return ConfigurationError(
            f"settings stand as the search found them; since search {shown_id(record)} began some changed: {told}. Nothing is "
            f"written. Search anew (recurcast search {record.pipeline}), or write over them: {again}"
        )
    return None


def _diff(change: EditedProject) -> list[str]:
    before, after = (text.removeprefix("\ufeff").splitlines() for text in (change.before, change.after))
    return [*unified_diff(before, after, "prefect.yaml", "prefect.yaml", lineterm="")]


def _print(
    console: Console, record: SearchRecord, proposal: Proposal, change: EditedProject, stands: PipelineConfig
) -> None:
    cells = change.pipeline.network.cells
    for line in _diff(change):
        say(console, line, "bold" if line.startswith(("---", "+++")) else _COLOURS.get(line[:1], ""))
    if change.changes:
        say(console, "")
    say(console, verdict_of(record).text)
    luck = luck_of(record)
    if luck and record.winner is not None:
        chosen = f"{record.trial(record.winner).score:.4g} on the origins that chose it"
        about = f"{luck[-1].lost:.2g}" if luck[-1].lost > _NEXT_TO_NONE * luck[-1].kept else "nothing"
        say(console, f"the search itself had seen {chosen}, of which about {about} is expected to be luck")
    if change.changes and fingerprint_of(stands, "").configuration != record.configuration:
        say(
            console,
            "other fields of the pipeline changed since the search began; what is told is of the pipeline before",
        )
    if CELLS_FIELD in proposal.settings:
        say(console, f"the search tried cells that did not compete before: {cells[0]} alone is trained from now on")
    elif len(cells) > 1:
        say(console, f"{', '.join(cells)} go on competing, each with these settings")


def _print_what_next(console: Console, record: SearchRecord, change: EditedProject, *, dry_run: bool) -> None:
    if not change.changes:
        say(console, f"{change.path} has all of it already: nothing to write")
    elif dry_run:
        say(console, f"nothing is written (--dry-run); to write it: recurcast search accept {shown_id(record)}")
    else:
        say(console, f"written to {change.path}; no champion changed. Train it now: recurcast run {record.pipeline}")
        say(console, "a server takes it over with: recurcast deploy")


def _as_dict(record: SearchRecord, proposal: Proposal, change: EditedProject, *, written: bool) -> dict[str, Any]:
    assert record.winner is not None
    winner = record.trial(record.winner)
    told: dict[str, Any] = plain(
        {
            "search": record.id,
            "pipeline": record.pipeline,
            "written": written,
            "path": str(change.path),
            "settings": dict(proposal.settings),
            "changed_since": [asdict(each) for each in proposal.moved],
            "winner": {"trial": winner.number, "cell": winner.cell, "told": record.fresh_score(winner.number)},
            "as_it_stood": {"trial": record.stood, "told": record.fresh_score(record.stood)},
            "improvement": improvement_of(record),
            "metric": record.metric,
            "trials": len(record.trials),
            "says": f"{who(winner)}: {verdict_of(record).text}",
            "diff": "\n".join(_diff(change)),
        }
    )
    return told
