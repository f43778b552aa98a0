"""What the terminal shows of champions and their history, and the same as plain values."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console

from recurcast.cli.display.printing import MOST_ROWS, count, say
from recurcast.config import PipelineConfig
from recurcast.config.metrics import METRICS
from recurcast.instants import format_instant
from recurcast.promotion.champion_history import Championship, Step
from recurcast.promotion.entries import Entry

if TYPE_CHECKING:
    from recurcast.tracking.registry.champion_facts import ChampionFacts
    from recurcast.tracking.registry.manual import Decided, Named

_COLOUR = {
    "moved": "green",
    "keep": "yellow",
    "reject": "red",
    "void": "red",
    "barred": "magenta",
    "provisional": "dim",
}


def print_facts(console: Console, pipeline: PipelineConfig, facts: "ChampionFacts", instant: datetime | None) -> None:
    """Print who serves, or served at an instant, and what is known of it."""
    name, serving, entry = pipeline.name, facts.serving, facts.entry
    when = "is" if instant is None else f"as of {format_instant(instant)} was"
    if serving.kind == "network":
        trained = "" if serving.as_of is None else f", trained as of {format_instant(serving.as_of)}"
        say(console, f"{name}: champion {when} version {serving.version} ({serving.name}{trained})", "bold")
    else:
        say(console, f"{name}: nobody {when} champion; the baseline serves: version {serving.version} ({serving.name})")
    if entry is not None:
        say(console, f"  since   {format_instant(entry.as_of)}, by {_who(entry)}")
        say(console, f"  why     {entry.reason or 'no reason given'}")
    if facts.scores:
        metric, baseline = METRICS[facts.metric].label, pipeline.gate.baseline
        names = {"challenger": "its own", "champion": "of the champion then", "baseline": f"of {baseline}"}
        told = ", ".join(f"{value:.4g} {names[role]}" for role, value in facts.scores.items())
        say(console, f"  {metric:<6}  {told}; on the test windows of its run")
    say(
        console, f"  files   {'whole' if facts.damage is None else facts.damage}", "" if facts.damage is None else "red"
    )
    if instant is None:
        _print_alias(console, name, facts)
    if facts.damage is not None and instant is None:
        say(console, f"It can't be used as it is. Restore its files, or go back: recurcast rollback {name}")


def _print_alias(console: Console, name: str, facts: "ChampionFacts") -> None:
    if facts.deleted is not None:
        say(
            console,
            f"  note    version {facts.deleted}, which the history names, was deleted; so the one before it serves. "
            f"To leave it for good: recurcast rollback {name}",
        )
    if facts.alias == facts.serving.version:
        say(console, f"  alias   models:/{name}@champion is version {facts.alias}, as the history says")
    else:
        stands = "is not set" if facts.alias is None else f"is version {facts.alias}"
        say(
            console,
            f"  alias   models:/{name}@champion {stands}; the next run sets it to {facts.serving.version}",
            "red",
        )


def _who(entry: Entry) -> str:
    kinds = {"verdict": f"the verdict of run {entry.run_id[:8]}", "promotion": "promotion", "rollback": "rollback"}
    by_hand = " by hand" if entry.by_hand else ""
    return f"{kinds[entry.kind]}{by_hand}" + (f" ({_signed(entry)})" if entry.by else "")


def _signed(entry: Entry) -> str:
    return entry.by if entry.at is None else f"{entry.by}, {format_instant(entry.at)}"


def print_history(console: Console, name: str, championship: Championship, nothing: str) -> None:
    """Print every entry with its effect, the last one at the end, and who is barred; `nothing` says why there is none."""
    if not championship.steps:
        say(console, f"{nothing[:1].upper()}{nothing[1:]}")
        return
    shown = championship.steps[-MOST_ROWS:]
    if len(shown) < len(championship.steps):
        say(console, f"{len(championship.steps) - len(shown):,} older; --json shows all", "dim")
    told = [(_what(step), _moved(step)) for step in shown]
    widths = [max(len(text) for text in column) for column in zip(*told, strict=True)]
    for step, (what, moved) in zip(shown, told, strict=True):
        entry = step.entry
        by = entry.by if entry.by_hand else f"run {entry.run_id[:8]}"
        line = f"{format_instant(entry.as_of)}  {what:<{widths[0]}}  {moved:<{widths[1]}}  {by}"
        say(console, line.rstrip(), _COLOUR[step.effect])
        if entry.reason:
            say(console, f"    {entry.reason}", "dim")
    entries = count(len(championship.steps), "entry").replace("entrys", "entries")
    champion = "nobody is champion" if championship.version is None else f"champion is version {championship.version}"
    say(console, f"{entries}; {champion}")
    for bar in {each.id: each for each in championship.barred.values()}.values():
        lift = f"recurcast promote {name} {bar.replaces} --reason TEXT"
        say(console, f"version {bar.replaces} and its twins are barred since the rollback; to lift it: {lift}")


def _what(step: Step) -> str:
    entry = step.entry
    if entry.kind == "verdict":
        told = f"v{entry.version} {entry.decision}"
        told += {"provisional": ", provisional", "barred": ", barred"}.get(step.effect, "")
    elif entry.kind == "promotion":
        told = f"promotion of v{entry.version}"
    else:
        told = f"rollback to {_short(entry.version)}"
    return f"{told}, void" if step.effect == "void" else told


def _moved(step: Step) -> str:
    moved = step.before != step.after
    return f"{_short(step.before)} -> {_short(step.after)}" if moved else f"{_short(step.after)} stays"


def _short(version: int | None) -> str:
    return "baseline" if version is None else f"v{version}"


def tell(name: str, decided: "Decided", note: str | None, *, as_json: bool) -> None:
    """Print what a decision by hand has done."""
    entry = decided.entry
    if as_json:
        told = {
            "pipeline": name,
            "before": decided.before,
            "after": decided.after,
            "serving": decided.serving,
            "note": note,
        }
        print(json.dumps(told | {"entry": _entry_as_dict(entry)}))  # noqa: T201
        return
    console = Console()
    say(console, f"{name}: champion was {_called(decided.before)}, now it is {_called(decided.after)}")
    say(console, f"models:/{name}@champion is version {decided.serving}; it was loaded, and forecasts")
    if note is not None:
        say(console, f"note: {note}")
    if entry.kind == "rollback":
        lift = f"recurcast promote {name} {entry.replaces} --reason TEXT"
        say(console, f"version {entry.replaces} and its twins can't come back by a run; to lift that: {lift}")


def _called(who: "Named") -> str:
    return "the baseline" if who == "baseline" else f"version {who}"


def facts_as_dict(name: str, facts: "ChampionFacts", instant: datetime | None) -> dict[str, Any]:
    """Return who serves as plain values."""
    serving = facts.serving
    return {
        "pipeline": name,
        "as_of": None if instant is None else format_instant(instant),
        "version": serving.version,
        "kind": serving.kind,
        "name": serving.name,
        "trained_as_of": None if serving.as_of is None else format_instant(serving.as_of),
        "entry": None if facts.entry is None else _entry_as_dict(facts.entry),
        "metric": facts.metric or None,
        "scores": facts.scores,
        "damage": facts.damage,
        "deleted": facts.deleted,
        "alias": facts.alias,
    }


def step_as_dict(step: Step) -> dict[str, Any]:
    """Return an entry and its effect as plain values."""
    return _entry_as_dict(step.entry) | {"effect": step.effect, "before": step.before, "after": step.after}


def _entry_as_dict(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "version": None, "reason": "", **json.loads(entry.to_json())}
