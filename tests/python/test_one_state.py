"""A model of one state: nobody moves, nothing is compared, and everything says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from browser import NO_BROWSER, browser_program, running_browser, visit
from made_up_marts import made_up_marts, with_rows, with_values
from user_states.explorer.page import build_page
from user_states.explorer.scene import PageOptions
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
    return build_page(MARTS, PageOptions(lambda mart: f"marts.{mart}"))


def test_the_page_says_that_there_is_one_state(page: str) -> None:
    words = re.sub("<[^>]+>", "", page)
    assert "There is one state: All users" in words
    assert "most of the money" not in page


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
def test_the_page_opens_without_a_complaint(tmp_path: Path, page: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8")
    with running_browser() as browser, visit(browser, path) as seen:
        assert seen.count(".part") > 0
