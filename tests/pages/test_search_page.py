"""A search's page in a real browser: from a file, without a network, on a phone and on paper."""

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recurcast.config.project import load_pipeline
from recurcast.reporting.charts.search import search_pictures
from recurcast.reporting.page.search import search_page_of
from recurcast.reporting.page.searched import ShownSearch
from recurcast.runs.search import from_json
from support.browser import Gallery, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NO_WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth <= window.innerWidth"


REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a real search of the pipeline `weather`, 30 trials, as docs/search.md shows it."""
    record = from_json((REPOSITORY / "tests" / "support" / "weather_search.json").read_text())
    deployment = load_pipeline(REPOSITORY, "weather")
    shown = ShownSearch(record, deployment.pipeline, deployment.timezone)
    path = tmp_path_factory.mktemp("search") / "search.html"
    path.write_text(search_page_of(shown, search_pictures(shown)), "utf-8")
    return path


@pytest.mark.parametrize(("width", "height", "parts"), [(1200, 1000, "wide"), (375, 812, "narrow")])
def test_it_opens_from_disk_without_a_network_and_is_no_wider_than_the_window(
    browser: "Browser", expect: Any, written: Path, gallery: Gallery, width: int, height: int, parts: str
) -> None:
    with visit(browser, width, height, offline=True) as page:
        page.goto(written.as_uri())

        expect(page.get_by_text("8.5% better on 2 origins that no trial saw")).to_be_visible()
        for chart in ("history", "luck", "settings", "importances"):
            expect(page.locator(f"#{chart} figure.{parts} svg")).to_be_visible()
        if parts == "wide":
            gallery.keep(page, "search", height=1000)
            gallery.keep(page.locator("#luck"), "search_luck")
        page.get_by_text("All 30 trials").click()
        expect(page.get_by_role("cell", name="pruned").first).to_be_visible()
        assert page.evaluate(NO_WIDER_THAN_THE_WINDOW)


def test_names_of_settings_stand_apart_from_one_another(browser: "Browser", written: Path) -> None:
    with visit(browser, offline=True) as page:
        page.goto(written.as_uri())
        boxes = [
            page.locator("#settings figure.wide text").get_by_text(name, exact=True).first.bounding_box()
            for name in ("cell", "units (log)", "layers", "dropout", "lookback (log)", "learning_rate (log)", "loss")
        ]

    ends = [(box["y"], box["x"], box["x"] + box["width"]) for box in boxes if box]
    rows = [[each for each in ends if abs(each[0] - row) < 2] for row in {round(each[0]) for each in ends}]
    assert sum(map(len, rows)) == 7
    assert all(one[2] <= other[1] for row in rows for one, other in pairwise(sorted(row, key=lambda each: each[1])))
