"""`recurcast champion|history|promote|rollback`."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from recurcast.cli.commands.stated import stated_as_of
from recurcast.cli.display.registry import facts_as_dict, print_facts, print_history, step_as_dict, tell
from recurcast.config.project import TrainingDeployment, find_root, load_pipeline, only_pipeline
from recurcast.errors import ConfigurationError, DataRejected

if TYPE_CHECKING:
    from recurcast.tracking.registry.manual import Decided, Named
    from recurcast.tracking.store import Store


def show_champion(name: str | None, as_of: str | None, *, as_json: bool) -> None:
    """Print who serves, or served at an instant, and what is known of it."""
    deployment, store = _project(name, "champion")
    instant = stated_as_of(as_of, deployment)
    from recurcast.tracking.registry.champion_facts import champion_facts

    facts = champion_facts(store, deployment.pipeline, instant)
    if as_json:
        print(json.dumps(facts_as_dict(deployment.name, facts, instant)))  # noqa: T201
    else:
        print_facts(Console(), deployment.pipeline, facts, instant)


def show_history(name: str | None, *, as_json: bool) -> None:
    """Print every entry with its effect, the last one at the end."""
    deployment, store = _project(name, "history")
    from recurcast.tracking.registry.absent import why_nothing_serves
    from recurcast.tracking.registry.champion_history import championship_of

    name = deployment.name
    championship = championship_of(store, name)
    if as_json:
        entries = [step_as_dict(step) for step in championship.steps]
        print(json.dumps({"pipeline": name, "champion": championship.version, "entries": entries}))  # noqa: T201
    else:
        nothing = "" if championship.steps else why_nothing_serves(store, name)
        print_history(Console(), name, championship, nothing)


def promote_version(name: str, version: int, reason: str, expect: str | None, *, as_json: bool) -> None:
    """Promote by hand, and print who is champion now."""
    if not reason.strip():
        raise ConfigurationError("a promotion by hand has a reason; received an empty one. Give it with --reason.")
    deployment, store = _project(name)
    from recurcast.tracking.registry.manual import promote_by_hand

    expected = None if expect is None else _named(expect, "--expect")
    decided = promote_by_hand(store, deployment.pipeline, version, reason, _as_of(deployment), expected)
    _tell(store, name, decided, as_json=as_json)


def roll_back_champion(name: str, to: str | None, reason: str, *, as_json: bool) -> None:
    """Roll back, and print who is champion now."""
    deployment, store = _project(name)
    from recurcast.tracking.registry.manual import roll_back

    target = None if to is None else _named(to, "--to")
    decided = roll_back(store, deployment.pipeline, target, reason, _as_of(deployment))
    _tell(store, name, decided, as_json=as_json)


def _tell(store: "Store", name: str, decided: "Decided", *, as_json: bool) -> None:
    """What follows the champion is done, then all of it told, to a server's automations too."""
    from recurcast.scheduling.events import event_by_hand, send
    from recurcast.tracking.registry.exports import mirror_serving

    notes = [decided.note, mirror_serving(store, name), send(event_by_hand(name, decided))]
    tell(name, decided, "; ".join(note for note in notes if note) or None, as_json=as_json)


def _project(name: str | None, command: str = "") -> "tuple[TrainingDeployment, Store]":
    root = find_root(Path.cwd())
    deployment = load_pipeline(root, name or only_pipeline(root, command))
    from recurcast.tracking.store import connect

    return deployment, connect(root)


def _as_of(deployment: TrainingDeployment) -> datetime | None:
    """When a decision by hand takes effect: from the latest tick on, where there is one."""
    from recurcast.scheduling.train import default_as_of

    try:
        return default_as_of(deployment.pipeline, deployment.schedules, find_root(Path.cwd()))
    except (ConfigurationError, DataRejected):  # no schedule, or its file is gone: a champion can be left all the same
        return None


def _named(text: str, option: str) -> "Named":
    if text == "baseline":
        return "baseline"
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise ConfigurationError(f"{option} is the number of a version, or 'baseline'; received '{text}'. Correct it.")
