"""Columns over time, stacked above and below a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, horizontal, rectangle, text
from user_states.explorer.svg.labels import spread, text_width
from user_states.explorer.svg.scales import Scale, per_cent, round_values
from user_states.explorer.words.numbers import number

TOP, FOOT = 12, 24
# Pixels between the baselines of labels beside the last column.
LINE = 18


@dataclass(frozen=True)
class Layer:
    """One layer of all columns.

    Attributes
    ----------
    name : str
        Of the layer, after its value: `new`.
    class_ : str
        Colour of the fill.
    text_class : str
        Colour of the label.
    values : sequence of float
        One a column; negative ones are below the line.
    """

    name: str
    class_: str
    text_class: str
    values: Sequence[float]


def stacked(
    layers: Sequence[Layer],
    labels: Sequence[str],
    tips: Sequence[str],
    *,
    height: int,
    room: int,
    with_names: bool,
) -> Markup:
    """Return stacked columns.

    Parameters
    ----------
    layers : sequence of Layer
        Those above the line from the bottom up; then those below it.
    labels : sequence of str
        Below the columns; as many are written as have room.
    tips : sequence of str
        One a column.
    height : int
        Pixels.
    room : int
        Least width of the chart in pixels.
    with_names : bool
        Whether the layers are named beside the last column.
    """
    n = len(labels)
    tops = [sum(max(layer.values[i], 0) for layer in layers) for i in range(n)]
    lows = [sum(min(layer.values[i], 0) for layer in layers) for i in range(n)]
    down = Scale(min(lows), max([*tops, 1.0]) * 1.02, height - FOOT, TOP)
    ticks = round_values(0, max(tops), 3)[1:]
    widest = max((text_width(number(value), 12) for value in ticks), default=0)
    start = 100 * (widest + 6) / room
    end = 100 * (1 - NAMES_ROOM / room) if with_names else 100.0
    step = (end - start) / n
    parts: list[Markup] = []
    for value in ticks:
        parts.append(horizontal(down.at(value), "", per_cent(start), per_cent(end)))
        parts.append(text("0%", down.at(value) + 4, number(value), "pale"))
    for i in range(n):
        left = start + step * (i + 0.09)
        parts += _column(layers, i, left, 0.82 * step, down)
        # The whole column shows the tip, also where a layer is thin.
        parts.append(
            rectangle(
                per_cent(left),
                down.at(tops[i]),
                per_cent(0.82 * step),
                down.at(lows[i]) - down.at(tops[i]),
                "clear",
                tip=tips[i],
            )
        )
    parts.append(horizontal(down.at(0), "axis", per_cent(start), per_cent(end)))
    every = _every(labels, room * step / 100)
    for i in range(n):
        if (n - 1 - i) % every == 0:
            is_cut = i == n - 1 and not with_names
            place = end if is_cut else start + step * (i + 0.5)
            anchor = "end" if is_cut else "middle"
            parts.append(text(per_cent(place), height - 6, labels[i], "pale", anchor))
    if with_names:
        parts += _names(layers, down, per_cent(end + 1.2), height)
    return chart(height, "", *parts)


# Pixels right of the last column for the names.
NAMES_ROOM = 170


def _column(
    layers: Sequence[Layer], i: int, left: float, width: float, down: Scale
) -> list[Markup]:
    found, above, below = [], 0.0, 0.0
    for layer in layers:
        value = layer.values[i]
        if not value:
            continue
        start = above if value > 0 else below
        high, low = max(start, start + value), min(start, start + value)
        found.append(
            rectangle(
                per_cent(left),
                down.at(high),
                per_cent(width),
                down.at(low) - down.at(high),
                f"{layer.class_} seam",
            )
        )
        if value > 0:
            above += value
        else:
            below += value
    return found


def _every(labels: Sequence[str], width: float) -> int:
    """Return that every so many columns can be labelled."""
    widest = max(text_width(label, 12) for label in labels) + 10
    return max(1, -(-int(widest) // max(int(width), 1)))


def _names(layers: Sequence[Layer], down: Scale, x: str, height: int) -> list[Markup]:
    """Return the layers' newest values and names beside the last column."""
    places, above, below = [], 0.0, 0.0
    for layer in layers:
        value = layer.values[-1]
        start = above if value > 0 else below
        places.append((down.at(start + value / 2) + 4, layer))
        if value > 0:
            above += value
        else:
            below += value
    places.sort(key=lambda pair: pair[0])
    moved = spread([y for y, _ in places], LINE, height - FOOT + 12)
    return [
        text(x, y, f"{number(abs(layer.values[-1]))} {layer.name}", layer.text_class)
        for y, (_, layer) in zip(moved, places, strict=True)
    ]
