"""Make the two pictures in README.md from the files that the demo wrote to target/.

python tests/python/readme_pictures.py

`make pictures` draws the figure and writes the page first. This is not a test; it is
here because it uses the same browser as the tests.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from browser import NO_BROWSER, PATIENCE, browser_program, running_browser

PROJECT = Path(__file__).resolve().parents[2]
FIGURE = PROJECT / "target/figures/transition_graph.png"
EXPLORER = PROJECT / "target/explorer.html"
FOLDER = PROJECT / "docs/pictures"
# Pixels: the width at which a README is shown, and not much more in height.
FIGURE_WIDTH = 1100
PAGE_SIZE = (1280, 900)
# Colours of a picture: flat areas and text need no more, and the file is a third as
# large.
N_COLOURS = 256


def scale_figure() -> None:
    """Save the graph of moves, scaled down."""
    with Image.open(FIGURE) as picture:
        height = round(picture.height * FIGURE_WIDTH / picture.width)
        scaled = picture.convert("RGB").resize((FIGURE_WIDTH, height))
    save(scaled, "states.png")


def take_page(browser: Browser) -> None:
    """Save the top of the explorer's page."""
    width, height = PAGE_SIZE
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE)
    page.goto(EXPLORER.as_uri())
    page.locator(".part").first.wait_for()
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        save(picture.convert("RGB"), "explorer.png")


def save(picture: Image.Image, name: str) -> None:
    """Save a picture with few colours."""
    reduced = picture.quantize(N_COLOURS, dither=Image.Dither.NONE)
    reduced.save(FOLDER / name, optimize=True)


def main() -> None:
    """Take both pictures, or report what is missing."""
    missing = [str(path) for path in (FIGURE, EXPLORER) if not path.exists()]
    if missing:
        sys.exit(f"error: found no {' and no '.join(missing)}: run make pictures")
    if browser_program() is None:
        sys.exit(f"error: {NO_BROWSER}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_browser() as browser:
        take_page(browser)
    scale_figure()


if __name__ == "__main__":
    main()
