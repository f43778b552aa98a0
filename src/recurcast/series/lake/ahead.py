"""What a run on a lake knows ahead: what all series share beside every file, what is by series with the file that it is of.

blocks, read once     judged as a whole            known at as_of                          a file of the lake
  shared         ──▶  digest, names, steps,   ──▶  in memory, sent with the frame     ──▶  its series, beside both
  by series           cells that are no number     in a folder of the run, by place

The folder goes away with the frame. A process that does not find it (of another machine, or of a frame that was kept) lays
the same down for itself, once.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series.ahead import Ahead, AheadBlock
from recurcast.series.ahead_files import AheadSource, Reach, reach_of, sources_of
from recurcast.series.ahead_refusals import AheadFacts, facts_of, refuse_unfit, together
from recurcast.series.digest import hashes_ahead, with_ahead
from recurcast.series.grid import Grid
from recurcast.series.lake.ahead_folder import AheadFolder
from recurcast.series.lake.ahead_parts import in_parts
from recurcast.series.lake.manifest import places_of
from recurcast.series.reading.giving_back import give_back

_MOST_ANEW = 2
"""Folders that a process keeps which it laid down for itself."""
_anew: "OrderedDict[Path, AheadFolder]" = OrderedDict()
_laying = Lock()


@dataclass(frozen=True)
class _Asked:
    """What all follows from, beside what the files hold."""

    pipeline: PipelineConfig
    root: Path
    reach: Reach
    places: int


@dataclass(frozen=True, eq=False)
class LakeAhead:
    """What is known ahead beside a lake."""

    whole: Ahead
    """Blocks by series have no rows in it."""
    sums: tuple[tuple[int, ...], ...]
    """Of each block's rows, as the digest counts them."""
    asked: _Asked
    folder: AheadFolder | None
    """None where no block is by series."""

    def digest(self, of_rows: str) -> str:
        """Return the digest of a frame whose rows have one of their own."""
        sums = [np.array(each, np.uint64) for each in self.sums]
        return with_ahead(of_rows, list(zip(self.whole.blocks, sums, strict=True)))

    def beside(self, place: int) -> Ahead:
        """Return what is known ahead of the series of a place. Raises DataRejected where files hold other values by now."""
        blocks = enumerate(self.whole.blocks)
        own = (block if block.shared else self._laid_down(block, number, place) for number, block in blocks)
        return replace(self.whole, blocks=tuple(own))

    def of(self, names: frozenset[str]) -> Ahead:
        """Return what is known ahead of some series, in memory."""
        places = np.unique(places_of(names, self.asked.places)).tolist() if names else [0]
        parts = [[only_of(block, names) for block in self.beside(place).blocks] for place in places]
        return replace(self.whole, blocks=tuple(map(_joined, zip(*parts, strict=True))))

    def _laid_down(self, block: AheadBlock, number: int, place: int) -> AheadBlock:
        assert self.folder is not None, "there are blocks by series"
        try:
            return self.folder.read(number, place, block)
        except FileNotFoundError:
            return _anew_of(self, self.folder).read(number, place, block)


def lake_ahead(
    pipeline: PipelineConfig,
    root: Path,
    grid: Grid,
    steps: pd.DatetimeIndex,
    names: Collection[str],
    as_of: datetime,
    places: int,
    horizon: int | None = None,
) -> LakeAhead | None:
    """Return what `known_ahead` does, of a lake of so many places; none without blocks.

    Raises as it does, of all files together; and ConfigurationError where those of one hold more than they may.
    """
    if not pipeline.source.ahead:
        return None
    asked, own = _Asked(pipeline, root, reach_of(pipeline, grid, steps, as_of, horizon), places), frozenset(names)
    found = _read(asked, own)
    for facts in found.facts:
        refuse_unfit(facts, own, steps)
    return found.ahead


