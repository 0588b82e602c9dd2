"""The map of moves as SVG, for wide screens and for phones."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from markupsafe import Markup

from user_states.explorer.few_users import large_enough
from user_states.explorer.flows import JOINED, Flows, silent_keys
from user_states.explorer.moves_map.groups import (
    Arrow,
    Group,
    MapContent,
    MapState,
    map_content,
)
from user_states.explorer.moves_map.narrow import narrow_map
from user_states.explorer.moves_map.shapes import (
    LINE,
    NAME_SIZE,
    Box,
    Label,
    MapPicture,
    Ribbon,
)
from user_states.explorer.moves_map.wide import wide_map
from user_states.explorer.scene import Scene
from user_states.explorer.svg.elements import element
from user_states.explorer.words.numbers import number
from user_states.marts.families import Family
from user_states.marts.state_rows import ShownState

# Names of states whose users have only begun.
_BEGINNING = re.compile(r"\b(new\w*|briefly active|first|trying)\b", re.IGNORECASE)
# Of users who had not ridden before.
_FIRST_RIDES = {Arrow.ENTRY_TO_RIDING: "first rides"}


def content_of_map(scene: Scene, flows: Flows) -> MapContent:
    """Return what the map of moves draws."""
    figures, silent = scene.figures, silent_keys(scene)
    states = [
        MapState(
            state.state_key,
            state.state_short_name,
            int(figures.users[-1, figures.column(state.state_id)]),
            group_of(state, silent),
        )
        for state in scene.states
    ]
    fewest = scene.options.min_cell_users
    counts = {pair: n for pair, n in flows.counts.items() if pair[0] != pair[1]}
    begins = any(
        group_of(state, silent) == Group.ENTRY and state.family is not None
        for state in scene.states
    )
    return map_content(states, counts, fewest, {} if begins else _FIRST_RIDES)


def group_of(state: ShownState, silent: Container[str]) -> Group:
    """Return the column of a state in the map, with the keys of the silent states."""
    if state.family is None:
        return Group.ENTRY
    if state.state_key in silent:
        return Group.SILENT
    if state.family == Family.LEAVING:
        return Group.LEAVING
    return Group.ENTRY if _BEGINNING.search(state.state_name) else Group.RIDING


def drawn_maps(scene: Scene, content: MapContent) -> tuple[Markup, Markup]:
    """Return the map for wide screens and for phones."""
    states = {state.state_key: state for state in scene.states}
    return (
        _drawn(wide_map(content), content, states, "map wide"),
        _drawn(narrow_map(content), content, states, "map upright"),
    )


def _drawn(
    picture: MapPicture,
    content: MapContent,
    states: Mapping[str, ShownState],
    kind: str,
) -> Markup:
    colours = {key: f"k{state.place}" for key, state in states.items()}
    colours[JOINED] = "k-joined"
    users = {s.key: s.n_users for found in content.states.values() for s in found}
    parts = [_ribbon(ribbon, content, colours, states) for ribbon in picture.ribbons]
    parts += [_box(box, users[box.key], states[box.key]) for box in picture.boxes]
    parts += [
        _label(label, colours[_main(content, label.arrow)]) for label in picture.labels
    ]
    return element(
        "svg",
        *parts,
        class_=kind,
        viewBox=f"0 0 {picture.width:.0f} {picture.height:.0f}",
        aria_hidden="true",
    )


def _main(content: MapContent, arrow: Arrow) -> str:
    return max(content.bundles[arrow].parts, key=lambda part: part[1])[0]


def _ribbon(
    ribbon: Ribbon,
    content: MapContent,
    colours: Mapping[str, str],
    states: Mapping[str, ShownState],
) -> Markup:
    names = {key: state.state_name for key, state in states.items()}
    bundle = content.bundles[ribbon.arrow]
    tip = f"{number(bundle.n_users)} {content.words_of(ribbon.arrow)}"
    told, others = large_enough(dict(bundle.parts), content.fewest_shown)
    parts = [
        f"{number(n)} from {names.get(key, 'those who joined')}"
        for key, n in bundle.parts
        if key in told
    ]
    parts += [f"{number(others)} from other states"] if others else []
    if len(bundle.parts) > 1:
        tip = "\n".join([tip, *parts])
    stripes = [
        element("path", d=path, class_=f"{colours[key]} run", stroke_width=width)
        for key, path, width in ribbon.stripe_paths()
    ]
    head = element("path", d=ribbon.head_path(), class_=colours[ribbon.last_stripe])
    return element("g", *stripes, head, data_tip=tip)


def _box(box: Box, n_users: int, state: ShownState) -> Markup:
    rect, slot, edge = box.rect, box.slot, 4.0
    colour = f"k{state.place}"
    shapes = [
        element(
            "rect",
            x=rect.x,
            y=rect.y,
            width=rect.width,
            height=rect.height,
            class_=f"{colour} tint",
            data_tip=f"{state.state_name}\n{number(n_users)} users now",
        ),
        *(
            element(
                "rect", x=x, y=rect.y, width=edge, height=rect.height, class_=colour
            )
            for x in (rect.x, rect.x + rect.width - edge)
        ),
    ]
    middle = slot.y + slot.height / 2
    size = f"{NAME_SIZE:.0f}"
    if box.is_one_line:
        halo = " haloed" if rect.height < LINE else ""
        name = _text(
            slot.x + 11, middle + 4.6, box.name_lines[0], f"strong{halo}", "start"
        )
        count = _text(
            slot.x + slot.width - 11, middle + 4.6, number(n_users), halo.strip(), "end"
        )
        return element("g", *shapes, name, count, font_size=size)
    lines = [*box.name_lines, number(n_users)]
    top = middle - LINE * len(lines) / 2
    # Text on a box that is lower than it has a ground of the paper's colour.
    halo = "haloed" if rect.height < LINE * len(lines) else ""
    texts = [
        _text(
            slot.x + slot.width / 2,
            top + LINE * place + 12.2,
            line,
            f"strong {halo}".strip() if place < len(box.name_lines) else halo,
            "middle",
        )
        for place, line in enumerate(lines)
    ]
    return element("g", *shapes, *texts)


def _label(label: Label, colour: str) -> Markup:
    rect = label.rect
    count = element("tspan", label.number, class_=f"{colour} count")
    if label.is_one_line:
        line = element("tspan", f" {label.words[0]}")
        return _text(label.x, rect.y + 12.2, count + line, "", label.anchor)
    return Markup("").join(
        _text(label.x, rect.y + 12.2 + LINE * place, line, "", label.anchor)
        for place, line in enumerate([count, *label.words])
    )


def _text(x: float, y: float, words: str, class_: str, anchor: str) -> Markup:
    return element(
        "text",
        words,
        x=x,
        y=y,
        class_=class_ or None,
        text_anchor=None if anchor == "start" else anchor,
    )
