"""A real browser: the system's Chromium, a page per test, and nothing but this machine within its reach."""

import importlib.util
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Route

SECONDS = 60
"""A wait's longest; on a busy machine MLflow's page takes a quarter of a minute to be drawn."""
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ELSEWHERE = re.compile(r"^(https?|wss?)://(?!(127\.0\.0\.1|localhost)[:/])")
_HARMLESS = re.compile(r"ResizeObserver loop")
_PREPARED = """
    localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
    localStorage.setItem('mlflow.assistant.panelOpen_v1', 'false');
    localStorage.setItem('_mlflow_model_registry_promo_modal_dismissed_v1', 'true');
"""
"""What MLflow lays over its page at a first visit has been seen."""


def lacking() -> str | None:
    """Return what a browser needs and is not there, or none."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    if _chromium() is None:
        return "Chromium is not installed"
    return None


def _chromium() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def running_browser() -> Iterator["Browser"]:
    """Give a browser without a window."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=SECONDS * 1000)
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=options)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page, what it asked of other machines, and what its programs complained of."""

    page: "Page"
    asked_elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def refuse(self, route: "Route") -> None:
        self.asked_elsewhere.append(route.request.url)
        route.abort()

    def hear(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def fail(self, error: "Error") -> None:
        if not _HARMLESS.search(error.message):
            self.errors.append(error.message)


@contextmanager
def visit(browser: "Browser", width: int = 1500, height: int = 950, *, offline: bool = False) -> Iterator["Page"]:
    """Give a page of its own, and fail where it asked for anything that this machine has not, or a program of it failed.

    What stands on the console as an error is printed. An `offline` page may ask for files only.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, timezone_id="UTC", locale="en-GB")
    context.add_init_script("try {" + _PREPARED + "} catch { /* a page of a file has none */ }")
    context.set_default_timeout(SECONDS * 1000)
    visited = Visit(context.new_page())
    context.route(re.compile(r"^(https?|wss?)://") if offline else _ELSEWHERE, visited.refuse)
    visited.page.on("console", visited.hear)
    visited.page.on("pageerror", visited.fail)
    try:
        yield visited.page
    finally:
        context.close()
        print("on the browser's console:", *visited.complaints, sep="\n  ")  # noqa: T201  # shown where a test fails
    assert visited.asked_elsewhere == [], visited.asked_elsewhere
    assert visited.errors == [], visited.errors


@dataclass(frozen=True)
class Gallery:
    """Where pictures of pages are kept; without a folder none are taken."""

    folder: Path | None

    def keep(self, seen: "Page | Locator", name: str, *, height: int | None = None) -> None:
        """Keep a picture of a page as it is seen now, or of its upper part, or of a part of its own."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.png"
        size = getattr(seen, "viewport_size", None)
        if size is None:
            seen.screenshot(path=path)
        else:
            clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
            seen.screenshot(path=path, clip=clip)  # type: ignore[call-arg]
