"""A rectangle cut into smaller ones whose areas are values, each near a square."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Plot:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


def squarified(values: Sequence[float], whole: Plot) -> list[Plot]:
    """Return a box for each value; together they fill the whole.

    Rows are laid along the shorter side of what is left, and a row takes boxes as long
    as the longest of them becomes less long (Bruls, Huizing and van Wijk 2000,
    Squarified treemaps).

    Parameters
    ----------
    values : sequence of float
        Above 0; the largest first.
    whole : Plot
    """
    left = list(values)
    if not left:
        return []
    scale = whole.width * whole.height / sum(left)
    areas = [value * scale for value in left]
    found: list[Plot] = []
    room, start = whole, 0
    while start < len(areas):
        side = min(room.width, room.height)
        end = start + 1
        while end < len(areas) and _longest(areas[start : end + 1], side) <= _longest(
            areas[start:end], side
        ):
            end += 1
        row, room = _laid(areas[start:end], room)
        found += row
        start = end
    return found


def _longest(areas: Sequence[float], side: float) -> float:
    """Return the largest ratio of the sides of boxes in one row."""
    depth = sum(areas) / side
    return max(max(depth / (a / depth), (a / depth) / depth) for a in areas)


def _laid(areas: Sequence[float], room: Plot) -> tuple[list[Plot], Plot]:
    """Return the boxes of a row along the shorter side, and the room that is left."""
    is_upright = room.width >= room.height
    side = room.height if is_upright else room.width
    depth = sum(areas) / side
    boxes, place = [], 0.0
    for area in areas:
        length = area / depth
        boxes.append(
            Plot(room.x, room.y + place, depth, length)
            if is_upright
            else Plot(room.x + place, room.y, length, depth)
        )
        place += length
    if is_upright:
        return boxes, Plot(room.x + depth, room.y, room.width - depth, room.height)
    return boxes, Plot(room.x, room.y + depth, room.width, room.height - depth)
