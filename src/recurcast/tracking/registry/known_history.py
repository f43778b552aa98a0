"""The history of verdicts as this process read it last, and whether it is still what the registry has.

An entry is a tag of the registered model, and MLflow gives those only all at once, with every version: a tenth of a second
for 2,500. So whoever writes one leaves a new mark in a tag of the experiment, which is read in a thirtieth of that. Where
the mark and the alias are those of the last reading, so are the entries. The alias is looked at because it follows the
entries whoever writes them: a writer that died before its mark, and one of an older build that leaves none, are found by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import uuid4

from mlflow.exceptions import MlflowException

from recurcast.evaluation.competitors import CHAMPION
from recurcast.promotion.entries import Entry
from recurcast.tracking.store import Store

_MARK = "mlflow.recurcast.history"
"""Tag of the experiment; MLflow's page hides tags that begin so."""
KEY = "history."
"""What the key of a registered model's tag begins with that holds an entry."""


@dataclass(frozen=True)
class History:
    """All entries of a pipeline, and the version that the alias names."""

    entries: tuple[Entry, ...]
    alias: int | None
    description: str = ""
    """Of the registered model, with the tags that are no entries."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def sequence(self) -> int:
        """Return the highest sequence of the entries by hand."""
        return max((each.sequence for each in self.entries), default=0)


@dataclass(frozen=True)
class _Reading:
    """What was read last, under which mark, and each entry by its key and text: only new ones are parsed."""

    mark: str | None
    history: History
    parsed: Mapping[tuple[str, str], Entry]


_LAST: dict[tuple[str, str], _Reading] = {}
"""By store and pipeline."""


def mark_of(store: Store, name: str) -> str | None:
    """Return the mark that was left last; none where nobody left one."""
    experiment = store.client.get_experiment_by_name(name)
    return None if experiment is None else experiment.tags.get(_MARK)


def leave_mark(store: Store, name: str) -> None:
    """Say that an entry was written, whose tag stands already."""
    experiment = store.client.get_experiment_by_name(name)
    if experiment is not None:
        store.client.set_experiment_tag(experiment.experiment_id, _MARK, uuid4().hex)


def still_known(store: Store, name: str, mark: str | None) -> History | None:
    """Return the history of the last reading where it stands under this mark, and the alias where it stood; else none."""
    last = _LAST.get((store.uri, name))
    if last is None or mark is None or last.mark != mark or last.history.alias is None:
        return None
    try:
        alias = int(store.client.get_model_version_by_alias(name, CHAMPION).version)
    except MlflowException:
        return None
    return last.history if alias == last.history.alias else None


def as_read(
    store: Store, name: str, mark: str | None, tags: Mapping[str, str], alias: int | None, description: str
) -> History:
    """Return the history that a registered model's tags hold, known from now on under the mark that stood before it was read."""
    last = _LAST.get((store.uri, name))
    known = {} if last is None else last.parsed
    texts = [(key, text) for key, text in tags.items() if key.startswith(KEY)]
    parsed = {each: known.get(each) or Entry.from_json(each[0].removeprefix(KEY), each[1]) for each in texts}
    others = {key: text for key, text in tags.items() if not key.startswith(KEY)}
    history = History(tuple(parsed.values()), alias, description, others)
    _LAST[store.uri, name] = _Reading(mark, history, parsed)
    return history


def alias_was_set(store: Store, name: str, alias: int) -> None:
    """Take note that this process moved the alias: the entries are no others for it."""
    last = _LAST.get((store.uri, name))
    if last is not None:
        _LAST[store.uri, name] = replace(last, history=replace(last.history, alias=alias))
