"""Who served from when to when, and what else was decided: the championship's steps as stretches and marks.

steps      v1 promote    v2 reject    v3 promote    rollback to v1
reigns     |--- v1 ------------------|--- v3 ------|--- v1 ------->
marks                    x                         <
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from recurcast.promotion.champion_history import Championship, Step

Way = Literal["verdict", "promotion", "rollback"]
MarkKind = Literal["promoted by hand", "rolled back", "rejected", "kept", "provisional", "barred", "without effect"]


@dataclass(frozen=True)
class Reign:
    """A stretch of as_ofs in which one version served; without a version the baseline did."""

    start: datetime
    end: datetime | None
    """None of the one that lasts."""
    version: int | None
    cell: str
    way: Way | None
    """How it came about; none of the stretch before the first."""
    by: str
    why: str


@dataclass(frozen=True)
class Mark:
    """What was decided at an as_of without being a cell's own promotion."""

    as_of: datetime
    kind: MarkKind
    version: int | None
    by: str
    why: str


def reigns_of(championship: Championship) -> tuple[Reign, ...]:
    """Return the stretches in the order of time; those that ended at the as_of at which they began are left out."""
    steps = championship.steps
    if not steps:
        return ()
    moved = [step for step in steps if step.effect == "moved"]
    cells = {step.entry.version: step.entry.cell for step in steps if step.entry.cell}
    first = steps[0].entry.as_of
    ends = [*(step.entry.as_of for step in moved[1:]), None]
    reigns = [Reign(first, moved[0].entry.as_of if moved else None, None, "", None, "", "")]
    for step, end in zip(moved, ends, strict=False):
        entry = step.entry
        cell = cells.get(entry.version, "")
        reigns.append(Reign(entry.as_of, end, entry.version, cell, entry.kind, entry.by, entry.reason))
    return tuple(reign for reign in reigns if reign.start != reign.end)


def marks_of(championship: Championship) -> tuple[Mark, ...]:
    """Return everything that was decided besides promotions by verdict, in the order of time."""
    kinds = [(step, _kind(step)) for step in championship.steps]
    return tuple(
        Mark(step.entry.as_of, kind, step.entry.version, step.entry.by if step.entry.by_hand else "", step.entry.reason)
        for step, kind in kinds
        if kind is not None
    )


def _kind(step: Step) -> MarkKind | None:
    if step.effect == "void":
        return "without effect"
    if step.entry.by_hand:
        return "promoted by hand" if step.entry.kind == "promotion" else "rolled back"
    kinds: dict[str, MarkKind] = {
        "reject": "rejected",
        "keep": "kept",
        "provisional": "provisional",
        "barred": "barred",
    }
    return kinds.get(step.effect)
