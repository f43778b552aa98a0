"""The report in a real browser: from a file, without a network, on a phone and on paper."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.browser import visit
from support.projects import recurcast
from support.shown import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NO_WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture(scope="module")
def report(running_stack: Any, shown: Shown, run_by_hand: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the pipeline, written to a folder that is not the project's."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(running_stack.stack.root)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        ended = recurcast("report", shown.name, "--output", str(path))
    assert ended.exit_code == 0, ended.stderr
    return path


@pytest.mark.parametrize(("width", "height"), [(1200, 1000), (375, 812)])
def test_the_report_opens_from_disk_without_a_network_and_is_no_wider_than_the_window(
    browser: "Browser", expect: Any, report: Path, shown: Shown, width: int, height: int
) -> None:
    with visit(browser, width, height, offline=True) as page:
        page.goto(report.as_uri())

        expect(page.get_by_role("heading", level=1)).to_contain_text(shown.name)
        expect(page.get_by_text(shown.by_hand[:10]).first).to_be_visible()
        expect(page.locator("svg:visible").first).to_be_visible()
        assert page.evaluate(NO_WIDER_THAN_THE_WINDOW)


def test_the_report_prints(browser: "Browser", report: Path) -> None:
    with visit(browser, offline=True) as page:
        page.goto(report.as_uri())
        page.emulate_media(media="print")

        printed = page.pdf(format="A4")

    assert printed.startswith(b"%PDF")
    assert len(printed) > 20_000
