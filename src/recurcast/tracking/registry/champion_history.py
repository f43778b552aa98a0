"""The verdict history in MLflow: every entry a tag of the registered model, which outlives its versions and runs.

A version says `owed` in its tag `entry` until its verdict's entry is written, and holds all that the entry says: whoever
finds it so can write the entry, and two who do write the same.
"""

import getpass
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from recurcast.config import PipelineConfig
from recurcast.evaluation.competitors import CHAMPION
from recurcast.instants import format_instant, parse_instant
from recurcast.promotion.champion_history import Championship, fold
from recurcast.promotion.entries import Entry
from recurcast.reporting.notes.pipeline import model_note
from recurcast.tracking.notes import describe_model, model_tags
from recurcast.tracking.registry.baselines import baseline_version
from recurcast.tracking.registry.known_history import (
    KEY,
    History,
    alias_was_set,
    as_read,
    leave_mark,
    mark_of,
    still_known,
)
from recurcast.tracking.retries import patiently
from recurcast.tracking.store import Store, collector_paused, store_errors, unless_missing

_BEGUN = "history"
"""The tag that says that every version's verdict has its entry, or owes it."""
_OWED, _WRITTEN = "owed", "written"
_FINAL = ".final"
_LONGEST_REASON = 2000
_MOST_VERSIONS = 100_000


@dataclass(frozen=True)
class Standing:
    """A champion whose version is there, and the entry that made it one."""

    entry: Entry
    version: ModelVersion

    @property
    def number(self) -> int:
        """Return the version's number."""
        return int(self.version.version)


def read_history(store: Store, name: str) -> History | None:
    """Return the history of a pipeline, or none where nothing was ever registered.

    One that is older than its entries is completed once, from the versions that are left.
    """
    mark = mark_of(store, name)  # before the reading: an entry that comes meanwhile leaves another
    if (known := still_known(store, name, mark)) is not None:
        return known
    with collector_paused():
        model = unless_missing(store.client.get_registered_model, name)
        if model is None:
            return None
        if _BEGUN not in model.tags:
            _adopt(store, name, set(model.tags))
            return read_history(store, name)
        alias = model.aliases.get(CHAMPION)
        number, description = None if alias is None else int(alias), str(model.description or "")
        return as_read(store, name, mark, model.tags, number, description)


def entries_of(store: Store, name: str) -> tuple[Entry, ...]:
    """Return all entries of a pipeline; none where nothing was ever registered."""
    with store_errors(store.uri):
        history = read_history(store, name)
    return () if history is None else history.entries


def championship_of(store: Store, name: str, until: datetime | None = None, before: int | None = None) -> Championship:
    """Return how it stands for a pipeline, or stood (see `fold`); where nothing was ever registered, without a step."""
    return fold(entries_of(store, name), until, before)


def version_or_none(store: Store, name: str, number: int | None) -> ModelVersion | None:
    """Return a version, or none where it was deleted."""
    return unless_missing(store.client.get_model_version, name, str(number))


def standing_version(
    store: Store, name: str, championship: Championship, *, besides: Iterable[int | None] = ()
) -> Standing | None:
    """Return who is champion, `besides` some, and still there: one that was deleted is passed over, as the alias does."""
    gone = {*besides}
    while (entry := championship.standing(gone)) is not None:
        if (version := version_or_none(store, name, entry.version)) is not None:
            return Standing(entry, version)
        gone.add(entry.version)
    return None


def begun_history(store: Store, pipeline: PipelineConfig) -> History:
    """Return the pipeline's history, begun with the registered model where there is none."""
    history = read_history(store, pipeline.name)
    if history is not None:
        describe_model(store, pipeline, history.tags, history.description)
        return history
    try:
        begun, description = {_BEGUN: "begun"} | model_tags(pipeline), model_note(pipeline)
        patiently(partial(store.client.create_registered_model, pipeline.name, begun, description))
    except MlflowException:
        history = read_history(store, pipeline.name)
        if history is None:  # not made meanwhile by another either
            raise
        return history
    return History((), None)


