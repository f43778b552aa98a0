"""A flow run as one page of markdown: what came of it and why first, then figures, a plot and where all of it stands.

Pure: records in, text out. Prefect's page shows it; MLflow keeps what it tells of.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from recurcast.config.metrics import METRICS
from recurcast.errors import DataRejected
from recurcast.escaping import in_markdown
from recurcast.instants import format_instant
from recurcast.reporting.tables import leaderboard_table, markdown_table
from recurcast.runs.addresses import run_address, version_address
from recurcast.runs.leaderboard import leaderboard_of
from recurcast.runs.train import Outcome, RunResult

if TYPE_CHECKING:
    import pandas as pd

    from recurcast.runs.forecast import ForecastResult
    from recurcast.series.validation.report import Finding

REPORT = "validation/report.html"
_MOST_ROWS = 12
_LOW, _HIGH = "y_hat_lo_", "y_hat_hi_"
_TITLES: dict[Outcome, str] = {
    "already done": "Already done",
    "no new data": "No new data: nothing was trained",
    "no data": "No data: nothing was trained",
    "superseded": "Superseded: nothing was trained",
    "held": "Held elsewhere: nothing was trained here",
}


@dataclass(frozen=True)
class RecordedRun:
    """Where a run stands in MLflow, and what of it is shown beside it."""

    pipeline: str
    experiment_id: str
    run_id: str
    name: str
    version: int | None = None
    """The version that it registered, or that forecast."""
    report: bool = False
    """Whether its data were validated."""
    plot: bytes | None = None
    """A PNG."""


def run_card(result: RunResult, recorded: RecordedRun, page: str | None, unit: str = "") -> str:
    """Return the card of a run that ended well; `page` is the address of MLflow's, none for names in place of links."""
    parts = [*_verdict(result), _leaderboard(result, unit), _plot(recorded, "scores of all competitors, and forecasts")]
    parts += [_listed(result.remarks) if result.decision is not None else "", _places(recorded, page)]
    return _joined(parts)


def failure_card(
    pipeline: str,
    as_of: datetime,
    failure: Exception,
    recorded: RecordedRun | None,
    page: str | None,
    undone: str = "trained",
) -> str:
    """Return the card of a run that failed, and why; of data that broke rules, which. `undone` says what was not done."""
    about = f"{in_markdown(pipeline)} as of {format_instant(as_of)}"
    places = "" if recorded is None else _places(recorded, page)
    if not isinstance(failure, DataRejected):
        return _joined(["## Failed", f"**{type(failure).__name__}**: {in_markdown(str(failure))}", about, places])
    report = getattr(failure, "report", None)
    broken = [] if report is None else [finding for finding in report.findings if not finding.success]
    parts = [
        f"## Data rejected: nothing was {undone}",
        f"**{in_markdown(failure.rule)}**: {in_markdown(failure.received)}",
        in_markdown(failure.remedy),
        f"{about}. The champion stays as it is.",
        _findings(broken[1:]),
        places,
    ]
    return _joined(parts)


def forecast_card(result: "ForecastResult", recorded: RecordedRun | None, page: str | None) -> str:
    """Return the card of a forecast: by which version, its first rows, a plot."""
    request = result.request
    about = f"{in_markdown(request.pipeline.name)} as of **{format_instant(request.as_of)}**"
    if result.made is None:
        return _joined([f"## {result.outcome.capitalize()}: no forecast was made", in_markdown(result.why_none), about])
    rows, flags = result.made.rows, result.made.flags
    before = "Already done: forecast" if result.outcome == "already done" else "Forecast"
    unit = f", in {in_markdown(request.pipeline.unit)}" if request.pipeline.unit else ""
    left = result.made.n_rows - _MOST_ROWS
    count = result.made.n_series
    steps = result.made.n_rows // count
    parts = [
        f"## {before} by version {result.version} ({in_markdown(result.forecaster)})",
        f"{about}: {steps} {'step' if steps == 1 else 'steps'} of {count} series{unit}",
        "" if flags is None else in_markdown(flags.headline),
        _forecast(rows.head(_MOST_ROWS)),
        f"and {left:,} more rows" if left > 0 else "",
        "" if recorded is None else _plot(recorded, "forecast"),
        _listed(result.made.remarks),
        "" if recorded is None else _places(recorded, page),
    ]
    return _joined(parts)


