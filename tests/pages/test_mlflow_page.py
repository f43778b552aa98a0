"""MLflow's page in a real browser."""

import re
from typing import TYPE_CHECKING, Any

import pytest

from recurcast.config import USUAL
from support.browser import Gallery
from support.mlflow_page import (
    draw_again_until,
    expand,
    link_of,
    open_charts,
    open_experiment,
    open_file,
    open_logged_models,
    open_model,
    open_run,
    open_view,
)
from support.projects import recurcast
from support.shown import Shown

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from playwright.sync_api import Page

DRAWN = """epochs => [...document.querySelectorAll(".js-plotly-plot")].filter(
    plot => Object.entries(epochs).every(([name, n]) => plot.data.some(line => line.name === name && line.x.length === n))
).length >= 2"""
"""Whether each of the first two charts has a line for every run, with so many points."""


def epochs_of(client: "MlflowClient", experiment: str, run: str) -> dict[str, int]:
    """For how many epochs each cell of a run was trained, by the name of the cell's run."""
    (experiment_id,) = [each.experiment_id for each in client.search_experiments() if each.name == experiment]
    cells = client.search_runs([experiment_id], f"tags.as_of = '{run}' and tags.cell LIKE '%'")
    return {
        each.info.run_name: len(client.get_metric_history(each.info.run_id, "loss/train"))
        for each in cells
        if "cell" in each.data.tags
    }


def test_an_experiment_is_described_and_a_run_stands_with_its_three_cells(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, run_by_hand: str, gallery: Gallery
) -> None:
    open_experiment(page, running_stack.mlflow, shown.name)
    expect(page.get_by_text(shown.pipeline["description"]).first).to_be_visible()
    expand(page, run_by_hand)
    for cell in USUAL:
        expect(link_of(page, f"{cell} {run_by_hand}")).to_be_visible()
    gallery.keep(page, "mlflow_list", height=720)


def test_the_view_of_the_verdicts_shows_one_for_each_interval(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, run_by_hand: str, gallery: Gallery
) -> None:
    open_experiment(page, running_stack.mlflow, shown.name)
    open_view(page, "Verdicts")
    for tick in (*shown.ticks, run_by_hand):
        expect(link_of(page, tick)).to_be_visible()
    verdicts = page.get_by_role("gridcell", name=re.compile("^(promote|keep|reject)$"))
    expect(verdicts).to_have_count(len(shown.ticks) + 1)
    gallery.keep(page, "mlflow_verdicts", height=720)


def test_the_view_of_the_cells_overlays_their_curves_with_a_point_for_each_epoch(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, run_by_hand: str, gallery: Gallery
) -> None:
    epochs = epochs_of(running_stack.client, shown.name, run_by_hand)
    assert sorted(epochs) == sorted(f"{cell} {run_by_hand}" for cell in USUAL)
    assert min(epochs.values()) > 1

    open_experiment(page, running_stack.mlflow, shown.name)
    open_view(page, "Cells and their curves")
    open_charts(page)
    for metric in ("loss/train", "loss/validation"):
        expect(page.get_by_text(metric, exact=True).first).to_be_visible()
    draw_again_until(page, DRAWN, epochs)
    gallery.keep(page, "mlflow_curves", height=720)


def test_a_run_says_its_verdict_and_shows_its_dataset_and_charts(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, run_by_hand: str, gallery: Gallery
) -> None:
    open_experiment(page, running_stack.mlflow, shown.name)
    open_run(page, run_by_hand)
    expect(page.get_by_text("on the test windows").first).to_be_visible()
    expect(page.get_by_text("Train, Validation And Test").first).to_be_visible()
    for cell in USUAL:
        expect(link_of(page, f"{cell} {run_by_hand}")).to_be_visible()
    page.get_by_text("Show more").first.click()
    expect(page.get_by_role("cell", name="seasonal_naive").first).to_be_visible()
    gallery.keep(page, "mlflow_run", height=720)

    open_file(page, "charts", "comparison.png")
    chart = page.get_by_role("img", name="charts/comparison.png").first
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    open_file(page, "charts", "interactive.html")
    drawn = page.frame_locator("iframe").locator(".js-plotly-plot")
    expect(drawn).to_have_count(1)
    expect(drawn.locator(".main-svg").first).to_be_visible()
    expect(page.frame_locator("iframe").get_by_role("img", name="loss per epoch")).to_be_visible()
    gallery.keep(page.locator("iframe"), "mlflow_interactive")


def test_logged_models_stand_with_their_runs_versions_and_datasets(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, run_by_hand: str
) -> None:
    open_experiment(page, running_stack.mlflow, shown.name)
    open_logged_models(page)

    for cell in USUAL:
        expect(link_of(page, f"{cell} {run_by_hand}")).to_be_visible()
    expect(page.get_by_role("link", name=shown.name).filter(has_text="v1").first).to_be_visible()
    expect(page.get_by_text("Ready").first).to_be_visible()


def test_the_registered_model_is_described_its_versions_say_their_verdict_and_one_is_champion(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, run_by_hand: str, gallery: Gallery
) -> None:
    versions = running_stack.client.search_model_versions(f"name='{shown.name}'")
    judged = {int(each.version): each.tags["decision"] for each in versions if "decision" in each.tags}
    champion = int(running_stack.client.get_model_version_by_alias(shown.name, "champion").version)
    assert len(judged) == len(shown.ticks) + 1

    open_model(page, running_stack.mlflow, shown.name)

    expect(page.get_by_text(shown.pipeline["description"]).first).to_be_visible()
    for number, decision in judged.items():
        version = page.get_by_role("row").filter(has=page.get_by_role("link", name=f"Version {number}", exact=True))
        expect(version).to_contain_text(decision)
        shows = expect(version).to_contain_text if number == champion else expect(version).not_to_contain_text
        shows("@\N{NO-BREAK SPACE}champion")
    page.get_by_role("button", name="Tags").first.click()  # the history, long, stands before the versions
    gallery.keep(page, "mlflow_registered", height=785)


def test_the_address_that_a_run_prints_opens_that_run_among_those_that_train(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, run_by_hand: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(running_stack.stack.root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    printed = recurcast("run", shown.name, "--as-of", run_by_hand).stdout
    (address,) = re.findall(r"MLflow's page: (\S+)", printed)

    page.goto(address)
    expect(page.get_by_role("tab", name="Overview")).to_be_visible()
    expect(page.get_by_role("link", name="Model registry").first).to_be_visible()
    expect(page.get_by_text("Observability")).to_have_count(0)
    assert page.url == address