def known_ahead_of_some(
    pipeline: PipelineConfig,
    root: Path,
    grid: Grid,
    steps: pd.DatetimeIndex,
    names: Collection[str],
    as_of: datetime,
    *,
    places: int,
) -> Ahead | None:
    """Return what `known_ahead` does of a few series of a lake; others are not held, and a block may name none of these."""
    if not pipeline.source.ahead:
        return None
    reach, blocks, own = reach_of(pipeline, grid, steps, as_of), list[AheadBlock](), frozenset(names)
    for source in sources_of(pipeline, root, reach.begin, reach.until):
        parts = in_parts(source, places)
        known = [only_of(part, own).known_at(reach.instant, reach.begin, reach.until) for part in parts]
        blocks.append(_joined(known))
    return reach.of(tuple(blocks))


def only_of(block: AheadBlock, names: frozenset[str]) -> AheadBlock:
    """Return a block's rows of some series, which may be very many; of one that all share, all."""
    if block.shared:
        return block
    codes, own = pd.factorize(block.rows["unique_id"])
    kept = np.array([name in names for name in own], bool)[codes]
    return block if kept.all() else replace(block, rows=block.rows[kept].reset_index(drop=True))


@dataclass(frozen=True, eq=False)
class _Found:
    ahead: LakeAhead
    facts: tuple[AheadFacts, ...]


def _read(asked: _Asked, names: frozenset[str] | None) -> _Found:
    """Read each block once, and lay down what is by series: of those named, where names are given."""
    sources = sources_of(asked.pipeline, asked.root, asked.reach.begin, asked.reach.until)
    by_series = any(source.block.unique_id is not None for source in sources)
    folder = AheadFolder(asked.places) if by_series else None
    found = [_block(asked, source, number, names, folder) for number, source in enumerate(sources)]
    whole = asked.reach.of(tuple(each.block for each in found))
    return _Found(
        LakeAhead(whole, tuple(each.sums for each in found), asked, folder), tuple(each.facts for each in found)
    )


@dataclass(frozen=True, eq=False)
class _Block:
    block: AheadBlock
    sums: tuple[int, ...]
    facts: AheadFacts


def _block(
    asked: _Asked, source: AheadSource, number: int, names: frozenset[str] | None, folder: AheadFolder | None
) -> _Block:
    reach, told, sums = asked.reach, list[AheadFacts](), np.zeros(3, np.uint64)
    for part in in_parts(source, asked.places):
        known = part.known_at(reach.instant, reach.begin, reach.until)
        del part
        told.append(facts_of(known, names or frozenset()))
        sums += hashes_ahead(known).sum(axis=1, dtype=np.uint64)
        if not known.shared and folder is not None:
            folder.write(number, known if names is None else only_of(known, names))
            known = replace(known, rows=known.rows.iloc[:0].copy())
        give_back()
    if not known.shared and folder is not None:
        folder.write_rest(number, known)
    return _Block(known, tuple(sums.tolist()), together(told))


def _joined(parts: Collection[AheadBlock]) -> AheadBlock:
    """The parts of a block, which have no series in common."""
    first, *others = parts
    if first.shared or not others:
        return first
    rows = pd.concat([each.rows for each in parts], ignore_index=True)
    return replace(first, rows=rows.sort_values(["unique_id", "ds", "available_at"], ignore_index=True))


def _anew_of(ahead: LakeAhead, lost: AheadFolder) -> AheadFolder:
    """The same laid down by this process; of all series that blocks name, as their files' own are asked for alone."""
    with _laying:
        if lost.path not in _anew:
            found = _read(ahead.asked, None).ahead
            assert found.folder is not None, "as that which was lost"
            if found.sums != ahead.sums:
                raise DataRejected(
                    "what is known ahead stays as it is while a run reads it",
                    f"{', '.join(ahead.whole.names)}: other values than when the run began",
                    "Run again once nothing writes there",
                )
            _anew[lost.path] = found.folder
            while len(_anew) > _MOST_ANEW:
                _anew.popitem(last=False)
        return _anew[lost.path]