def _verdict(result: RunResult) -> list[str]:
    about = f"{in_markdown(result.pipeline)} as of **{format_instant(result.as_of)}**"
    decision = result.decision
    if decision is None:
        return [f"## {_TITLES[result.outcome]}", *(in_markdown(why) for why in result.remarks), about]
    before = "Already done: " if result.outcome == "already done" else ""
    provisional = "provisional " if result.provisional else ""
    title = f"## {before}{provisional}{decision.verdict.upper()}"
    return [title, f"{in_markdown(decision.reason)}.", f"{about}{_registered(result)}"]


def _registered(result: RunResult) -> str:
    registration = result.registration
    if registration is None:
        return ""
    moved = "is champion now" if registration.promoted else "is registered, and not champion"
    return f". Version {registration.version} {moved}"


def _leaderboard(result: RunResult, unit: str) -> str:
    decision = result.decision
    if decision is None or not result.leaderboard:
        return ""
    board = leaderboard_of(result.leaderboard, decision, narrow=True)  # each level in a column does not fit the page
    *several, last = (metric.label for metric in METRICS.values() if metric.unit == "y")
    measured = f"; {', '.join(several)} and {last} in {in_markdown(unit)}" if unit else ""
    about = f"Challenger **{in_markdown(decision.challenger)}**, baseline {in_markdown(decision.baseline)}{measured}"
    return f"{about}\n\n{leaderboard_table(board, roles=False)}"


def _forecast(rows: "pd.DataFrame") -> str:
    levels = [name.removeprefix(_LOW) for name in rows.columns if name.startswith(_LOW)]
    heads = ["unique\\_id", "ds", "y\\_hat", *(f"{level}% interval" for level in levels)]
    cells = [
        [
            in_markdown(str(row["unique_id"])),
            format_instant(row["ds"]),
            f"{row['y_hat']:.5g}",
            *(f"{row[_LOW + level]:.5g} to {row[_HIGH + level]:.5g}" for level in levels),
        ]
        for row in rows.to_dict("records")
    ]
    return markdown_table(heads, cells)


def _findings(broken: "Sequence[Finding]") -> str:
    heads = ["also broken", "observed", "series", "what to do"]
    rows = [
        [in_markdown(text or "") for text in (each.says, each.observed, each.series, each.remedy)] for each in broken
    ]
    return markdown_table(heads, rows, numbers=False) if rows else ""


def _plot(recorded: RecordedRun, what: str) -> str:
    # Within the text: Prefect's page shows it where MLflow has no page, and without asking any other address.
    return "" if recorded.plot is None else f"![{what}](data:image/png;base64,{b64encode(recorded.plot).decode()})"


def _places(recorded: RecordedRun, page: str | None) -> str:
    experiment, run = recorded.experiment_id, recorded.run_id
    places = [f"MLflow run: {_link(f'{recorded.name} ({run[:8]})', run_address(experiment, run), page)}"]
    if recorded.version is not None:
        address = version_address(recorded.pipeline, recorded.version)
        places.append(f"Model version: {_link(f'{recorded.pipeline}, version {recorded.version}', address, page)}")
    if recorded.report:
        places.append(f"Validation report: {_link(REPORT, run_address(experiment, run, REPORT), page)}")
    return "\n".join(f"- {place}" for place in places)


def _link(name: str, address: str, page: str | None) -> str:
    return f"`{name}`" if page is None else f"[{in_markdown(name)}]({page}/{address})"


def _listed(remarks: Iterable[str]) -> str:
    return "\n".join(f"- note: {in_markdown(remark)}" for remark in remarks)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