def append(store: Store, name: str, entry: Entry) -> None:
    """Add an entry; to write it once more changes nothing."""
    patiently(partial(store.client.set_registered_model_tag, name, f"{KEY}{entry.id}", entry.to_json()))
    patiently(partial(leave_mark, store, name))


def writer_tags() -> dict[str, str]:
    """Return who writes, and when: what people want to know of an entry, and nothing decides by."""
    return {"by": this_person(), "at": format_instant(datetime.now(UTC).replace(microsecond=0))}


def this_person() -> str:
    """Return the user and host of this process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def owing(run_id: str, sequence: int, *, final: bool = False) -> dict[str, str]:
    """Return the tag of a version whose entry is still to be written."""
    return {"entry": f"{_OWED} {sequence} {run_id}{_FINAL if final else ''}"}


def enter(store: Store, name: str, version: ModelVersion) -> Entry:
    """Return the entry of a version's verdict, written."""
    entry = _entry_of(version)
    append(store, name, entry)
    patiently(partial(store.client.set_model_version_tag, name, str(version.version), "entry", _WRITTEN))
    return entry


def enter_what_is_owed(store: Store, name: str) -> None:
    """Write the entries whose versions' writers died before they did."""
    found = store.client.search_model_versions(f"name='{name}' and tags.entry LIKE '{_OWED}%'")
    for version in found:
        # A provisional version that owes a final entry was interrupted before its verdict was final: it is given again.
        if not (version.tags["entry"].endswith(_FINAL) and version.tags["provisional"] == "true"):
            enter(store, name, version)


def _adopt(store: Store, name: str, there: set[str]) -> None:
    """Write the entries of versions that were registered before there were any."""
    for version in store.client.search_model_versions(f"name='{name}'", max_results=_MOST_VERSIONS):
        if {"decision", "as_of"} <= version.tags.keys():
            entry = _entry_of(version)
            if f"{KEY}{entry.id}" not in there:
                append(store, name, entry)
    patiently(partial(store.client.set_registered_model_tag, name, _BEGUN, "begun"))


def _entry_of(version: ModelVersion) -> Entry:
    """What the version's tags say, and nothing else, so that whoever writes the entry writes the same."""
    tags, number = version.tags, int(version.version)
    run_id = tags.get("run", str(version.run_id))
    owed = tags.get("entry", "").split(" ")
    _, sequence, entry_id = owed if len(owed) == 3 else (_OWED, "0", run_id)
    made = datetime.fromtimestamp(version.creation_timestamp // 1000, UTC)
    return Entry(
        entry_id,
        "verdict",
        parse_instant(tags["as_of"]),
        number,
        number,
        cast(Any, tags["decision"]),
        tags.get("provisional") == "true",
        sequence=int(sequence),
        configuration=tags.get("configuration", ""),
        data=tags.get("data", ""),
        cell=tags.get("cell", ""),
        by=tags.get("by", ""),
        at=parse_instant(tags["at"]) if "at" in tags else made,
        reason=tags.get("reason", str(version.description or ""))[:_LONGEST_REASON],
        run_id=run_id,
    )


def project(store: Store, pipeline: PipelineConfig) -> Championship | None:
    """Return how it stands, the alias set to who serves; none where nothing was ever registered.

    The champion's version serves; where it was deleted, the one before it; where nobody stands, the baseline. The history
    is read again once the alias was set: who set it from an older one would else have the last word.
    """
    name = pipeline.name
    while (history := read_history(store, name)) is not None:
        championship = fold(history.entries)
        standing = standing_version(store, name, championship)
        serving = baseline_version(store, pipeline) if standing is None else standing.number
        if history.alias == serving:
            return championship
        # Where the version was deleted meanwhile, another one stands the next time.
        alias = partial(store.client.set_registered_model_alias, name, CHAMPION, str(serving))
        unless_missing(patiently, alias)
        alias_was_set(store, name, serving)
    return None
