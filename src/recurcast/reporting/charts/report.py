"""All charts of a report."""

from recurcast.reporting.charts.calendar import calendar_of
from recurcast.reporting.charts.report_forecast import forecast_picture
from recurcast.reporting.charts.report_history import scores_picture, timeline_picture, track_picture
from recurcast.reporting.page.coverage import blocks_of, counts_of
from recurcast.reporting.page.records import Drawings, Report


def drawings_of(report: Report) -> Drawings:
    """Return the charts of a report."""
    return Drawings(
        timeline_picture(report),
        track_picture(report),
        scores_picture(report),
        forecast_picture(report),
        calendar_of(blocks_of(report.ticks, report.timezone), tuple(counts_of(report.ticks))) if report.ticks else None,
    )
