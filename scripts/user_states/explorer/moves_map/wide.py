"""The map of moves from left to right, for wide screens.

Lanes have one order from top to bottom in every space between two groups; an arrow
passes groups that it does not end at above or below their boxes. So arrows cross
neither boxes nor each other, whatever the states are.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from user_states.explorer.moves_map.groups import Arrow, Group, MapContent
from user_states.explorer.moves_map.map_lanes import (
    LaneChange,
    arrow_widths,
    channels,
    needed,
    packed,
    ribbon_between,
    stack,
    stack_height,
    zone_length,
)
from user_states.explorer.moves_map.shapes import (
    HEAD_OVERHANG,
    LINE,
    NAME_SIZE,
    Bend,
    Box,
    Label,
    MapPicture,
    Rect,
    Ribbon,
    bend_radius,
    text_width,
)

WIDTH = 988.0
TALLEST = 285.0
WIDEST_ARROW = 26.0
LEAST_RIDING_WIDTH = 176.0
MOST_RIDING_WIDTH = 280.0
SIDE_WIDTH = 106.0
# Between the groups, without the space for bends: labels of two lines stand here.
TO_ENTRY = 72.0
FROM_ENTRY = 104.0
TO_RIDING = 178.0
BESIDE_LEAVING = 76.0
BETWEEN_RIDING_AND_SILENT = 150.0
EDGE = 4.0
LABEL_GAP = 4.0

# Arrows at each side of a group, from top to bottom.
INTO_RIDING = (Arrow.JOINED_TO_RIDING, Arrow.ENTRY_TO_RIDING)
OUT_OF_RIDING = (
    Arrow.RIDING_TO_SILENT,
    Arrow.RIDING_TO_LEAVING,
    Arrow.LEAVING_TO_RIDING,
    Arrow.SILENT_TO_RIDING,
)
OUT_OF_ENTRY = (Arrow.ENTRY_TO_RIDING, Arrow.ENTRY_TO_SILENT)
AT_LEAVING = (Arrow.RIDING_TO_LEAVING, Arrow.LEAVING_TO_RIDING)
AT_SILENT = (
    Arrow.RIDING_TO_SILENT,
    Arrow.LEAVING_TO_SILENT,
    Arrow.SILENT_TO_RIDING,
    Arrow.ENTRY_TO_SILENT,
    Arrow.JOINED_TO_SILENT,
)
BELOW = (Arrow.ENTRY_TO_SILENT, Arrow.JOINED_TO_SILENT)


@dataclass
class _Draft:
    """What has been placed so far; y is 0 at the middle of all groups."""

    content: MapContent
    widths: dict[Arrow, float]
    heights: dict[Group, float] = field(default_factory=dict)
    # Middle of each arrow: in the lane, and where it meets riding and silent.
    lanes: dict[Arrow, float] = field(default_factory=dict)
    at_riding: dict[Arrow, float] = field(default_factory=dict)
    at_silent: dict[Arrow, float] = field(default_factory=dict)
    at_entry: dict[Arrow, float] = field(default_factory=dict)

    def present(self, arrows: tuple[Arrow, ...]) -> list[Arrow]:
        return [arrow for arrow in arrows if arrow in self.widths]

    def half(self, arrow: Arrow) -> float:
        return self.widths[arrow] / 2 + HEAD_OVERHANG


def wide_map(content: MapContent) -> MapPicture:
    """Return the map from left to right."""
    scale = TALLEST / max(
        sum(state.n_users for state in states) or 1
        for states in content.states.values()
    )
    widest = WIDEST_ARROW
    while True:
        picture = _drawn(content, scale, arrow_widths(content.bundles, scale, widest))
        if picture is not None:
            return picture
        widest *= 0.8


def _drawn(
    content: MapContent, scale: float, widths: dict[Arrow, float]
) -> MapPicture | None:
    """Return the map, or None if bends of arrows of these widths take too much room."""
    draft = _Draft(content, widths)
    _heights(draft, scale)
    _lanes(draft)
    crossings = _crossings(draft)
    zones = {name: zone_length(found) for name, found in crossings.items()}
    columns = _columns(draft, zones)
    if columns is None:
        return None
    boxes = _boxes(draft, columns, scale)
    ribbons = _ribbons(draft, columns, crossings, zones)
    labels = _labels(draft, columns, zones)
    return _moved_into_view(boxes, ribbons, labels)


def _heights(draft: _Draft, scale: float) -> None:
    """Set the height of each group: its boxes, and room for arrows at both sides."""
    sides: dict[Group, list[tuple[Arrow, ...]]] = {
        Group.ENTRY: [OUT_OF_ENTRY, (Arrow.JOINED_TO_ENTRY,)],
        Group.RIDING: [INTO_RIDING, OUT_OF_RIDING],
        Group.LEAVING: [AT_LEAVING, (Arrow.LEAVING_TO_SILENT,)],
        Group.SILENT: [AT_SILENT],
    }
    for group, states in draft.content.states.items():
        width = LEAST_RIDING_WIDTH if group == Group.RIDING else SIDE_WIDTH
        least = max(
            needed([draft.widths[arrow] for arrow in draft.present(side)])
            for side in sides[group]
        )
        boxes = stack(
            states, scale, Rect(0, 0, width, least), at_left=group == Group.RIDING
        )
        draft.heights[group] = stack_height(boxes)


def _packed(
    draft: _Draft, side: tuple[Arrow, ...], wanted: dict[Arrow, float], group: Group
) -> dict[Arrow, float]:
    arrows = draft.present(side)
    half = draft.heights.get(group, 0.0) / 2
    sizes = [2 * draft.half(arrow) for arrow in arrows]
    places = packed([wanted[arrow] for arrow in arrows], sizes, -half, half)
    return dict(zip(arrows, places, strict=True))


def _lanes(draft: _Draft) -> None:
    """Set the lane of each arrow, and where it meets the groups."""
    two_lines = 2 * LINE + LABEL_GAP
    one_line = LINE + LABEL_GAP
    has = draft.widths.__contains__
    lanes = draft.lanes

    entry = draft.heights.get(Group.ENTRY, 0.0) / 2
    draft.at_entry = _packed(
        draft, OUT_OF_ENTRY, dict.fromkeys(OUT_OF_ENTRY, 0.0), Group.ENTRY
    )
    lanes |= draft.at_entry
    top, bottom = -entry, entry
    for arrow in (Arrow.JOINED_TO_ENTRY, Arrow.ENTRY_TO_RIDING):
        if has(arrow):
            lanes.setdefault(arrow, 0.0)
            top = min(top, lanes[arrow] - draft.half(arrow) - two_lines)
    if has(Arrow.JOINED_TO_RIDING):
        half = draft.half(Arrow.JOINED_TO_RIDING)
        if Group.ENTRY in draft.content.states:
            lanes[Arrow.JOINED_TO_RIDING] = top - half - 4
        else:
            lanes[Arrow.JOINED_TO_RIDING], bottom = 0.0, half
    left_bottom = bottom

    leaving = draft.heights.get(Group.LEAVING, 0.0) / 2
    middle = dict.fromkeys(AT_LEAVING, 0.0)
    lanes |= _packed(draft, AT_LEAVING, middle, Group.LEAVING)
    lanes[Arrow.LEAVING_TO_SILENT] = 0.0
    top, bottom = (-leaving - 6, leaving + 6) if leaving else (-12.0, 12.0)
    for arrow in (Arrow.RIDING_TO_LEAVING, Arrow.LEAVING_TO_SILENT):
        if has(arrow):
            top = min(top, lanes[arrow] - draft.half(arrow) - two_lines)
    if has(Arrow.LEAVING_TO_RIDING):
        half = draft.half(Arrow.LEAVING_TO_RIDING)
        bottom = max(bottom, lanes[Arrow.LEAVING_TO_RIDING] + half + two_lines)
    if has(Arrow.RIDING_TO_SILENT):
        lanes[Arrow.RIDING_TO_SILENT] = top - draft.half(Arrow.RIDING_TO_SILENT)
    if has(Arrow.SILENT_TO_RIDING):
        half = draft.half(Arrow.SILENT_TO_RIDING)
        lanes[Arrow.SILENT_TO_RIDING] = bottom + one_line + half
        bottom += one_line + 2 * half

    base = max(draft.heights[Group.RIDING] / 2, left_bottom, bottom) + 10
    below: dict[Arrow, float] = {}
    for number, arrow in enumerate(draft.present(BELOW)):
        below[arrow] = base + (0 if number else one_line) + draft.half(arrow)
        base = below[arrow] + draft.half(arrow) + 2
    riding = _packed(draft, OUT_OF_RIDING, lanes, Group.RIDING)
    draft.at_riding = riding | _packed(draft, INTO_RIDING, lanes, Group.RIDING)
    draft.at_silent = _packed(draft, AT_SILENT, lanes | below, Group.SILENT)
    lanes |= below


def _crossings(draft: _Draft) -> dict[str, list[LaneChange]]:
    """Return the arrows in each space for bends, from top to bottom."""

    def crossing(arrow: Arrow, before: float, after: float) -> LaneChange:
        return LaneChange(arrow, before, after, draft.widths[arrow])

    lanes, riding = draft.lanes, draft.at_riding
    return {
        "into riding": [
            *(crossing(a, lanes[a], riding[a]) for a in draft.present(INTO_RIDING)),
            *(
                crossing(a, draft.at_entry[a], lanes[a])
                for a in draft.present((Arrow.ENTRY_TO_SILENT,))
            ),
        ],
        "out of riding": [
            crossing(a, riding[a], lanes[a]) for a in draft.present(OUT_OF_RIDING)
        ],
        "into silent": [
            crossing(a, lanes[a], draft.at_silent[a]) for a in draft.present(AT_SILENT)
        ],
    }


def _columns(
    draft: _Draft, zones: dict[str, float]
) -> dict[Group, tuple[float, float]] | None:
    """Return where each group begins and ends; None if there is no room."""
    has = draft.content.states.__contains__
    joins = any(arrow.ends[0] == Group.JOINED for arrow in draft.widths)
    enters = joins or has(Group.ENTRY)
    spaces = {
        Group.ENTRY: TO_ENTRY if joins else 0.0,
        Group.RIDING: 0.0,
        Group.LEAVING: BESIDE_LEAVING + zones["out of riding"],
        Group.SILENT: BESIDE_LEAVING + zones["into silent"],
    }
    if enters:
        straight = FROM_ENTRY if has(Group.ENTRY) else TO_RIDING
        spaces[Group.RIDING] = straight + zones["into riding"]
    if not has(Group.LEAVING):
        spaces[Group.SILENT] = BETWEEN_RIDING_AND_SILENT + sum(
            zones[name] for name in ("out of riding", "into silent")
        )
    used = sum(space for group, space in spaces.items() if has(group))
    used += SIDE_WIDTH * (len(draft.content.states) - 1)
    room = WIDTH - used
    if room < LEAST_RIDING_WIDTH:
        return None
    riding = min(room, MOST_RIDING_WIDTH)
    n_spaces = sum(has(group) and space > 0 for group, space in spaces.items())
    extra = (room - riding) / n_spaces if n_spaces else 0.0
    columns, x = {}, 0.0
    for group, space in spaces.items():
        if not has(group):
            continue
        x += space + (extra if space > 0 else 0.0)
        width = riding if group == Group.RIDING else SIDE_WIDTH
        columns[group] = (x, x + width)
        x += width
    return columns


def _boxes(
    draft: _Draft, columns: dict[Group, tuple[float, float]], scale: float
) -> list[Box]:
    boxes = []
    for group, states in draft.content.states.items():
        start, end = columns[group]
        height = draft.heights[group]
        place = Rect(start, -height / 2, end - start, height)
        boxes += stack(states, scale, place, at_left=group == Group.RIDING)
    return boxes


def _ribbons(
    draft: _Draft,
    columns: dict[Group, tuple[float, float]],
    crossings: dict[str, list[LaneChange]],
    zones: dict[str, float],
) -> list[Ribbon]:
    riding = columns[Group.RIDING]
    silent = columns.get(Group.SILENT, (WIDTH, WIDTH))
    # Where the first bend of each space for bends begins.
    begins = {
        "into riding": riding[0] - zones["into riding"],
        "out of riding": riding[1],
        "into silent": silent[0] - zones["into silent"],
    }
    bends: dict[Arrow, list[Bend]] = {arrow: [] for arrow in draft.widths}
    first_lane: dict[Arrow, float] = {}
    for name, found in crossings.items():
        widest = max((crossing.width for crossing in found), default=0.0)
        room = bend_radius(widest) + 2
        if name == "out of riding":
            # Heads of arrows that come back stand here.
            room = zones[name] - room - max(channels(found).values(), default=0.0)
        for crossing in found:
            first_lane.setdefault(crossing.arrow, crossing.before)
        for arrow, place in channels(found).items():
            after = next(c.after for c in found if c.arrow == arrow)
            bends[arrow].append(Bend(begins[name] + room + place, after))
    return [
        ribbon_between(
            arrow,
            width,
            draft.content.bundles[arrow],
            columns,
            first_lane.get(arrow, draft.lanes[arrow]),
            bends[arrow],
            is_upright=False,
        )
        for arrow, width in draft.widths.items()
    ]


def _labels(
    draft: _Draft,
    columns: dict[Group, tuple[float, float]],
    zones: dict[str, float],
) -> list[Label]:
    riding = columns[Group.RIDING]
    entry = columns.get(Group.ENTRY)
    leaving = columns.get(Group.LEAVING)
    silent_start = columns.get(Group.SILENT, (WIDTH, WIDTH))[0]
    before_riding = (entry[1] if entry else 0.0, riding[0] - zones["into riding"])
    behind = riding[1] + zones["out of riding"]
    before_silent = silent_start - zones["into silent"]
    labels = []
    for arrow in draft.widths:
        lane = draft.lanes[arrow]
        if arrow == Arrow.JOINED_TO_ENTRY:
            made = _two_lines(draft, arrow, (0.0, columns[Group.ENTRY][0]), lane)
        elif arrow == Arrow.JOINED_TO_RIDING and entry is None:
            made = _two_lines(draft, arrow, before_riding, lane)
        elif arrow == Arrow.JOINED_TO_RIDING:
            made = _one_line(draft, arrow, 2.0, lane, "start")
        elif arrow == Arrow.ENTRY_TO_RIDING:
            made = _two_lines(draft, arrow, before_riding, lane)
        elif arrow == Arrow.ENTRY_TO_SILENT:
            made = _one_line(draft, arrow, riding[0] + 4, lane, "start")
        elif arrow == Arrow.JOINED_TO_SILENT:
            made = _one_line(draft, arrow, 2.0, lane, "start")
        elif arrow == Arrow.LEAVING_TO_SILENT and leaving:
            made = _two_lines(draft, arrow, (leaving[1], before_silent), lane)
        elif arrow in AT_LEAVING and leaving:
            is_below = arrow == Arrow.LEAVING_TO_RIDING
            place = (behind, leaving[0])
            made = _two_lines(draft, arrow, place, lane, is_below=is_below)
        else:
            middle = (behind + before_silent) / 2
            made = _one_line(draft, arrow, middle, lane, "middle")
        labels.append(made)
    return labels


def _one_line(draft: _Draft, arrow: Arrow, x: float, lane: float, anchor: str) -> Label:
    number = f"{draft.content.bundles[arrow].n_users:,}"
    width = text_width(f"{number} ", NAME_SIZE, bold=True)
    width += text_width(draft.content.words_of(arrow), NAME_SIZE)
    top = lane - draft.half(arrow) - LABEL_GAP - LINE + 2
    left = x if anchor == "start" else x - width / 2
    rect = Rect(left, top, width, LINE)
    return Label(arrow, number, [draft.content.words_of(arrow)], True, rect, anchor)


def _two_lines(
    draft: _Draft,
    arrow: Arrow,
    between: tuple[float, float],
    lane: float,
    *,
    is_below: bool = False,
) -> Label:
    number = f"{draft.content.bundles[arrow].n_users:,}"
    width = max(
        text_width(number, NAME_SIZE, bold=True),
        text_width(draft.content.words_of(arrow), NAME_SIZE),
    )
    half = draft.half(arrow)
    top = lane + half if is_below else lane - half - 2 * LINE
    rect = Rect(sum(between) / 2 - width / 2, top, width, 2 * LINE)
    return Label(arrow, number, [draft.content.words_of(arrow)], False, rect, "middle")


def _moved_into_view(
    boxes: list[Box], ribbons: list[Ribbon], labels: list[Label]
) -> MapPicture:
    """Return the picture with its top at the edge."""
    tops, bottoms = [], []
    for rect in [*(box.slot for box in boxes), *(label.rect for label in labels)]:
        tops.append(rect.y)
        bottoms.append(rect.y + rect.height)
    for ribbon in ribbons:
        for lane in (ribbon.lane, *(bend.lane for bend in ribbon.bends)):
            tops.append(lane - ribbon.width / 2 - HEAD_OVERHANG)
            bottoms.append(lane + ribbon.width / 2 + HEAD_OVERHANG)
    down = EDGE - min(tops)

    def moved(rect: Rect) -> Rect:
        return replace(rect, y=rect.y + down)

    return MapPicture(
        WIDTH,
        max(bottoms) + down + EDGE,
        [replace(box, slot=moved(box.slot), rect=moved(box.rect)) for box in boxes],
        [
            replace(
                ribbon,
                lane=ribbon.lane + down,
                bends=tuple(replace(b, lane=b.lane + down) for b in ribbon.bends),
            )
            for ribbon in ribbons
        ],
        [replace(label, rect=moved(label.rect)) for label in labels],
    )
