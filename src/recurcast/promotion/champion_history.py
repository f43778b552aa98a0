"""Who is champion, since when and why: a fold over the history of verdicts and of what people decided. Pure.

entry, in order   v1 promote   v2 keep   v3 promote   rollback from 3 to 1   v4 promote, a twin of 3
champion          1            1         3            1                      1: 3 and its twins are barred

Entries are only ever added, by writers that don't know of each other; who wrote first decides nothing. An entry that
comes late takes its place in the order of as_of, so that the past never dethrones the present.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from recurcast.instants import format_instant
from recurcast.promotion.entries import Effect, Entry, Twin


@dataclass(frozen=True)
class Step:
    """An entry at its place: which version was champion before and after it, none where the baseline served."""

    entry: Entry
    before: int | None
    after: int | None
    effect: Effect


@dataclass(frozen=True)
class Championship:
    """How it stands after the last of the entries; `fold` fills it."""

    twins: dict[int, Twin]
    """Of each version that was ever judged."""
    reigns: list[Entry] = field(default_factory=list)
    """The entries that made champions who may still stand, the last one the one who does."""
    barred: dict[Twin, Entry] = field(default_factory=dict)
    """What was rolled back from, and the entry that did it."""
    steps: list[Step] = field(default_factory=list)

    @property
    def champion(self) -> Entry | None:
        """Return the entry that made the champion, or none where the baseline serves."""
        return self.reigns[-1] if self.reigns else None

    @property
    def version(self) -> int | None:
        """Return the champion's version, or none where the baseline serves."""
        return self.reigns[-1].version if self.reigns else None

    @property
    def decided(self) -> Step | None:
        """Return the step that decided who is champion, or none where nobody ever was."""
        return next((step for step in reversed(self.steps) if step.effect == "moved"), None)

    @property
    def mark(self) -> datetime | None:
        """Return the as_of that decided last; a verdict of an earlier one moves nothing any more."""
        decided = self.decided
        return None if decided is None else decided.entry.as_of

    @property
    def ever_champion(self) -> frozenset[int]:
        """Return every version that was champion at some instant."""
        return frozenset(step.after for step in self.steps if step.effect == "moved" and step.after is not None)

    def standing(self, gone: Collection[int | None]) -> Entry | None:
        """Return the entry whose champion serves where the versions in `gone` were deleted."""
        return next((entry for entry in reversed(self.reigns) if entry.version not in gone), None)

    def at(self, instant: datetime) -> Step | None:
        """Return the step that decided who was champion at an instant, or none before the first."""
        moved = (step for step in reversed(self.steps) if step.effect == "moved")
        return next((step for step in moved if step.entry.as_of <= instant), None)

    def step(self, entry_id: str) -> Step:
        """Return an entry's step."""
        return next(step for step in reversed(self.steps) if step.entry.id == entry_id)

    def bar_of(self, version: int | None) -> Entry | None:
        """Return the rollback that bars a version or its twin, or none."""
        twin = None if version is None else self.twins.get(version)
        return None if twin is None else self.barred.get(twin)


def fold(entries: Iterable[Entry], until: datetime | None = None, before: int | None = None) -> Championship:
    """Return how it stood at `until`, or stands after all entries.

    Of entries at `until` itself only those count that came before the version with the number `before`, so that an
    interval does not meet itself when it is decided again.
    """
    known = list(entries)
    twins = {
        each.version: Twin(each.as_of, each.configuration, each.data)
        for each in known
        if each.kind == "verdict" and each.version is not None
    }
    counted = sorted((each for each in known if _counts(each, until, before)), key=lambda each: each.order)
    championship = Championship(twins)
    for place, entry in enumerate(counted):
        expected = _seen_champion(championship, counted[:place], entry) if entry.by_hand else None
        _take(championship, entry, void=entry.by_hand and expected != entry.replaces)
    return championship


def why_not_champion(championship: Championship, entry: Entry, name: str) -> str | None:
    """Return why the version of a final verdict `promote` is not champion, or none where it is."""
    champion = championship.champion
    if champion is not None and champion.version == entry.version:
        return None
    bar = championship.bar_of(entry.version)
    if bar is not None:
        since = f"version {bar.replaces} was rolled back from as of {format_instant(bar.as_of)} by {bar.by}"
        return (
            f"the alias stays: {since}, and this one is of the same interval, configuration and data. To lift the bar: "
            f"recurcast promote {name} {entry.version} --reason TEXT"
        )
    mark = championship.mark
    assert mark is not None, "a promotion that moved nothing came after one that did"
    who = "the baseline" if champion is None else f"version {champion.version}"
    return f"the alias stays: {who} stands since as_of {format_instant(mark)}, which is later"


def _counts(entry: Entry, until: datetime | None, before: int | None) -> bool:
    if until is None or entry.as_of < until:
        return True
    return entry.as_of == until and (before is None or entry.newest < before)


def _seen_champion(championship: Championship, earlier: Sequence[Entry], hand: Entry) -> int | None:
    """The champion at the place of a decision by hand, as the person saw it: without what came to be known later."""
    seen = [entry for entry in earlier if hand.saw(entry)]
    if len(seen) == len(earlier):
        return championship.version
    void = {step.entry.id for step in championship.steps if step.effect == "void"}
    as_seen = Championship(championship.twins)
    for entry in seen:
        _take(as_seen, entry, void=entry.id in void)
    return as_seen.version


def _take(championship: Championship, entry: Entry, *, void: bool) -> None:
    """Let one entry have its effect."""
    before = championship.version
    effect = "void" if void else _effect(championship, entry)
    if effect == "moved":
        twin = championship.twins.get(entry.version) if entry.version is not None else None
        if entry.kind == "promotion" and twin is not None:
            championship.barred.pop(twin, None)
        if entry.kind == "rollback":
            _bar(championship, entry)
        if entry.version is not None:
            championship.reigns.append(entry)
    championship.steps.append(Step(entry, before, championship.version, effect))


def _effect(championship: Championship, entry: Entry) -> Effect:
    if entry.by_hand:
        return "moved"
    assert entry.decision is not None, "a verdict decides"
    if entry.provisional:
        return "provisional"
    if entry.decision != "promote":
        return entry.decision
    return "moved" if championship.bar_of(entry.version) is None else "barred"


def _bar(championship: Championship, rollback: Entry) -> None:
    """Bar whom the rollback leaves; back at the baseline nobody is left to stand."""
    left = championship.twins.get(rollback.replaces) if rollback.replaces is not None else None
    if left is not None:
        championship.barred[left] = rollback
    back = rollback.version is not None
    may_stand = [each for each in championship.reigns if back and championship.bar_of(each.version) is None]
    championship.reigns[:] = may_stand
