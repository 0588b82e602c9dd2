"""What users of a state do next, and how many are still in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.flows import Flows
from user_states.explorer.naming import called
from user_states.explorer.scene import Scene
from user_states.explorer.svg.bars import meter
from user_states.explorer.svg.elements import chart, rectangle, text
from user_states.explorer.svg.scales import per_cent
from user_states.explorer.words import listed
from user_states.explorer.words.numbers import in_words, whole_percents
from user_states.marts.state_rows import ShownState

BAR = 25
# In per cent of the width; a number fits into a segment from here on.
LEAST_FOR_NUMBER = 5.0
MOST_NAMED = 3


@dataclass(frozen=True)
class Next:
    """What 100 users of a state do some weeks later."""

    drawing: Markup
    words: Markup


def next_of(scene: Scene, flows: Flows, state: ShownState) -> Next | None:
    """Return what users of a state do; None if too few were in it."""
    counts = flows.leaving(state.state_key)
    total = sum(counts.values())
    fewest = scene.options.min_cell_users
    if total < fewest:
        return None
    states = {other.state_key: other for other in scene.states}
    own = counts.pop(state.state_key, 0)
    told = {key: n for key, n in counts.items() if n >= fewest}
    rest = sum(counts.values()) - sum(told.values())
    sizes = [own, *told.values(), rest]
    hundreds = whole_percents(sizes)
    colours = [f"k{state.place}", *(f"k{states[key].place}" for key in told), "kept"]
    names = [
        "still in it",
        *(f"in {states[key].state_short_name}" for key in told),
        "elsewhere",
    ]
    parts, start = [], 0.0
    for colour, name, size, n in zip(colours, names, sizes, hundreds, strict=True):
        width = 100 * size / total
        tip = f"{n} of 100 {name}"
        parts.append(
            rectangle(
                per_cent(start), 0, per_cent(width), BAR, f"{colour} seam", tip=tip
            )
        )
        if width >= LEAST_FOR_NUMBER:
            on = f"on {colour}" if colour != "kept" else "strong"
            middle = per_cent(start + width / 2)
            parts.append(text(middle, BAR / 2 + 4.3, str(n), on, "middle"))
        start += width
    moved: list[str] = [
        Markup("{} in {}").format(n, called(states[key]))
        for n, key in zip(hundreds[1:-1], told, strict=True)
        if n
    ]
    more = sum(hundreds[1 + MOST_NAMED :]) if len(moved) > MOST_NAMED else hundreds[-1]
    said: list[str] = [f"{hundreds[0]} are still in it", *moved[:MOST_NAMED]]
    if more:
        said.append(f"{more} elsewhere")
    words = Markup("{}.").format(listed(said))
    return Next(chart(BAR, "", *parts, kind="next"), words)


@dataclass(frozen=True)
class Still:
    """How many of 100 users of a state are in it some weeks later."""

    when: str
    n_of_100: int
    drawing: Markup


def still_of(scene: Scene, flows: Sequence[Flows], state: ShownState) -> list[Still]:
    """Return how many users are in the state after each time; nothing of too few."""
    found = []
    for each in flows:
        counts = each.leaving(state.state_key)
        total = sum(counts.values())
        if total >= scene.options.min_cell_users:
            own = counts.get(state.state_key, 0)
            when = f"after {in_words(each.weeks)} weeks"
            n_of_100 = whole_percents([own, total - own])[0]
            found.append(Still(when, n_of_100, meter(own / total, f"k{state.place}")))
    return found
