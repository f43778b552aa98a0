"""All charts of a report."""

from recurcast.charts.calendar import calendar_of
from recurcast.charts.report_forecast import forecast_picture
from recurcast.charts.report_history import scores_picture, timeline_picture, track_picture
from recurcast.report.coverage import blocks_of, counts_of
from recurcast.report.records import Drawings, Report


def drawings_of(report: Report) -> Drawings:
    """Return the charts of a report."""
    remembered = report.remembered
    made = remembered.forecast
    return Drawings(
        timeline_picture(remembered),
        track_picture(remembered),
        scores_picture(remembered),
        None if made is None else forecast_picture(remembered.pipeline, made),
        calendar_of(blocks_of(report.ticks, report.timezone), tuple(counts_of(report.ticks))) if report.ticks else None,
    )
