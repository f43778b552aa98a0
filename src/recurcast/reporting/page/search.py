"""A search's page: what is told of its winner, how it came about, and how much of it is luck."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from recurcast.config.metrics import figure
from recurcast.reporting.page.layout import Fact, Section, Table, empty
from recurcast.reporting.page.page import environment
from recurcast.reporting.page.records import Picture
from recurcast.reporting.page.searched import (
    ShownSearch,
    said_of_fresh,
    said_of_history,
    said_of_luck,
    short_name,
    shown_id,
    value_as_text,
    verdict_of,
    who,
)
from recurcast.reporting.page.words import counted, local, spelled
from recurcast.runs.search import SearchRecord, Trial
from recurcast.runs.search_facts import CELL, dimensions_of, luck_of, outcome_of, ranked, settings_of

_BEST, _MOST_ROWS = 10, 500
_NO_TRIAL = "No trial was scored."


@dataclass(frozen=True)
class HeaderFact:
    """A line of the header; a command can be copied whole."""

    name: str
    value: str
    command: bool = False


def search_page_of(shown: ShownSearch, pictures: Mapping[str, Picture]) -> str:
    """Return a search as one HTML page that loads nothing from anywhere and runs no script."""
    record = shown.record
    return (
        environment()
        .get_template("search.html.j2")
        .render(
            pipeline=shown.pipeline,
            id=shown_id(record),
            verdict=verdict_of(record),
            facts=_header(shown),
            sections=_sections(shown, pictures),
            zone=shown.timezone,
        )
    )


def _header(shown: ShownSearch) -> tuple[HeaderFact, ...]:
    record, zone = shown.record, shown.timezone
    command = f"recurcast search accept {shown_id(record)}"
    proposed = {
        "won": HeaderFact("Accept it", command, True),
        "lost": HeaderFact("Proposal", "none: the winner did not win where nobody had looked"),
        "stands": HeaderFact("Proposal", "none: nothing better was found"),
        "none": HeaderFact("Proposal", "none: no trial was scored on every origin"),
    }[outcome_of(record)]
    spent = sum(trial.seconds for trial in record.trials)
    return (
        proposed,
        HeaderFact("As of", local(record.as_of, zone)),
        HeaderFact("Read until", f"{local(record.read_until, zone)}; the gate counts only what came later"),
        HeaderFact("Trials", f"{len(record.trials):,}, {spent:,.0f} s of training in all"),
        HeaderFact("Judged on", ", ".join(local(origin, zone) for origin in record.origins)),
        HeaderFact("Told on", ", ".join(local(origin, zone) for origin in record.fresh_origins)),
        HeaderFact("Searched by", f"{record.sampler} and {record.pruner}, seed {record.seed}"),
    )


def _sections(shown: ShownSearch, pictures: Mapping[str, Picture]) -> tuple[Section, ...]:
    record = shown.record
    told = [_fresh(shown), _history(shown, pictures.get("history")), _luck(record, pictures.get("luck"))]
    if "settings" in pictures:
        says = "A line for each finished trial, dark where its score is good; only settings that differ between trials."
        told.append(Section("settings", "Settings and scores", says, pictures["settings"]))
    if "importances" in pictures:
        says = (
            "How much of the difference between scores goes with each setting (fANOVA); with few trials a rough guess."
        )
        told.append(Section("importances", "What each setting is worth", says, pictures["importances"]))
    return (*told, *_failed(record))


def _fresh(shown: ShownSearch) -> Section:
    record, title = shown.record, "On origins that no trial saw"
    winner = record.winner
    if winner is None:
        return empty("fresh", title, "Nothing was scored on them: no trial came to the end.")
    own = {each.trial: each for each in record.fresh}
    judged = [number for number in dict.fromkeys((winner, record.stood)) if number in own]
    rows = tuple(
        (local(origin, shown.timezone), *(figure(own[number].scores[place]) for number in judged))
        for place, origin in enumerate(record.fresh_origins)
    )
    names = tuple("as it stood" if number == record.stood else who(record.trial(number)) for number in judged)
    facts = tuple(Fact(name, figure(own[number].score)) for name, number in zip(names, judged, strict=True))
    if isfinite(record.baseline_fresh):
        facts = (*facts, Fact(spelled(record.baseline), figure(record.baseline_fresh)))
    chosen = Fact("the winner on the origins that chose it", figure(record.trial(winner).score))
    table = Table(f"{shown.metric} on each of them", ("origin", *names), rows, prose=None)
    return Section("fresh", title, said_of_fresh(shown), facts=(*facts, chosen), tables=(table,))


def _history(shown: ShownSearch, picture: Picture | None) -> Section:
    record, title = shown.record, "Trials"
    if picture is None:
        return empty("history", title, f"{said_of_history(record)} {_NO_TRIAL}")
    best = _table(shown, f"The best {min(_BEST, len(ranked(record)))}", ranked(record)[:_BEST], folded=False)
    every = _table(shown, f"All {counted(len(record.trials), 'trial')}", record.trials[-_MOST_ROWS:], folded=True)
    return Section("history", title, said_of_history(record), picture, tables=(best, every))


def _table(shown: ShownSearch, title: str, trials: tuple[Trial, ...], *, folded: bool) -> Table:
    names = [each.name for each in dimensions_of(shown.record)]
    states = folded  # the best are all finished
    columns = ("trial", *(("state",) if states else ()), "score", *map(short_name, names), "seconds", "seed")
    rows = tuple(
        (
            f"{trial.number}{' (as it stood)' if trial.number == shown.record.stood else ''}",
            *((trial.state,) if states else ()),
            figure(trial.score),
            *(_value(trial, name) for name in names),
            f"{trial.seconds:.1f}",
            str(trial.seed),
        )
        for trial in trials
    )
    return Table(title, columns, rows, folded, prose=None)


def _value(trial: Trial, name: str) -> str:
    settings = settings_of(trial)
    if name not in settings:
        return ""
    return spelled(trial.cell) if name == CELL else value_as_text(settings[name])


def _luck(record: SearchRecord, picture: Picture | None) -> Section:
    title = "What the best of many tries loses"
    if picture is None:
        return empty("luck", title, said_of_luck(record))
    rows = tuple((str(each.tries), *map(figure, (each.promised, each.kept, each.lost))) for each in luck_of(record))
    table = Table("By number of tries", ("tries", "promised", "kept", "lost"), rows, prose=None)
    return Section("luck", title, said_of_luck(record), picture, tables=(table,))


def _failed(record: SearchRecord) -> tuple[Section, ...]:
    failed = [trial for trial in record.trials if trial.state == "failed"]
    if not failed:
        return ()
    reasons: dict[str, list[int]] = {}
    for trial in failed:
        reasons.setdefault(trial.error or "no reason was given", []).append(trial.number)
    rows = tuple((", ".join(map(str, numbers)), reason) for reason, numbers in reasons.items())
    says = f"{counted(len(failed), 'trial')} failed; the search went on without."
    return (Section("failed", "What failed", says, tables=(Table("Why", ("trials", "why"), rows, folded=False),)),)
