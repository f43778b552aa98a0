"""What may be removed of what a pipeline's runs have left, and what stays. Pure; `tracking.pruning` removes it.

Networks (model versions) and snapshots of the newest as_ofs stay. Of older ones stay those that are still needed: what
the champion history names, what has an alias, and whose verdict is still to be given.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from recurcast.errors import ConfigurationError

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True)
class Retention:
    """How much stays in any case: the `newest` as_ofs, or those not older than `age` before the newest; one is none."""

    newest: int | None = None
    age: timedelta | None = None


@dataclass(frozen=True)
class KeptVersion:
    """A version of the registered model, and the run that trained it."""

    version: int
    as_of: datetime
    run_id: str
    """The interval's run, not that of the cell."""
    model_id: str | None
    """MLflow's id of the network, where it is known."""
    needed: bool
    """Whether it was ever champion, has an alias, is registered elsewhere too, or waits for its final verdict."""
    frame_model_id: str | None = None
    """MLflow's id of the form that takes histories, where there is one."""


@dataclass(frozen=True)
class SnapshotUse:
    """A run whose frame is kept; `holder` is the run with the file, which may be the same."""

    run_id: str
    as_of: datetime
    digest: str
    holder: str
    running: bool = False


@dataclass(frozen=True)
class Snapshot:
    """A snapshot's file, and the runs that refer to it."""

    digest: str
    holder: str
    uses: tuple[SnapshotUse, ...]

    @property
    def as_of(self) -> datetime:
        """Return the newest as_of that refers to it."""
        return max(use.as_of for use in self.uses)


@dataclass(frozen=True)
class Pruning:
    """What goes, oldest first, and how many older versions and snapshots stay because they are needed."""

    versions: tuple[KeptVersion, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    needed: int = 0


@dataclass(frozen=True)
class Removed:
    """A network or a snapshot that was removed, or would be."""

    kind: str
    name: str
    as_of: datetime
    size: int
    """Bytes."""


def parse_retention(text: str) -> Retention:
    """Return what `--keep` says: a number of as_ofs, or a duration such as '90d'.

    Raises ConfigurationError for anything else, and for nothing at all: the newest as_of stays.
    """
    if re.fullmatch(r"\d{1,9}", text) and int(text) > 0:
        return Retention(newest=int(text))
    age = re.fullmatch(r"(\d{1,5})([hdw])", text, re.IGNORECASE)
    if age is not None and int(age[1]) > 0:
        return Retention(age=int(age[1]) * _UNITS[age[2].lower()])
    raise ConfigurationError(
        f"--keep is how many of the newest as_ofs stay, 1 or more, or how long before the newest, such as 90d, 12w or "
        f"36h; received '{text}'. Correct it."
    )


def choose(versions: Iterable[KeptVersion], uses: Iterable[SnapshotUse], retention: Retention) -> Pruning:
    """Return what goes. An as_of counts where a version or a snapshot of it is left.

    A snapshot stays where any run that refers to it is of an as_of that stays, has a version that stays, or still runs.
    """
    versions, uses = tuple(versions), tuple(uses)
    border = _border({each.as_of for each in versions} | {each.as_of for each in uses}, retention)
    if border is None:
        return Pruning()
    going = [each for each in versions if each.as_of < border and not each.needed]
    serving = {each.run_id for each in versions if each.as_of >= border or each.needed}
    snapshots = _snapshots(uses)
    useless = [each for each in snapshots if not any(_counts(use, border, serving) for use in each.uses)]
    old = sum(each.as_of < border for each in versions) + sum(each.as_of < border for each in snapshots)
    return Pruning(
        tuple(sorted(going, key=lambda each: (each.as_of, each.version))),
        tuple(sorted(useless, key=lambda each: (each.as_of, each.digest, each.holder))),
        old - len(going) - len(useless),
    )


def _border(as_ofs: set[datetime], retention: Retention) -> datetime | None:
    """The first as_of of those that stay in any case; none where there is nothing at all."""
    if not as_ofs:
        return None
    if retention.newest is not None:
        return sorted(as_ofs)[-retention.newest :][0]
    assert retention.age is not None
    newest = max(as_ofs)
    return min(as_of for as_of in as_ofs if newest - as_of <= retention.age)


def _snapshots(uses: Iterable[SnapshotUse]) -> list[Snapshot]:
    by_file: dict[tuple[str, str], list[SnapshotUse]] = defaultdict(list)
    for use in uses:
        by_file[use.digest, use.holder].append(use)
    return [Snapshot(digest, holder, tuple(own)) for (digest, holder), own in by_file.items()]


def _counts(use: SnapshotUse, border: datetime, serving: set[str]) -> bool:
    return use.running or use.as_of >= border or use.run_id in serving
