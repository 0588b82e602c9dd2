"""Where arrows meet boxes, and where they bend, so that none crosses another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from user_states.explorer.moves_map.groups import Arrow, Bundle, Group, MapState
from user_states.explorer.moves_map.shapes import (
    HEAD_OVERHANG,
    LINE,
    NAME_SIZE,
    Bend,
    Box,
    Rect,
    Ribbon,
    bend_radius,
    fitting,
    head_length,
    lines_of_name,
    text_width,
)

# Pixels between arrows, and between the boxes of a group.
GAP = 3.0
BOX_GAP = 3.0
THINNEST = 1.5
PADDING = 10.0


@dataclass(frozen=True)
class LaneChange:
    """An arrow that goes from one lane to another in the space between two groups."""

    arrow: Arrow
    before: float
    after: float
    width: float


def packed(
    wanted: Sequence[float], sizes: Sequence[float], low: float, high: float
) -> list[float]:
    """Return places for things side by side, in order, near where they are wanted.

    Parameters
    ----------
    wanted, sizes : sequence of float
        Wanted middles and sizes, in order.
    low, high : float
        The range; if the things need more, they reach beyond its upper end.
    """
    places: list[float] = []
    end = low
    for middle, size in zip(wanted, sizes, strict=True):
        place = max(middle, end + size / 2)
        places.append(place)
        end = place + size / 2 + GAP
    end = high
    for number in reversed(range(len(places))):
        room = sum(size + GAP for size in sizes[:number])
        least = low + room + sizes[number] / 2
        places[number] = max(min(places[number], end - sizes[number] / 2), least)
        end = places[number] - sizes[number] / 2 - GAP
    return places


def needed(widths: Sequence[float]) -> float:
    """Return the room that arrows with heads need side by side."""
    return sum(width + 2 * HEAD_OVERHANG + GAP for width in widths)


def channels(crossings: Sequence[LaneChange]) -> dict[Arrow, float]:
    """Return where each arrow bends, counted from the first bend.

    Arrows are in order, before and after. Of those that bend to higher lanes the last
    bends first, of those that bend to lower lanes the first: so none crosses another.
    """
    rising = [c for c in crossings if c.after - c.before > 0.5]
    falling = [c for c in crossings if c.before - c.after > 0.5]
    places: dict[Arrow, float] = {}
    for turned in (list(reversed(rising)), falling):
        end = 0.0
        for crossing in turned:
            places[crossing.arrow] = end + crossing.width / 2
            end += crossing.width + 2 * GAP
    return places


def zone_length(crossings: Sequence[LaneChange]) -> float:
    """Return how long the space for the bends of some arrows is."""
    places = channels(crossings)
    widest = max((c.width for c in crossings), default=0.0)
    if not places:
        return head_length(widest) + 4
    radius = bend_radius(widest)
    return 2 * radius + max(places.values()) + head_length(widest) + 6


def arrow_widths(
    bundles: Mapping[Arrow, Bundle], pixels_a_user: float, widest: float
) -> dict[Arrow, float]:
    """Return the width of each arrow; the scale is at most that of the boxes."""
    most = max((bundle.n_users for bundle in bundles.values()), default=1)
    scale = min(pixels_a_user, widest / most)
    return {
        arrow: max(scale * bundle.n_users, THINNEST)
        for arrow, bundle in bundles.items()
    }


def ribbon_between(
    arrow: Arrow,
    width: float,
    bundle: Bundle,
    edges: Mapping[Group, tuple[float, float]],
    lane: float,
    bends: Sequence[Bend],
    *,
    is_upright: bool,
) -> Ribbon:
    """Return the drawn arrow of a bundle, between the edges of two groups.

    Parameters
    ----------
    arrow : Arrow
    width : float
    bundle : Bundle
    edges : mapping of Group to tuple of float
        Where each group begins and ends along the arrows.
    lane : float
        Lane on which it begins.
    bends : sequence of Bend
    is_upright : bool
        Whether arrows run from top to bottom.
    """
    start, end = arrow.ends
    is_backward = arrow in (Arrow.LEAVING_TO_RIDING, Arrow.SILENT_TO_RIDING)
    if is_backward:
        start, end = end, start
    first = 0.0 if start == Group.JOINED else edges[start][1]
    return Ribbon(
        arrow,
        first + (2 if is_backward else 0),
        edges[end][0] - (0 if is_backward else 2),
        lane,
        tuple(bends),
        width,
        tuple((key, n / bundle.n_users) for key, n in bundle.parts),
        is_backward,
        is_upright=is_upright,
    )


def stack(
    states: Sequence[MapState],
    pixels_a_user: float,
    place: Rect,
    *,
    at_left: bool,
) -> list[Box]:
    """Return the boxes of a group, one below the other.

    Parameters
    ----------
    states : sequence of MapState
    pixels_a_user : float
    place : Rect
        Left upper corner and width; the height is the least that the group has.
    at_left : bool
        Whether the name is at the left and the number at the right, if both fit into
        one line.
    """
    texts = [
        _text_in_row(state, pixels_a_user * state.n_users, place.width)
        if at_left
        else _text(state, place.width)
        for state in states
    ]
    heights = [
        max(pixels_a_user * state.n_users, (len(lines) + (not one)) * LINE + 2)
        for state, (lines, one) in zip(states, texts, strict=True)
    ]
    gaps = BOX_GAP * (len(states) - 1)
    spare = max(place.height - sum(heights) - gaps, 0.0) / max(len(states), 1)
    boxes, y = [], place.y
    for state, height, (lines, one) in zip(states, heights, texts, strict=True):
        slot = Rect(place.x, y, place.width, height + spare)
        tall = max(pixels_a_user * state.n_users, 2.0)
        rect = Rect(place.x, y + (slot.height - tall) / 2, place.width, tall)
        boxes.append(Box(state.key, slot, rect, lines, one))
        y += slot.height + BOX_GAP
    return boxes


def stack_height(boxes: Sequence[Box]) -> float:
    """Return the height of a group."""
    if not boxes:
        return 0.0
    return boxes[-1].slot.y + boxes[-1].slot.height - boxes[0].slot.y


def _text(state: MapState, width: float) -> tuple[list[str], bool]:
    """Return the lines of a name, and whether its number is on the same line."""
    number = text_width(f"{state.n_users:,}", NAME_SIZE)
    name = text_width(state.name, NAME_SIZE, bold=True)
    room = width - 2 * PADDING
    if name + number + 8 <= room:
        return [state.name], True
    return lines_of_name(state.name, room, 2), False


def _text_in_row(
    state: MapState, height: float, width: float
) -> tuple[list[str], bool]:
    """Return the same for a box of a list: one line, unless a box is high enough."""
    lines, is_one_line = _text(state, width)
    if is_one_line or height >= (len(lines) + 1) * LINE + 2:
        return lines, is_one_line
    number = text_width(f"{state.n_users:,}", NAME_SIZE)
    room = width - 2 * PADDING - number - 8
    return [fitting(state.name, room, NAME_SIZE, bold=True)], True
