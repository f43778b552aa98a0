"""An interval in words: its verdict, and who scored what."""

from collections.abc import Sequence

from recurcast.config import CELLS, PipelineConfig
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


def cell_note(pipeline: PipelineConfig, cell: str) -> str:
    """Return the description of a cell's run."""
    others = " and ".join(other for other in CELLS if other != cell)
    return (
        f"The {cell} of this interval of {pipeline.name}. To see its curves beside those of {others}, select these runs "
        "in the list and press Compare."
    ) + ("" if pipeline.charts in ("png", "none") else " Or look at `charts/interactive.html` of the parent run.")
