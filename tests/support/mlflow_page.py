"""MLflow's page, driven as a person would: an experiment, its runs, their curves and files, the registered model."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def open_experiment(page: "Page", address: str, name: str) -> None:
    """Open the list of an experiment's runs, from the list of experiments."""
    page.goto(f"{address}/#/experiments")
    # The page opens for language models; what it is told once, it remembers.
    page.get_by_text("Model training").click()
    page.get_by_role("link", name=name, exact=True).first.click()
    page.get_by_text("matching runs").wait_for()


def link_of(page: "Page", run: str) -> "Locator":
    """Return the link of a run in the list that is open."""
    return page.get_by_role("link", name=run, exact=True).first


def expand(page: "Page", run: str) -> None:
    """Show the child runs of a run in the list that is open."""
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=run, exact=True))
    row.locator("button[data-component-id*=runnamecellrenderer]").first.click()


def open_view(page: "Page", name: str) -> None:
    """Open a saved view of the experiment that is open."""
    page.get_by_role("button", name="Views").click()
    page.get_by_text(name, exact=True).click()
    page.get_by_text("You're viewing a shared view").wait_for()


def open_charts(page: "Page") -> None:
    """Turn the list that is open into charts of its runs' metrics."""
    page.locator("label").filter(has=page.locator("input[name=runs-view-mode][value=CHART]")).click()


def open_run(page: "Page", run: str) -> None:
    """Open a run of the list that is open."""
    link_of(page, run).click()
    page.get_by_role("tab", name="Overview").wait_for()


def open_file(page: "Page", folder: str, name: str) -> None:
    """Show a file of the run that is open."""
    page.get_by_role("tab", name="Artifacts").click()
    entry = page.get_by_text(name, exact=True).first
    if not entry.is_visible():
        page.get_by_text(folder, exact=True).first.click()
    entry.click()


def open_logged_models(page: "Page") -> None:
    """Open the logged models of the experiment that is open."""
    page.get_by_role("link", name="Models", exact=True).first.click()
    page.get_by_text("Source run").wait_for()


def open_model(page: "Page", address: str, name: str) -> None:
    """Open a registered model, from the list of models."""
    page.goto(f"{address}/#/models")
    page.get_by_text("Model training").click()
    page.get_by_role("link", name=name, exact=True).first.click()
    page.get_by_text("Registered at").wait_for()


def draw_again_until(page: "Page", question: str, answer_for: object) -> None:
    """Wait until the charts are as asked; MLflow asks for their values once, and a busy server may have had none yet."""
    from playwright.sync_api import TimeoutError as TooLong

    for _ in range(3):
        try:
            page.wait_for_function(question, arg=answer_for, timeout=20_000)
        except TooLong:
            page.reload()
        else:
            return
    page.wait_for_function(question, arg=answer_for)
