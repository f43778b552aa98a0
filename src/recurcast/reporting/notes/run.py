"""An interval in words: its verdict, and who scored what."""

from collections.abc import Sequence
from math import isfinite

from recurcast.config import CELLS, PipelineConfig
from recurcast.config.metrics import METRICS
from recurcast.escaping import in_markdown
from recurcast.promotion.gate import Decision
from recurcast.runs.train import Row


def interval_note(
    pipeline: PipelineConfig,
    decision: Decision,
    rows: Sequence[Row],
    version: int | None,
    remarks: Sequence[str] = (),
    *,
    provisional: bool = False,
) -> str:
    """Return the description of a run that was judged: verdict, reason, leaderboard; `rows` come best first."""
    before = "provisionally " if provisional else ""
    registered = (
        f"Registered as version {version} of `{pipeline.name}`." if version else "Not registered: it does not promote."
    )
    drawn = "Charts: `charts/comparison.png` among the artifacts, with `charts/interactive.html` where the run has it. "
    said = [
        f"**{before}{decision.verdict}**: {in_markdown(decision.reason)}.",  # it may name series
        registered,
        leaderboard(pipeline, rows, decision),
        *map(in_markdown, remarks),
        ("" if pipeline.charts == "none" else drawn) + "Check of the data: `validation/report.html`.",
    ]
    return "\n\n".join(said)


def leaderboard(pipeline: PipelineConfig, rows: Sequence[Row], decision: Decision) -> str:
    """Return the table of all competitors on the same windows."""
    levels = sorted({level for row in rows for level in row.coverage}, key=float)
    titles = [metric.titled(in_markdown(pipeline.unit)) for metric in METRICS.values()] + [
        f"in {level}%" for level in levels
    ]
    lines = [f"| competitor | {' | '.join(titles)} |", f"|---|{'---:|' * len(titles)}"]
    for row in rows:
        values = [_number(getattr(row, metric)) for metric in METRICS]
        values += [_share(row.coverage.get(level)) for level in levels]
        lines.append(f"| {_role(row.competitor, decision)} | {' | '.join(values)} |")
    return "\n".join(lines)


def cell_note(pipeline: PipelineConfig, cell: str) -> str:
    """Return the description of a cell's run."""
    others = " and ".join(other for other in CELLS if other != cell)
    return (
        f"The {cell} of this interval of {pipeline.name}. To see its curves beside those of {others}, select these runs "
        "in the list and press Compare."
    ) + ("" if pipeline.charts in ("png", "none") else " Or look at `charts/interactive.html` of the parent run.")


def _role(competitor: str, decision: Decision) -> str:
    if competitor == decision.challenger:
        return f"**{competitor}** (challenger)"
    return f"{competitor} (baseline)" if competitor == decision.baseline else competitor


def _number(value: float) -> str:
    return f"{value:.4g}" if isfinite(value) else "none"


def _share(value: float | None) -> str:
    return "" if value is None or not isfinite(value) else f"{value:.1%}"
