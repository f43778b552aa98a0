"""An interval in words: its verdict, and who scored what."""

from collections.abc import Mapping, Sequence
from math import inf, isfinite

from recurcast.config import PipelineConfig
from recurcast.config.cells import LINEAR
from recurcast.config.metrics import METRICS
from recurcast.escaping import in_markdown
from recurcast.promotion.gate import Decision
from recurcast.reporting.tables import leaderboard_table
from recurcast.runs.leaderboard import Row, leaderboard_of


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
        leaderboard_table(leaderboard_of(rows, decision, pipeline.unit), roles=True),
        *map(in_markdown, remarks),
        ("" if pipeline.charts == "none" else drawn) + "Check of the data: `validation/report.html`.",
    ]
    return "\n\n".join(said)


def beside_linear(scores: Mapping[str, float], challenger: str, metric: str) -> str:
    """Return what the challenger gains over the linear cell, by scores on validation windows; nothing where none competes."""
    label, others = METRICS[metric].label, {cell: each for cell, each in scores.items() if cell != LINEAR}
    if LINEAR not in scores or not others or not isfinite(scores[LINEAR]) or scores[LINEAR] <= 0:
        return ""
    if challenger != LINEAR:
        gain = 1 - scores[challenger] / scores[LINEAR]
        return f"on validation windows the {label} of {challenger} lies {gain:.1%} below that of {LINEAR}, which costs least"
    nearest = min(others, key=lambda cell: others[cell] if isfinite(others[cell]) else inf)
    return f"no cell beats {LINEAR} on validation windows: {label} {scores[LINEAR]:.4g}, of {nearest} {others[nearest]:.4g}"


def cell_note(pipeline: PipelineConfig, cell: str) -> str:
    """Return the description of a cell's run."""
    others = " and ".join(other for other in pipeline.network.cells if other != cell)
    compared = f" To see its curves beside those of {others}, select these runs in the list and press Compare."
    return (
        f"The {cell} of this interval of {pipeline.name}."
        + compared * bool(others)
        + ("" if pipeline.charts in ("png", "none") else " Or look at `charts/interactive.html` of the parent run.")
    )
