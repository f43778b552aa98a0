"""Promotions and rollbacks that a person decides: checked and tried out first, entered then, and the alias follows."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.evaluation.competitors import CHAMPION
from recurcast.instants import format_instant, parse_instant
from recurcast.promotion.champion_history import Championship, fold
from recurcast.promotion.entries import Entry
from recurcast.tracking.models.files import try_out
from recurcast.tracking.registry.absent import why_nothing_serves
from recurcast.tracking.registry.baselines import baseline_version
from recurcast.tracking.registry.champion_history import (
    append,
    championship_of,
    enter_what_is_owed,
    project,
    read_history,
    standing_version,
    version_or_none,
    writer_tags,
)
from recurcast.tracking.registry.known_history import History
from recurcast.tracking.store import Store, store_errors

BASELINE: Literal["baseline"] = "baseline"
Named = int | Literal["baseline"]
"""A version by its number, or the baseline that serves while nobody is champion."""


@dataclass(frozen=True)
class Decided:
    """What a person decided, and what it did."""

    entry: Entry
    before: Named
    after: Named
    serving: int
    """The version that the alias names now."""
    note: str | None = None
    """What is to be known of the version besides, if anything."""


@dataclass(frozen=True)
class _Known:
    """What the person who decides can know."""

    newest: int
    """Highest number of a version."""
    history: History
    championship: Championship


def promote_by_hand(
    store: Store, pipeline: PipelineConfig, version: int, reason: str, as_of: datetime | None, expect: Named | None
) -> Decided:
    """Make a version champion whatever its verdict was, and lift the bar of it and its twins.

    `expect` is who the person believes is champion; none for who is. `as_of` is when it takes effect, at the earliest
    once all has had its effect that went before. Raises ConfigurationError where the version can't be promoted or another
    one is champion, RecurcastError where it does not forecast or the champion changes meanwhile; then nothing has moved.
    """
    name = pipeline.name
    with store_errors(store.uri):
        known = _known(store, name)
        champion = known.championship.version
        if expect is not None and _named(champion) != expect:
            raise ConfigurationError(
                f"a promotion by hand replaces the champion that it expects; received {_told(expect)}, the champion of "
                f"'{name}' is {_told(_named(champion))}. Look at it first: recurcast champion {name}"
            )
        if version == champion:
            raise ConfigurationError(f"version {version} is the champion of '{name}' already. Nothing has changed.")
        _expect_network(store, name, version)
        note = try_out(store, name, version)
        return replace(_decide(store, pipeline, known, "promotion", version, reason, as_of), note=note)


def roll_back(store: Store, pipeline: PipelineConfig, to: Named | None, reason: str, as_of: datetime | None) -> Decided:
    """Make an earlier champion, or the version `to`, champion again, and bar the one that is from coming back.

    Raises ConfigurationError where there is nobody to go back to, RecurcastError where the version does not forecast or
    the champion changes meanwhile; then nothing has moved.
    """
    name = pipeline.name
    with store_errors(store.uri):
        known = _known(store, name)
        champion = known.championship.version
        if champion is None:
            raise ConfigurationError(
                f"a rollback leaves a champion; nobody is champion of '{name}', its baseline serves. "
                f"To make a version champion: recurcast promote {name} VERSION --reason TEXT"
            )
        target = _earlier(store, name, known.championship) if to is None else to
        if target == champion:
            raise ConfigurationError(f"version {target} is the champion of '{name}' already. Nothing has changed.")
        if target != BASELINE:
            _expect_network(store, name, target)
            _refuse_barred(known.championship, name, target)
        note = try_out(store, name, baseline_version(store, pipeline) if target == BASELINE else target)
        entry_of = None if target == BASELINE else target
        return replace(_decide(store, pipeline, known, "rollback", entry_of, reason, as_of), note=note)


def _known(store: Store, name: str) -> _Known:
    """The newest version first, then what is owed, then all entries: no verdict of these versions is missing."""
    newest = store.client.search_model_versions(f"name='{name}'", order_by=["version_number DESC"], max_results=1)
    if newest:
        enter_what_is_owed(store, name)
    history = read_history(store, name)
    if not newest or history is None:
        raise ConfigurationError(f"a version is promoted once there is one; {why_nothing_serves(store, name)}")
    return _Known(int(newest[0].version), history, fold(history.entries))


def _expect_network(store: Store, name: str, number: int) -> None:
    version = version_or_none(store, name, number)
    if version is None:
        raise ConfigurationError(
            f"there is no version {number} of '{name}', or it was deleted. Which there are: recurcast history {name}"
        )
    if "as_of" not in version.tags:
        raise ConfigurationError(
            f"a champion is a network that a run has judged; version {number} of '{name}' is none. To let the baseline "
            f"serve: recurcast rollback {name} --to {BASELINE}"
        )


def _earlier(store: Store, name: str, championship: Championship) -> int:
    """The last champion before this one that is still there and not barred."""
    if (standing := standing_version(store, name, championship, besides=[championship.version])) is not None:
        return standing.number
    raise ConfigurationError(
        f"a rollback goes to an earlier champion; before version {championship.version} of '{name}' there was none that "
        f"may stand. To let the baseline serve: recurcast rollback {name} --to {BASELINE}"
    )


def _refuse_barred(championship: Championship, name: str, version: int) -> None:
    bar = championship.bar_of(version)
    if bar is not None:
        raise ConfigurationError(
            f"a rollback goes to a version that nobody has rolled back from; version {version} of '{name}' was left as of "
            f"{format_instant(bar.as_of)} by {bar.by}. To lift the bar: recurcast promote {name} {version} --reason TEXT"
        )


def _decide(
    store: Store,
    pipeline: PipelineConfig,
    known: _Known,
    kind: Literal["promotion", "rollback"],
    version: int | None,
    reason: str,
    as_of: datetime | None,
) -> Decided:
    """Write the entry and let the alias follow; where the champion is another by then, the entry is without effect."""
    who, replaces = writer_tags(), known.championship.version
    entry = Entry(
        uuid.uuid4().hex,
        kind,
        _takes_effect(as_of, known.championship, version),
        version,
        known.newest,
        replaces=replaces,
        sequence=known.history.sequence + 1,
        by=who["by"],
        at=parse_instant(who["at"]),
        reason=reason,
    )
    now = championship_of(store, pipeline.name).version
    if now != replaces:
        raise _changed(pipeline.name, replaces, now)
    append(store, pipeline.name, entry)
    championship = project(store, pipeline)
    assert championship is not None, "an entry was just written"
    step = championship.step(entry.id)
    if step.effect == "void":
        raise _changed(pipeline.name, replaces, step.before)
    alias = store.client.get_model_version_by_alias(pipeline.name, CHAMPION)
    return Decided(entry, _named(step.before), _named(step.after), int(alias.version))


def _takes_effect(as_of: datetime | None, championship: Championship, version: int | None) -> datetime:
    """Never before what decided last, so that it stands after all that went before."""
    own = None if version is None else championship.twins[version].as_of
    return max(each for each in (as_of, championship.mark, own) if each is not None)


def _changed(name: str, expected: int | None, champion: int | None) -> RecurcastError:
    return RecurcastError(
        f"the champion of '{name}' changed meanwhile from {_told(_named(expected))} to {_told(_named(champion))}: "
        f"nothing was moved by hand. Look at it, and decide again: recurcast history {name}"
    )


def _named(version: int | None) -> Named:
    return BASELINE if version is None else version


def _told(who: Named) -> str:
    return "the baseline" if who == BASELINE else f"version {who}"
