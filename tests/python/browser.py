"""The installed Chromium as a browser for tests, which records what a page does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's sandbox does not work for root. The last four stop requests to Google.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_BROWSER = (
    f"found no browser as {', '.join(PROGRAMS)}: install Chromium to run these tests"
)
# Milliseconds.
PATIENCE = 15_000


def browser_program() -> str | None:
    """Return the path of the machine's Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start the machine's browser, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_program(), args=list(ARGUMENTS)
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """An open page, and everything it did that it should not do.

    Attributes
    ----------
    page : Page
    complaints : list of str
        Lines on the console, errors, dialogs, and requests other than for the page.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, view: str) -> None:
        """Open a part of the page by its address."""
        self.page.evaluate("view => { location.hash = view }", view)
        self.page.wait_for_selector(f"#{view}.open")

    def choose(self, filter_name: str, value: str) -> None:
        """Choose a city or platform, and wait until its users are shown."""
        self.page.locator(f"[data-filter={filter_name}]").select_option(value)
        shown = ".shown" if value else "main:not(:has(.shown))"
        self.page.wait_for_selector(shown, state="attached")

    def count(self, selector: str) -> int:
        """Return how many elements match a selector."""
        return self.page.locator(selector).count()


@contextmanager
def visit(
    browser: Browser,
    path: Path,
    width: int = 1280,
    *,
    with_scripts: bool = True,
    dark: bool = False,
) -> Iterator[Visit]:
    """Open a file and watch it; fail at the end if there were complaints."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        java_script_enabled=with_scripts,
        color_scheme="dark" if dark else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    seen = Visit(page)
    page.on("console", lambda line: seen.complaints.append(f"console: {line.text}"))
    page.on("pageerror", lambda error: seen.complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: seen.complaints.append(f"dialog: {dialog}"))
    page.on(
        "request",
        lambda request: (
            seen.complaints.append(f"request: {request.url}")
            if request.url.partition("#")[0] != path.as_uri()
            else None
        ),
    )
    page.goto(path.as_uri())
    yield seen
    context.close()
    assert seen.complaints == []
