"""How far a search is, in lines: of what it begins with, and of each trial that ended."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from recurcast.instants import format_instant
from recurcast.runs.search import Trial
from recurcast.runs.search_request import Begun


def lines_of_begun(begun: Begun) -> Iterator[str]:
    """Yield where trials are judged, how many ended before, and what else is to be known."""
    steps = f"{begun.scored:,} steps" if begun.scored != 1 else "step"
    yield f"trials are judged by {begun.metric} over the {steps} before {_listed(begun.origins)}"
    yield f"the best once more over those before {_listed(begun.fresh_origins)}"
    if begun.compared is not None:
        yield begun.compared.told
    if begun.ended:
        yield f"{len(begun.ended)} of {begun.trials} trials ended before"
    yield from (f"note: {remark}" for remark in begun.remarks)


def line_of(trial: Trial, best: Trial | None, count: int, of: int) -> str:
    """Return how a trial ended, and which is the best by now."""
    how = f"{trial.score:.4g}" if trial.state == "finished" else trial.state
    at = f" at {trial.score:.4g} after {len(trial.scores)}" if trial.state == "pruned" else ""
    why = f": {trial.error}" if trial.error else ""
    leads = "" if best is None else f"  best {best.score:.4g} (trial {best.number})"
    return f"{count}/{of}  trial {trial.number} {trial.cell}  {how}{at}{why}  {trial.seconds:.1f} s{leads}"


def _listed(instants: Iterable[datetime]) -> str:
    return ", ".join(format_instant(each) for each in instants)
