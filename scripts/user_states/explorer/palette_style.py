"""The colours of the states as style: three values each, in light and in dark.

`k3` sets `--k` (fill), `--kt` (text) and `--ki` (text on the fill) of the state at
place 3 of the palette; places beyond the palette repeat its colours.
"""

from __future__ import annotations

from markupsafe import Markup

from user_states.marts import palette

# Papers and cards of the page, in light and in dark: text must be readable on each.
LIGHT_GROUNDS = ("#f8f7f3", "#ffffff", "#f5f3ee")
DARK_GROUNDS = ("#1d222b", "#171b22", "#0f1217")
# Places with a class of their own; a page with more states repeats from the first.
N_PLACES = 4 * len(palette.STATE_COLOURS)


def style() -> Markup:
    """Return the rules of every place."""
    pairs = [
        (palette.NOT_STARTED, palette.DARK_NOT_STARTED),
        *zip(palette.STATE_COLOURS, palette.DARK_COLOURS, strict=True),
    ]
    rules = []
    for place, (light, dark) in enumerate(pairs):
        names = [
            f".k{number}"
            for number in range(place, N_PLACES + 1, len(palette.STATE_COLOURS))
            if place or not number
        ]
        values = {
            "--k": (light, dark),
            "--kt": (
                palette.as_text_on(light, LIGHT_GROUNDS),
                palette.as_text_on(dark, DARK_GROUNDS),
            ),
            "--ki": (palette.readable_ink(light), palette.readable_ink(dark)),
        }
        declared = ";".join(
            f"{name}:light-dark({one},{other})" for name, (one, other) in values.items()
        )
        rules.append(f"{','.join(names)}{{{declared}}}")
    return Markup("\n".join(rules))
