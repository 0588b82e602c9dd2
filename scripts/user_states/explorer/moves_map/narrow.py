"""The map of moves from top to bottom, for phones.

The order of arrows from left to right is the same in every space between two groups,
as in the wide form. Boxes of a group stand below each other: their names need the
width.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from user_states.explorer.moves_map.groups import Arrow, Group, MapContent
from user_states.explorer.moves_map.map_lanes import (
    LaneChange,
    arrow_widths,
    channels,
    packed,
    ribbon_between,
    stack,
    stack_height,
    zone_length,
)
from user_states.explorer.moves_map.shapes import (
    HEAD_OVERHANG,
    LINE,
    Bend,
    Box,
    Label,
    MapPicture,
    Rect,
    Ribbon,
    bend_radius,
    lines_that_fit,
    text_width,
)

WIDTH = 358.0
TALLEST = 250.0
WIDEST_ARROW = 20.0
SIDE_WIDTH = 114.0
LABEL_SIZE = 12.0
EDGE = 4.0
# Heights of the spaces between groups, without the space for bends.
SPACE = 3 * LINE + 14
# Middles of lanes as shares of the width right of the lanes at the left.
AT_LEFT, IN_MIDDLE, AT_RIGHT = 0.05, 0.44, 0.92

# Arrows from left to right.
LEFT_LANES = (Arrow.JOINED_TO_SILENT, Arrow.ENTRY_TO_SILENT)
INTO_SILENT = (
    *LEFT_LANES,
    Arrow.SILENT_TO_RIDING,
    Arrow.LEAVING_TO_SILENT,
    Arrow.RIDING_TO_SILENT,
)
OUT_OF_ENTRY = (Arrow.ENTRY_TO_SILENT, Arrow.ENTRY_TO_RIDING)
AT_LEAVING = (Arrow.LEAVING_TO_RIDING, Arrow.RIDING_TO_LEAVING)


@dataclass
class _UprightDraft:
    """What has been placed so far."""

    content: MapContent
    widths: dict[Arrow, float]
    left: float = 0.0
    lanes: dict[Arrow, float] = field(default_factory=dict)
    at_entry: dict[Arrow, float] = field(default_factory=dict)
    at_silent: dict[Arrow, float] = field(default_factory=dict)
    # Top and bottom of each group.
    rows: dict[Group, tuple[float, float]] = field(default_factory=dict)
    boxes: list[Box] = field(default_factory=list)

    def present(self, arrows: tuple[Arrow, ...]) -> list[Arrow]:
        return [arrow for arrow in arrows if arrow in self.widths]

    def half(self, arrow: Arrow) -> float:
        return self.widths[arrow] / 2 + HEAD_OVERHANG

    def across(self, share: float) -> float:
        """Return a place as a share of the width right of the lanes at the left."""
        return self.left + share * (WIDTH - self.left)


def narrow_map(content: MapContent) -> MapPicture:
    """Return the map from top to bottom."""
    scale = TALLEST / max(
        sum(state.n_users for state in states) or 1
        for states in content.states.values()
    )
    draft = _UprightDraft(content, arrow_widths(content.bundles, scale, WIDEST_ARROW))
    _lanes(draft)
    leaving_entry = [
        LaneChange(a, draft.at_entry[a], draft.lanes[a], draft.widths[a])
        for a in draft.present(OUT_OF_ENTRY)
    ]
    into_silent = [
        LaneChange(a, draft.lanes[a], draft.at_silent[a], draft.widths[a])
        for a in draft.present(INTO_SILENT)
    ]
    zones = (zone_length(leaving_entry), zone_length(into_silent))
    _rows(draft, scale, zones)
    height = max(bottom for _, bottom in draft.rows.values()) + EDGE
    return MapPicture(
        WIDTH,
        height,
        draft.boxes,
        _ribbons(draft, leaving_entry, into_silent, zones[1]),
        _labels(draft),
    )


def _lanes(draft: _UprightDraft) -> None:
    """Set the lane of each arrow, and where it meets entry and silent."""
    end = 0.0
    for arrow in draft.present(LEFT_LANES):
        draft.lanes[arrow] = end + draft.half(arrow)
        end += 2 * draft.half(arrow) + 3
    draft.left = end + 4 if end else 0.0
    middle = draft.across(IN_MIDDLE)
    has_leaving = Group.LEAVING in draft.content.states
    draft.lanes |= {
        Arrow.JOINED_TO_RIDING: draft.across(AT_RIGHT),
        Arrow.JOINED_TO_ENTRY: middle,
        Arrow.ENTRY_TO_RIDING: middle,
        Arrow.RIDING_TO_SILENT: draft.across(AT_RIGHT),
        Arrow.SILENT_TO_RIDING: draft.across(AT_LEFT),
        Arrow.LEAVING_TO_SILENT: middle,
    }
    if Group.ENTRY not in draft.content.states:
        draft.lanes[Arrow.JOINED_TO_RIDING] = middle
    if not has_leaving:
        draft.lanes[Arrow.SILENT_TO_RIDING] = draft.across(0.22)
        draft.lanes[Arrow.RIDING_TO_SILENT] = draft.across(0.78)
    half = SIDE_WIDTH / 2
    arrows = draft.present(AT_LEAVING)
    sizes = [2 * draft.half(arrow) + 4 for arrow in arrows]
    apart = 22.0 if len(arrows) == 2 else 0.0
    wanted = [middle - apart, middle + apart][: len(arrows)]
    places = packed(wanted, sizes, middle - half, middle + half)
    draft.lanes |= dict(zip(arrows, places, strict=True))
    arrows = draft.present(OUT_OF_ENTRY)
    sizes = [2 * draft.half(arrow) + 4 for arrow in arrows]
    wanted = [draft.lanes[arrow] for arrow in arrows]
    places = packed(wanted, sizes, middle - half, middle + half)
    draft.at_entry = dict(zip(arrows, places, strict=True))
    arrows = draft.present(INTO_SILENT)
    sizes = [2 * draft.half(arrow) + 4 for arrow in arrows]
    wanted = [draft.lanes[arrow] for arrow in arrows]
    places = packed(wanted, sizes, draft.left, WIDTH)
    draft.at_silent = dict(zip(arrows, places, strict=True))


def _rows(draft: _UprightDraft, scale: float, zones: tuple[float, float]) -> None:
    """Place the groups from top to bottom, and their boxes."""
    states = draft.content.states
    middle = draft.across(IN_MIDDLE)
    full = Rect(draft.left, 0, WIDTH - draft.left, 0)
    aside = Rect(middle - SIDE_WIDTH / 2, 0, SIDE_WIDTH, 0)
    joins = any(arrow.ends[0] == Group.JOINED for arrow in draft.widths)
    y = EDGE
    for group, place in (
        (Group.ENTRY, aside),
        (Group.RIDING, full),
        (Group.LEAVING, aside),
        (Group.SILENT, full),
    ):
        if group not in states:
            continue
        if draft.rows or joins:
            y += SPACE
        if group == Group.RIDING and Group.ENTRY in states:
            y += zones[0]
        if group == Group.SILENT:
            y += zones[1]
        # The label of those who go past stands beside the leaving.
        least = 3 * LINE + 6 if group == Group.LEAVING else 0.0
        boxes = stack(
            states[group],
            scale,
            Rect(place.x, y, place.width, least),
            at_left=place is full,
        )
        draft.boxes += boxes
        draft.rows[group] = (y, y + stack_height(boxes))
        y += stack_height(boxes)


def _ribbons(
    draft: _UprightDraft,
    leaving_entry: list[LaneChange],
    into_silent: list[LaneChange],
    silent_zone: float,
) -> list[Ribbon]:
    bends: dict[Arrow, list[Bend]] = {arrow: [] for arrow in draft.widths}
    first_lane = {c.arrow: c.before for c in (*into_silent, *leaving_entry)}
    for found, group, back in (
        (leaving_entry, Group.ENTRY, 0.0),
        (into_silent, Group.SILENT, silent_zone),
    ):
        if group not in draft.rows:
            continue
        edge = draft.rows[group][1 if group == Group.ENTRY else 0] - back
        widest = max((crossing.width for crossing in found), default=0.0)
        for arrow, place in channels(found).items():
            after = next(c.after for c in found if c.arrow == arrow)
            bends[arrow].append(Bend(edge + bend_radius(widest) + 2 + place, after))
    return [
        ribbon_between(
            arrow,
            width,
            draft.content.bundles[arrow],
            draft.rows,
            first_lane.get(arrow, draft.lanes[arrow]),
            bends[arrow],
            is_upright=True,
        )
        for arrow, width in draft.widths.items()
    ]


def _labels(draft: _UprightDraft) -> list[Label]:
    """Return the labels, each beside its arrow, between it and its neighbour."""
    rows, lanes = draft.rows, draft.lanes
    has_entry, has_leaving = Group.ENTRY in rows, Group.LEAVING in rows
    riding_top, riding_bottom = rows[Group.RIDING]
    first = rows[Group.ENTRY if has_entry else Group.RIDING][0]
    labels = []
    for arrow in draft.widths:
        lane = lanes[arrow]
        if arrow in (Arrow.JOINED_TO_ENTRY, Arrow.JOINED_TO_RIDING):
            at_right = arrow == Arrow.JOINED_TO_RIDING and not has_entry
            y, is_right = first - SPACE, at_right
        elif arrow == Arrow.JOINED_TO_SILENT:
            y, is_right = first - SPACE, True
        elif arrow in OUT_OF_ENTRY:
            y, is_right = riding_top - SPACE, True
        elif arrow == Arrow.LEAVING_TO_RIDING:
            y, is_right = riding_bottom, False
        elif arrow == Arrow.RIDING_TO_LEAVING:
            y, is_right = riding_bottom, True
        elif arrow == Arrow.RIDING_TO_SILENT and has_leaving:
            y, is_right = rows[Group.LEAVING][0] - 5, False
        elif arrow == Arrow.RIDING_TO_SILENT:
            y, is_right = riding_bottom, False
        elif has_leaving:
            y, is_right = rows[Group.LEAVING][1], True
        else:
            y, is_right = riding_bottom, True
        labels.append(_label(draft, arrow, lane, y + 5, is_right=is_right))
    return labels


def _label(
    draft: _UprightDraft, arrow: Arrow, lane: float, y: float, *, is_right: bool
) -> Label:
    number = f"{draft.content.bundles[arrow].n_users:,}"
    words = lines_that_fit(draft.content.words_of(arrow), ROOM[arrow], LABEL_SIZE)
    width = max(
        text_width(number, LABEL_SIZE, bold=True),
        *(text_width(line, LABEL_SIZE) for line in words),
    )
    gap = draft.half(arrow) + 2
    x = lane + gap if is_right else lane - gap - width
    rect = Rect(x, y, width, (1 + len(words)) * LINE)
    return Label(arrow, number, words, False, rect, "start" if is_right else "end")


# Widths for the words of each arrow.
ROOM = {
    Arrow.JOINED_TO_ENTRY: 90.0,
    Arrow.JOINED_TO_RIDING: 96.0,
    Arrow.JOINED_TO_SILENT: 86.0,
    Arrow.ENTRY_TO_RIDING: 110.0,
    Arrow.ENTRY_TO_SILENT: 76.0,
    Arrow.RIDING_TO_LEAVING: 70.0,
    Arrow.LEAVING_TO_RIDING: 66.0,
    Arrow.RIDING_TO_SILENT: 66.0,
    Arrow.LEAVING_TO_SILENT: 80.0,
    Arrow.SILENT_TO_RIDING: 66.0,
}
