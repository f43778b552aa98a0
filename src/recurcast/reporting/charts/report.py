"""All charts of a report: the table that a chart is added to."""

from collections.abc import Callable, Mapping

from recurcast.reporting.charts.calendar import calendar_of
from recurcast.reporting.charts.forecasts import outlook_chart
from recurcast.reporting.charts.over_time import track_chart
from recurcast.reporting.charts.report_history import scores_over_time_chart, timeline_chart
from recurcast.reporting.charts.saving import Chart, picture_of
from recurcast.reporting.page.coverage import blocks_of, counts_of
from recurcast.reporting.page.layout import MOST_DRAWN
from recurcast.reporting.page.records import Drawings, Report


def _track(report: Report) -> Chart | None:
    remembered = report.remembered
    scored = any(tick.baseline_mae is not None for tick in remembered.track.ticks)
    return track_chart(remembered.pipeline, remembered.track, report.timezone) if scored else None


def _forecast(report: Report) -> Chart | None:
    made, pipeline = report.remembered.forecast, report.remembered.pipeline
    return None if made is None else outlook_chart(pipeline, made.rows, made.known, report.timezone, MOST_DRAWN)


CHARTS: Mapping[str, Callable[[Report], Chart | None]] = {
    "timeline": timeline_chart,
    "track": _track,
    "scores": scores_over_time_chart,
    "forecast": _forecast,
}
"""By the section that they stand in; a chart of any other name gets a section of its own, below its title."""


def drawings_of(report: Report) -> Drawings:
    """Return the charts of a report."""
    drawn = ((section, chart_of(report)) for section, chart_of in CHARTS.items())
    return Drawings(
        {section: picture_of(chart) for section, chart in drawn if chart is not None},
        calendar_of(blocks_of(report.ticks, report.timezone), tuple(counts_of(report.ticks))) if report.ticks else None,
    )
