"""What each feature adds for single customers: a dot a customer (a beeswarm)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, element, stretched, vertical
from user_states.explorer.svg.scales import Scale, reach
from user_states.explorer.words import starting_large
from user_states.marts.propensity_mart_rows import PropensityPointRow
from user_states.marts.reason_words import ReasonWords

WIDTH, HEIGHT = 1000.0, 44.0
# Dots of one column are so far apart; columns are so wide.
STEP, COLUMN = 3.4, 7.0
# Colours from little to much of a feature.
N_COLOURS = 5


@dataclass(frozen=True)
class Swarm:
    """The dots of one feature."""

    name: str
    drawing: Markup


def swarms_of(points: Sequence[PropensityPointRow], words: ReasonWords) -> list[Swarm]:
    """Return the dots of each feature, on one scale around no effect.

    Parameters
    ----------
    points : sequence of PropensityPointRow
        Of one target and class, by feature.
    words : ReasonWords
    """
    found: dict[str, list[PropensityPointRow]] = {}
    for point in points:
        found.setdefault(point.feature, []).append(point)
    most = reach((point.contribution for point in points), 1e-9)
    scale = Scale(-most, most, 12, WIDTH - 12)
    return [
        Swarm(starting_large(words.of(feature)), _drawn(own, scale))
        for feature, own in found.items()
    ]


def _drawn(points: Sequence[PropensityPointRow], scale: Scale) -> Markup:
    """Return dots that pile up around the middle where many lie."""
    piles: dict[int, int] = defaultdict(int)
    paths: dict[str, list[str]] = defaultdict(list)
    for point in sorted(points, key=lambda each: each.contribution):
        x = scale.at(point.contribution)
        column = int(x / COLUMN)
        n_before = piles[column]
        piles[column] += 1
        side = 1 if n_before % 2 else -1
        away = STEP * ((n_before + 1) // 2)
        # A high pile folds back into the row.
        y = HEIGHT / 2 + side * (away % (HEIGHT / 2 - 4))
        paths[colour_of_value(point.value_place)].append(f"M{x:.0f} {y:.0f}h0")
    dots = [
        element("path", d="".join(dict.fromkeys(own)), class_=f"swarm {colour}")
        for colour, own in sorted(paths.items())
    ]
    return chart(
        int(HEIGHT),
        "",
        vertical("50%", 0, HEIGHT, "axis"),
        stretched(WIDTH, HEIGHT, *dots),
    )


def colour_of_value(value_place: float | None) -> str:
    """Return the class of a value's colour; one that is not known has its own."""
    if value_place is None:
        return "v-none"
    return f"v{min(int(N_COLOURS * value_place), N_COLOURS - 1)}"
