"""A model of one state: nobody moves, nothing is compared, and everything says so."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from browser import NO_BROWSER, browser_program, running_browser, visit
from made_up_marts import made_up_marts, with_rows, with_values
from user_states.explorer.page import build_page
from user_states.explorer.section import PageOptions
from user_states.figures.all_figures import FIGURES, draw_figures
from user_states.figures.picture import PictureOptions
from user_states.marts.state_rows import ProfileRow, StateRow, WordRow

NO_STATES = "No behavioural states found: users differ, but do not change."
# A single state is everyone.
MARTS = with_values(
    with_rows(made_up_marts(["All users"]), {WordRow: ()}),
    {
        StateRow: {"description": NO_STATES, "stay_probability": 1.0},
        ProfileRow: {"standard_deviations_from_everyone": 0.0},
    },
)
# Figures of moves and stays alone: there are none.
NOT_DRAWN = {"state_stays", "weeks_to_reach", "rides_gained"}


@pytest.fixture(scope="module")
def page() -> str:
    return build_page(MARTS, PageOptions(lambda mart: f"marts.{mart}", 0.01))


def part(page: str, address: str) -> str:
    """Return the text of a part of the page."""
    found = re.search(rf'<section class="view" id="{address}".*?</section>', page, re.S)
    assert found
    return html.unescape(re.sub(r"<[^>]+>", " ", found[0]))


def test_the_overview_says_that_no_states_were_found(page: str) -> None:
    assert NO_STATES in part(page, "overview")


def test_no_moves_and_no_stays_are_shown(page: str) -> None:
    assert "so no user moves to another one" in part(page, "moves")
    assert 'id="sankey"' not in page
    assert 'id="graph"' not in page
    for address in ("overview", "moves", "outlook", "state-1"):
        assert "stay" not in part(page, address).lower(), address
    assert "long run" not in part(page, "outlook")


def test_the_state_is_not_compared_with_itself(page: str) -> None:
    text = part(page, "state-1")
    assert "it is everyone, and nothing is compared" in text
    assert "Standard deviations" not in text
    assert 'data-chart="fingerprint-1"' not in page
    assert "Rode in the week" in text


def test_every_other_figure_is_drawn(tmp_path: Path) -> None:
    drawn = list(draw_figures(MARTS, PictureOptions(0.01, 12), tmp_path, FIGURES))
    assert {each.name for each in drawn if each.problem} == NOT_DRAWN
    for name in ("transition_graph", "transition_heatmap", "state_outlook"):
        text = " ".join(re.findall(r"[\w ,]+", (tmp_path / f"{name}.svg").read_text()))
        assert "There is only one state, so no user moves" in text, name
    profiles = (tmp_path / "state_profiles.svg").read_text("utf-8")
    assert "What users do in a week" in profiles
    assert "±0.0" not in profiles


@pytest.mark.skipif(browser_program() is None, reason=NO_BROWSER)
def test_every_part_opens_without_a_complaint(tmp_path: Path, page: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8")
    with running_browser() as browser, visit(browser, path) as seen:
        for address in ("overview", "state-1", "moves", "outlook", "quality", "about"):
            seen.go(address)
