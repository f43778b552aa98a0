"""Prefect's page, driven as a person would: deployments, the form of a backfill, flow runs and their artifacts."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def open_deployments(page: "Page", address: str) -> None:
    """Open the list of deployments."""
    page.goto(f"{address}/deployments")
    page.get_by_role("link", name="backfill", exact=True).first.wait_for()


def row_of(page: "Page", deployment: str, flow: str) -> "Locator":
    """Return a deployment's row in the list."""
    named = page.get_by_role("row").filter(has=page.get_by_role("link", name=deployment, exact=True))
    return named.filter(has=page.get_by_role("link", name=flow, exact=True))


def fill_backfill(page: "Page", address: str, pipeline: str, start: str, end: str) -> None:
    """Fill in the form of `backfill/backfill` and leave it there; instants are written 2024-06-01T00:00, in UTC."""
    open_deployments(page, address)
    page.get_by_role("link", name="backfill", exact=True).first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").click()
    _field(page, "pipeline").get_by_role("textbox").fill(pipeline)
    _choose_instant(page, "start", start)
    _field(page, "end").get_by_role("button", name="date-time").click()
    _choose_instant(page, "end", end)


def submit(page: "Page") -> str:
    """Submit a form and return the id of the flow run that came of it."""
    with page.expect_response(re.compile("/create_flow_run$")) as created:
        page.get_by_role("button", name="Submit").click()
    assert created.value.ok, created.value.text()
    return str(created.value.json()["id"])


def open_flow_run(page: "Page", address: str, flow_run_id: str, state: str = "Completed") -> None:
    """Open a flow run and wait until its state is shown."""
    page.goto(f"{address}/runs/flow-run/{flow_run_id}")
    page.get_by_text(state, exact=True).first.wait_for()


def open_artifacts(page: "Page") -> None:
    """Show the artifacts of the flow run that is open."""
    page.get_by_text("Artifacts", exact=True).click()


def open_artifact(page: "Page", key: str) -> None:
    """Open one of the artifacts that are shown."""
    page.get_by_role("link").filter(has=page.get_by_text(key, exact=True)).click()
    page.wait_for_url("**/artifacts/artifact/*")


def _field(page: "Page", name: str) -> "Locator":
    label = page.locator("label", has_text=re.compile(rf"^\s*{name}( \(Optional\))?\s*$"))
    return page.locator(".p-label").filter(has=label)


def _choose_instant(page: "Page", name: str, instant: str) -> None:
    day, _, clock = instant.partition("T")
    _field(page, name).get_by_text("Select date and time").click()
    page.locator("input[type=date]").fill(day)
    page.locator("input[type=time]").fill(clock)
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Apply").wait_for(state="detached")
