"""A leaderboard: which lines and columns it has, and what they say. The terminal, cards, notes and Python only lay it out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, make_dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from recurcast.config.metrics import METRICS, NO_NUMBER

if TYPE_CHECKING:
    from recurcast.promotion.gate import Decision

_COVERAGE = "coverage_"
_SAYS_MOST = "mase"
_Scores: Any = make_dataclass("_Scores", [("competitor", str), *((name, float, nan) for name in METRICS)], frozen=True)


@dataclass(frozen=True)
class Row(_Scores):  # type: ignore[misc]  # its fields are METRICS
    """One competitor on the test windows: a field for each of METRICS, not a number where it has no such score."""

    coverage: Mapping[str, float] = field(default_factory=dict)
    """Share of the test targets within the interval of each level, such as `80`; empty without intervals."""

    @classmethod
    def of(cls, columns: Mapping[Any, Any]) -> "Row":
        """Return a row of the leaderboard's table; what is null there, or was no metric yet, is not a number."""
        values: dict[str, Any] = {name: nan if value is None else value for name, value in columns.items()}
        shares = {name.removeprefix(_COVERAGE): values[name] for name in values if name.startswith(_COVERAGE)}
        scores = {name: values[name] for name in METRICS if name in values}
        return cls(values["competitor"], **scores, coverage=shares)


@dataclass(frozen=True)
class Line:
    """A competitor, and what its cells say."""

    competitor: str
    role: str
    """`challenger`, `baseline`, or empty."""
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Leaderboard:
    """Titles of the columns after the competitor's, and the lines in the order of the rows."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def ranked(tables: Iterable[Mapping[Any, Any]], metric: str) -> tuple[Row, ...]:
    """Return the rows of a leaderboard's table, the best first; who has no score by the metric stands last."""

    def score(row: Row) -> float:
        value = float(getattr(row, metric, nan))  # another version may have judged by a metric that is none here
        return float("inf") if isnan(value) else value

    return tuple(sorted(map(Row.of, tables), key=score))


def leaderboard_of(
    rows: Sequence[Row], decision: "Decision | None" = None, unit: str = "", *, narrow: bool = False
) -> Leaderboard:
    """Return what a leaderboard says; a narrow one begins with the metric that judged, and has its intervals in one column."""
    levels, metrics = sorted({level for row in rows for level in row.coverage}, key=float), list(METRICS.values())
    if narrow and decision is not None:
        metrics.sort(key=lambda each: (each.name != decision.metric, each.name != _SAYS_MOST))
    roles = {} if decision is None else {decision.baseline: "baseline", decision.challenger: "challenger"}

    def shares(row: Row) -> list[str]:
        told = [_share(row.coverage.get(level), narrow) for level in levels]
        return [" / ".join(told)] if narrow and levels else told

    inside = [f"in {' / '.join(levels)}%"] if narrow and levels else [f"in {level}%" for level in levels]
    columns = (*(metric.titled(unit) for metric in metrics), *inside)

    def scores_of(row: Row) -> list[str]:
        found = {metric.name: getattr(row, metric.name) for metric in metrics}
        if all(isnan(value) for value in found.values()):  # forecasts that are not finite have no score at all
            return [NO_NUMBER] * len(metrics)
        return [metric.told(found[metric.name]) for metric in metrics]

    lines = (Line(row.competitor, roles.get(row.competitor, ""), (*scores_of(row), *shares(row))) for row in rows)
    return Leaderboard(columns, tuple(lines))


def _share(share: float | None, narrow: bool) -> str:
    if share is None or isnan(share):
        return NO_NUMBER
    return f"{100 * share:.1f}" if narrow else f"{share:.1%}"
