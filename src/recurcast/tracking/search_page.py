"""What a search leaves on MLflow's page for people: its page, its charts, its note."""

from recurcast.reporting.charts import png_of
from recurcast.reporting.charts.saving import picture_of
from recurcast.reporting.charts.search import search_charts
from recurcast.reporting.notes.search import search_note
from recurcast.reporting.page.search import search_page_of
from recurcast.reporting.page.searched import ShownSearch
from recurcast.tracking.notes import NOTE
from recurcast.tracking.runs import TrackedRun

PAGE = "search/search.html"


def keep_search_page(run: TrackedRun, shown: ShownSearch) -> str:
    """Return a search's page, which now stands with its run: with the charts as PNG, and the description."""
    charts = search_charts(shown)
    page = search_page_of(shown, {section: picture_of(chart) for section, chart in charts.items()})
    run.text(page, PAGE)
    if shown.pipeline.charts != "none":
        for section, chart in charts.items():
            run.file(png_of(chart), f"search/{section}.png")
    run.tag(**{NOTE: search_note(shown)})
    return page
