"""What a search proposes: the settings of its winner, and up to when it read; pure.

The winner's cell: where the search tried cells of the pipeline's alone, they all go on competing, now with the settings that the
best of them was found with. Where it tried others too, which cell is best was what it was about, and the winner's alone is
proposed: the score that is told is its, and the others cost their time in every run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recurcast.config import PipelineConfig
from recurcast.config.search_space import value_of
from recurcast.instants import format_instant
from recurcast.runs.search import SearchRecord, Value

CELLS_FIELD, READ_UNTIL = "network.cells", "search.read_until"


@dataclass(frozen=True)
class Moved:
    """A field that would be written over, and that a person changed since the search began."""

    field: str
    then: Value
    now: Value


@dataclass(frozen=True)
class Proposal:
    """What would be written, by field; and what no longer stands as the search found it."""

    settings: Mapping[str, Any]
    moved: tuple[Moved, ...]


def proposal_of(record: SearchRecord, pipeline: PipelineConfig) -> Proposal:
    """Return what a search with a winner proposes to a pipeline as it is now; fields that are so already are left out."""
    assert record.winner is not None, "what has no winner proposes nothing"
    winner = record.trial(record.winner)
    now = {field: value_of(pipeline, field) for field in winner.settings}
    settings: dict[str, Any] = {
        field: value for field, value in winner.settings.items() if not _same(value, now[field])
    }
    # The first trials are the configuration as it stood, one for each cell: the first that has a field says how it was.
    stood = {field: value for trial in record.trials[::-1] for field, value in trial.settings.items()}
    moved = tuple(Moved(field, stood[field], now[field]) for field in settings if not _same(stood[field], now[field]))
    cells = pipeline.network.cells
    if not {trial.cell for trial in record.trials} <= set(cells) and cells != (winner.cell,):
        settings[CELLS_FIELD] = [winner.cell]
    read = pipeline.search.read_until
    if read is None or read < record.read_until:
        settings[READ_UNTIL] = format_instant(record.read_until)
    return Proposal(settings, moved)


def is_accepted(record: SearchRecord, pipeline: PipelineConfig) -> bool:
    """Return whether the pipeline is what the search proposed."""
    return record.winner not in (None, record.stood) and not proposal_of(record, pipeline).settings


def _same(one: Value, other: Value) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
