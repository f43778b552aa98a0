"""One stack and one browser for all pages; what they show comes of a backfill that was begun from its form."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mlflow import MlflowClient

from support.browser import Gallery, lacking, running_browser, visit
from support.prefect_page import fill_backfill, submit
from support.prefect_server import wait_until
from support.projects import Project, recurcast
from support.shown import Shown, energy, tiny
from support.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@dataclass(frozen=True)
class RunningStack:
    """What `recurcast up` started."""

    stack: Stack
    mlflow: str
    prefect: str

    @property
    def client(self) -> MlflowClient:
        """Return a client of the store that MLflow's page shows."""
        return Project(self.stack.root).client

    def flow_runs(self, *names: str) -> list[dict[str, Any]]:
        """Return the flow runs of these names."""
        wanted = {"flow_runs": {"name": {"any_": names}}}
        answer = httpx.post(f"{self.prefect}/api/flow_runs/filter", json=wanted, timeout=30)
        answer.raise_for_status()
        return list(answer.json())

    def flow_run(self, flow_run_id: str) -> dict[str, Any]:
        """Return a flow run."""
        answer = httpx.get(f"{self.prefect}/api/flow_runs/{flow_run_id}", timeout=30)
        answer.raise_for_status()
        return dict(answer.json())


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    if lack := lacking():
        pytest.skip(lack)
    with running_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    with visit(browser) as page:
        yield page


@pytest.fixture
def expect(browser: "Browser") -> Any:
    """Playwright's assertion: it looks again until the page has caught up."""
    from playwright.sync_api import expect

    return expect


@pytest.fixture(scope="session")
def gallery(request: pytest.FixtureRequest) -> Gallery:
    folder = request.config.getoption("--screenshots")
    return Gallery(Path(folder) if folder else None)


@pytest.fixture(scope="session")
def shown(gallery: Gallery) -> Shown:
    return tiny() if gallery.folder is None else energy()


@pytest.fixture(scope="package")
def running_stack(browser: "Browser", shown: Shown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A project of one pipeline, brought up; nothing has run yet."""
    stack = Stack(shown.project_in(tmp_path_factory.mktemp("stack") / "project"), {})
    try:
        address = {each["name"]: each["address"] for each in stack.up_here()["parts"]}
        yield RunningStack(stack, address["mlflow"], address["prefect"])
    finally:
        stack.clear()


@pytest.fixture(scope="package")
def backfilled(running_stack: RunningStack, shown: Shown, browser: "Browser", gallery: Gallery) -> dict[str, Any]:
    """The flow run of a backfill over the ticks, begun from its form, once it has ended."""
    with visit(browser) as page:
        fill_backfill(page, running_stack.prefect, shown.name, shown.start, shown.end)
        gallery.keep(page, "prefect_form")
        flow_run_id = submit(page)

    def ended() -> bool:
        return running_stack.flow_run(flow_run_id)["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

    wait_until(ended, 600, "the backfill has ended")
    return running_stack.flow_run(flow_run_id)


@pytest.fixture(scope="package")
def run_by_hand(running_stack: RunningStack, shown: Shown, backfilled: dict[str, Any]) -> str:
    """The name of a run by hand after those of the backfill, which has interactive charts and a forecast."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(running_stack.stack.root)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        for command in ("run", "forecast"):
            ended = recurcast(command, shown.name, "--as-of", shown.by_hand)
            assert ended.exit_code == 0, ended.stderr
    return shown.by_hand
