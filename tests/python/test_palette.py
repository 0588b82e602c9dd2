"""Colours of states, which people with a colour vision deficiency can distinguish."""

from __future__ import annotations

import numpy as np
import pytest

from colour_vision import (
    DEUTERANOPIA,
    NORMAL,
    PROTANOPIA,
    TRITANOPIA,
    Floats,
    distances,
)
from user_states.explorer.palette_style import DARK_GROUNDS, LIGHT_GROUNDS
from user_states.marts import palette

THEMES = {
    "light": (palette.NOT_STARTED, *palette.STATE_COLOURS),
    "dark": (palette.DARK_NOT_STARTED, *palette.DARK_COLOURS),
}
GROUNDS = {"light": LIGHT_GROUNDS, "dark": DARK_GROUNDS}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("vision", "least"),
    [(NORMAL, 16.5), (PROTANOPIA, 11), (DEUTERANOPIA, 11), (TRITANOPIA, 11)],
    ids=["normal", "protanopia", "deuteranopia", "tritanopia"],
)
def test_any_two_states_can_be_distinguished(
    vision: Floats, least: float, theme: str
) -> None:
    apart = distances(THEMES[theme], vision)
    pairs = apart[np.triu_indices(len(apart), k=1)]
    assert len(pairs) == 14 * 13 / 2
    assert pairs.min() >= least


@pytest.mark.parametrize("theme", THEMES)
def test_the_first_colours_of_each_family_differ_most(theme: str) -> None:
    first = [THEMES[theme][place] for place in (1, 2, 3, 6, 7, 10, 12)]
    for vision in (PROTANOPIA, DEUTERANOPIA, TRITANOPIA):
        apart = distances(first, vision)
        assert apart[np.triu_indices(len(apart), k=1)].min() >= 16


@pytest.mark.parametrize("theme", THEMES)
def test_fills_and_texts_of_states_stand_out_from_the_paper(theme: str) -> None:
    """Contrast of at least 3 to 1 for fills and 4.5 to 1 for text, as WCAG 2.2 says."""
    grounds = GROUNDS[theme]
    for colour in THEMES[theme]:
        text = palette.as_text_on(colour, grounds)
        assert min(palette.contrast(text, ground) for ground in grounds) >= 4.5
        assert min(palette.contrast(colour, ground) for ground in grounds) >= 3
        assert palette.contrast(colour, palette.readable_ink(colour)) >= 4.5


def test_the_simulation_brings_confused_colours_together() -> None:
    # Red and green of equal lightness, which are far apart in normal vision.
    red, green = "#c04040", "#707000"
    assert distances([red, green], NORMAL)[0, 1] > 50
    assert distances([red, green], DEUTERANOPIA)[0, 1] < 20
    # Grey stays grey, because the rows of the matrices sum to 1.
    for vision in (PROTANOPIA, DEUTERANOPIA, TRITANOPIA):
        np.testing.assert_allclose(vision.sum(axis=1), 1, atol=1e-5)


def test_a_state_that_repeats_a_colour_has_another_hatch_and_marker() -> None:
    styles = [palette.style_at(place) for place in range(1, 51)]
    looks = [(style.colour, style.hatch) for style in styles]
    assert len(set(looks)) == 50
    first, again = styles[0], styles[13]
    assert first.colour == again.colour
    assert first.hatch != again.hatch
