"""Prefect's page in a real browser."""

import re
from typing import TYPE_CHECKING, Any

from support.browser import Gallery
from support.prefect_page import open_artifact, open_artifacts, open_deployments, open_flow_run, row_of
from support.shown import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_deployments_stand_there_with_their_schedules(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, gallery: Gallery
) -> None:
    open_deployments(page, running_stack.prefect)

    for flow in ("train", "forecast"):
        expect(row_of(page, shown.name, flow)).to_contain_text(
            "Every hour" if gallery.folder is None else "At 12:00 AM"
        )
    expect(row_of(page, "backfill", "backfill")).to_contain_text("Ready")
    gallery.keep(page, "prefect_deployments", height=420)


def test_a_backfill_is_begun_from_its_form_and_runs_what_was_filled_in(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, backfilled: dict[str, Any], gallery: Gallery
) -> None:
    wanted = {"pipeline": shown.name, "start": f"{shown.start}:00Z", "end": f"{shown.end}:00Z"}
    assert backfilled["state_type"] == "COMPLETED", backfilled["state"]["message"]
    assert {name: backfilled["parameters"][name] for name in wanted} == wanted
    intervals = running_stack.flow_runs(*(f"{shown.name} {tick}" for tick in shown.ticks))
    assert [each["state_type"] for each in intervals] == ["COMPLETED"] * len(shown.ticks)

    open_flow_run(page, running_stack.prefect, backfilled["id"])
    open_artifacts(page)
    for artifact in ("backfill", "backfill-plan", "backfill-progress"):
        expect(page.get_by_role("link", name=f"{artifact}-{shown.name}", exact=False).first).to_be_visible()
    gallery.keep(page, "prefect_backfill", height=860)
    open_artifact(page, f"backfill-{shown.name}")
    for tick in shown.ticks:
        expect(page.locator("td").filter(has_text=tick)).to_be_visible()


def test_the_card_of_a_run_tells_verdict_reason_leaderboard_and_charts_and_leads_to_mlflow(
    page: "Page", expect: Any, running_stack: Any, shown: Shown, backfilled: dict[str, Any], gallery: Gallery
) -> None:
    (run,) = running_stack.flow_runs(f"{shown.name} {shown.promoted}")
    open_flow_run(page, running_stack.prefect, run["id"])
    open_artifacts(page)
    open_artifact(page, f"run-{shown.name}")

    expect(page.get_by_role("heading", name="PROMOTE")).to_be_visible()
    expect(page.get_by_text(re.compile(r"on the test windows beats the \w+'s")).first).to_be_visible()
    for competitor in ("rnn", "lstm", "gru", "naive"):
        expect(page.get_by_role("row", name=competitor).first).to_be_visible()
    chart = page.get_by_role("img", name="scores of all competitors")
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.naturalWidth") > 500
    version = re.compile("^" + re.escape(f"{running_stack.mlflow}/#/models/{shown.name}/versions/"))
    expect(page.get_by_role("link", name=f"{shown.name}, version")).to_have_attribute("href", version)
    gallery.keep(page, "prefect_card", height=900)
