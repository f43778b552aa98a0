"""The page itself: sections into HTML, everything escaped but the charts that we drew."""

from typing import TYPE_CHECKING

from recurcast.reporting.page.records import Drawings, Report
from recurcast.reporting.page.sections import sections_of
from recurcast.reporting.page.words import local, skill_of_the_champion, spelled, way_of

if TYPE_CHECKING:
    from jinja2 import Environment


def page_of(report: Report, drawings: Drawings) -> str:
    """Return the report as one HTML page that loads nothing from anywhere and runs no script."""
    remembered, zone = report.remembered, report.timezone
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            pipeline=remembered.pipeline,
            server=remembered.server,
            skill=skill_of_the_champion(remembered),
            way=None if remembered.server is None else way_of(remembered.server),
            newest=local(remembered.newest, zone),
            made_at=local(report.made_at, zone),
            zone=zone,
            remembered=remembered,
            sections=sections_of(report, drawings),
            local=lambda instant: local(instant, zone),
            spelled=spelled,
        )
    )


def environment() -> "Environment":
    """Return where the pages' templates are, which escape everything that is not said to be safe."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("recurcast.reporting.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
