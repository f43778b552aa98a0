"""What is known ahead is judged as a whole: what its parts tell, put together, and what is refused of it. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config.ahead import KnownAhead
from recurcast.errors import DataRejected
from recurcast.series.ahead import AheadBlock
from recurcast.series.bounds import LARGEST

_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class Beyond:
    """The first cell that is no number of this world, by series and time, and how many there are."""

    series: str
    ds: int
    column: str
    value: float
    count: int


@dataclass(frozen=True, eq=False)
class AheadFacts:
    """What a block tells that is judged, or a part of it that has some whole series."""

    columns: tuple[str, ...]
    hold: bool
    n_names: int
    """How many series it names; 0 where all share its values."""
    first_name: str
    meets: bool
    """Whether the source has one of them."""
    instants: NDArray[np.int64]
    """At which it has rows, ascending, each once."""
    beyond: Beyond | None

    def beside(self, other: "AheadFacts") -> "AheadFacts":
        """Return what both parts tell, which have no series in common."""
        return replace(
            self,
            n_names=self.n_names + other.n_names,
            first_name=min((each.first_name for each in (self, other) if each.n_names), default=""),
            meets=self.meets or other.meets,
            instants=np.union1d(self.instants, other.instants),
            beyond=_both(self.beyond, other.beyond),
        )


def facts_of(block: AheadBlock, names: Collection[str]) -> AheadFacts:
    """Return what a block tells, beside the names of the source's series."""
    own = [] if block.shared else sorted(map(str, block.rows["unique_id"].unique()))
    source = names if isinstance(names, set | frozenset) else set(names)
    return AheadFacts(
        block.columns,
        block.hold,
        len(own),
        own[0] if own else "",
        any(name in source for name in own),
        np.unique(block.rows["ds"].to_numpy()),
        _beyond(block),
    )


def together(parts: Sequence[AheadFacts]) -> AheadFacts:
    """Return what all parts tell; there is at least one."""
    return reduce(AheadFacts.beside, parts)


def refuse_unfit(facts: AheadFacts, names: Collection[str], steps: pd.DatetimeIndex) -> None:
    """Raise DataRejected where a block names no series of the source, lies on other steps, or is not finite."""
    if facts.n_names and not facts.meets:
        raise DataRejected(
            "what is known ahead by series names those of the source",
            f"{_told(facts)} names '{facts.first_name}' and {facts.n_names - 1} more, the source '{min(names)}' and "
            f"{len(names) - 1} more: none is the same",
            "Write the same names, or leave unique_id out where the values are those of all series",
        )
    _refuse_other_steps(facts, steps)
    if (beyond := facts.beyond) is not None:
        raise DataRejected(
            f"what is known ahead is finite, within ±{LARGEST:g}",
            f"'{beyond.column}' holds {beyond.value:g} at {pd.Timestamp(beyond.ds, tz='UTC').isoformat()}, and "
            f"{beyond.count - 1} more values do so",
            "Correct or empty those cells, or name the value in checks.missing_values",
        )


def refuse_twice(block: KnownAhead, rows: pd.DataFrame) -> None:
    """Raise DataRejected where a row of a block stands more than once."""
    twice = rows.duplicated(["unique_id", "ds", "available_at"])
    if twice.any():
        first = rows[twice].iloc[0]
        series = f"series '{first['unique_id']}', " if block.unique_id else ""
        raise DataRejected(
            f"'{block.told}' has one row for each step"
            + (" and time at which it became known" if block.available_at else ""),
            f"{series}{pd.Timestamp(int(first['ds']), tz='UTC').isoformat()} stands more than once",
            "Drop the copies; revisions of a value need a column that says when each became known (available_at); a file "
            "of several series, unique_id",
        )


def _refuse_other_steps(facts: AheadFacts, steps: pd.DatetimeIndex) -> None:
    """Where hardly a step has a value its times are of another zone or another grid: that is never a gap."""
    instants, found = steps.as_unit("ns").asi8, facts.instants
    begins = found[0] if len(found) else instants[0]
    expected = instants[instants >= begins]
    there = int(np.isin(expected, found).sum())
    if len(found) and (facts.hold or there >= _LEAST_SHARE * len(expected)):
        return
    first = f"the first is of {pd.Timestamp(int(begins), tz='UTC').isoformat()}" if len(found) else "there are none"
    raise DataRejected(
        f"what is known ahead has values at the steps of y, at {_LEAST_SHARE:.0%} of them at least from its first on",
        f"{_told(facts)} has one at {there:,} of {len(expected):,} steps up to {steps[-1].isoformat()}; of what was known by "
        f"as_of {first}",
        "Set its timezone, available_at or lead; values that are further apart than the steps stand on with hold: true",
    )


def _told(facts: AheadFacts) -> str:
    return ", ".join(f"'{column}'" for column in facts.columns)


def _beyond(block: AheadBlock) -> Beyond | None:
    cells = (block.rows[list(block.columns)].abs() > LARGEST).to_numpy()
    if not cells.any():
        return None
    row, place = np.argwhere(cells)[0]
    first, column = block.rows.iloc[row], block.columns[place]
    return Beyond(str(first["unique_id"]), int(first["ds"]), column, float(first[column]), int(cells.sum()))


def _both(one: Beyond | None, other: Beyond | None) -> Beyond | None:
    if one is None or other is None:
        return one or other
    return replace(min(one, other, key=lambda each: each.series), count=one.count + other.count)
