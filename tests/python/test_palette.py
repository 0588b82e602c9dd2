"""Colours of states, which people with a colour vision deficiency can distinguish."""

from __future__ import annotations

import numpy as np
import pytest

from colour_vision import DEUTERANOPIA, NORMAL, PROTANOPIA, Floats, distances
from user_states.marts import palette


@pytest.mark.parametrize(
    ("vision", "least"),
    [(NORMAL, 35), (PROTANOPIA, 23), (DEUTERANOPIA, 23)],
    ids=["normal", "protanopia", "deuteranopia"],
)
def test_any_two_states_can_be_distinguished(vision: Floats, least: float) -> None:
    apart = distances(palette.STATE_COLOURS, vision)
    pairs = apart[np.triu_indices(len(apart), k=1)]
    assert len(pairs) == 13 * 12 / 2
    assert pairs.min() >= least


@pytest.mark.parametrize("vision", [NORMAL, PROTANOPIA, DEUTERANOPIA])
def test_not_started_differs_from_the_colours_of_states(vision: Floats) -> None:
    apart = distances([palette.NOT_STARTED, *palette.STATE_COLOURS], vision)[0, 1:]
    assert apart.min() >= 12


def test_the_simulation_brings_confused_colours_together() -> None:
    # Red and green of equal lightness, which are far apart in normal vision.
    red, green = "#c04040", "#707000"
    assert distances([red, green], NORMAL)[0, 1] > 50
    assert distances([red, green], DEUTERANOPIA)[0, 1] < 20
    # Grey stays grey, because the rows of the matrices sum to 1.
    for vision in (PROTANOPIA, DEUTERANOPIA):
        np.testing.assert_allclose(vision.sum(axis=1), 1, atol=1e-5)


def test_a_state_that_repeats_a_colour_has_another_hatch_and_marker() -> None:
    styles = [palette.style_at(place) for place in range(1, 51)]
    looks = [(style.colour, style.hatch) for style in styles]
    assert len(set(looks)) == 50
    first, again = styles[0], styles[13]
    assert first.colour == again.colour
    assert first.hatch != again.hatch


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", *palette.STATE_COLOURS])
def test_text_on_a_colour_can_be_read(colour: str) -> None:
    """The contrast is at least 4.5 to 1, as WCAG 2.2 requires for text."""
    lightness = [
        palette.relative_luminance(c) + 0.05
        for c in (colour, palette.readable_ink(colour))
    ]
    assert max(lightness) / min(lightness) >= 4.5
