"""The explorer's page: its parts drawn from the marts, all in one file."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from user_states.errors import UserError
from user_states.explorer import inline, palette_style, words
from user_states.explorer.all_parts import PAGE_PARTS
from user_states.explorer.crossings import (
    Crossing,
    all_crossings,
    has_all_cities,
    platform_words,
)
from user_states.explorer.icons import icon_of
from user_states.explorer.naming import called
from user_states.explorer.packed import Packed, packed, that_fit
from user_states.explorer.part import Part, View
from user_states.explorer.scene import CUSTOMER_GROUP, PageOptions, Scene
from user_states.explorer.svg import bars
from user_states.explorer.words import dates, numbers
from user_states.explorer.words_of_log import in_words_of_log
from user_states.marts.marts import Marts
from user_states.marts.texts import signed
from user_states.processes import in_processes

MAX_BYTES = 8_000_000


@dataclass(frozen=True)
class DrawnPart:
    """A part, and what it shows."""

    part: Part
    view: View


def build_page(marts: Marts, options: PageOptions) -> str:
    """Return the page as HTML.

    Raises
    ------
    UserError
        If there are neither states nor customers beyond the users of rides, or the page
        would be larger than `MAX_BYTES`.
    """
    environment = _environment()
    everyone, *others = all_crossings(
        marts, options.min_filter_users, options.min_cell_users
    )
    first = Scene(marts, options, everyone, everyone.n_users)
    if not first.groups:
        raise UserError(
            "found no states in the marts, and no customers of a whole week of events; "
            "expected those of a fitted model: run `make run`, or scripts/fit_hmm.py "
            "and then `make build`"
        )
    drawn = drawn_parts(first)
    content = content_of(environment, first, drawn)
    base = _frame(environment, first, drawn, content, [])
    room = MAX_BYTES - len(base.encode())
    if room < 0:
        raise UserError(
            f"the page has {len(base.encode()):,} bytes; expected at most "
            f"{MAX_BYTES:,}: lower the vars explorer_journeys or "
            "explorer_journey_weeks"
        )

    def drawing_of(crossing: Crossing) -> Packed:
        scene = Scene(marts, options, crossing, everyone.n_users)
        html = content_of(environment, scene, drawn_parts(scene, drawn))
        return packed(crossing, in_words_of_log(html, options.words))

    kept: list[Packed] = []
    for drawing in in_processes(drawing_of, others):
        kept.append(drawing)
        if sum(len(each.content) for each in kept) > room:
            break
    return _frame(environment, first, drawn, content, that_fit(kept, room))


def drawn_parts(scene: Scene, everyone: Sequence[DrawnPart] = ()) -> list[DrawnPart]:
    """Return the parts that have something to show, in order.

    Parts about customers show everybody under each filter: they are taken from
    `everyone`, the parts of the scene without a filter, if that is given.
    """
    same = {e.part.address: e.view for e in everyone if e.part.group == CUSTOMER_GROUP}
    shown = [part for part in PAGE_PARTS if part.group in scene.groups]
    views = ((part, same.get(part.address) or part.view(scene)) for part in shown)
    return [DrawnPart(part, view) for part, view in views if view is not None]


def content_of(
    environment: Environment, scene: Scene, drawn: list[DrawnPart]
) -> Markup:
    """Return the parts as HTML, as they stand inside `main`."""
    return Markup(
        environment.get_template("content.html.j2").render(scene=scene, drawn=drawn)
    )


def _frame(
    environment: Environment,
    scene: Scene,
    drawn: list[DrawnPart],
    content: Markup,
    others: list[Packed],
) -> str:
    """Return the whole page, with the packed drawings of other crossings."""
    script = inline.own_script()
    style = inline.own_style() + Markup("\n") + palette_style.style()
    start = inline.start_script()
    groups: dict[str, list[DrawnPart]] = {}
    for each in drawn:
        groups.setdefault(each.part.group, []).append(each)
    page = environment.get_template("page.html.j2").render(
        scene=scene,
        last_day=scene.week + datetime.timedelta(days=6),
        next_update=scene.week + datetime.timedelta(weeks=2),
        groups=groups,
        warnings=[each for each in drawn if each.view.warning],
        content=content,
        filters=_filters(scene, [drawing.crossing for drawing in others]),
        packed=inline.as_json(
            {
                f"{each.crossing.city}|{each.crossing.platform}": each.content
                for each in others
            }
        ),
        policy=inline.content_security_policy([script, start], [style]),
        script=script,
        start_script=start,
        style=style,
    )
    return in_words_of_log(page, scene.options.words)


def _filters(scene: Scene, offered: list[Crossing]) -> list[dict[str, Any]]:
    """Return the menus that have a choice: their name, label and options."""
    why_not = (
        f"Grey: fewer than {scene.options.min_filter_users} users, or only "
        f"fewer than {scene.options.min_cell_users} users would be left out"
    )
    cities = dict.fromkeys(c.city for c in offered if c.city)
    platforms = dict.fromkeys(c.platform for c in offered if c.platform)
    missing = {}
    if cities and not has_all_cities(scene.marts, cities):
        missing["city"] = "Other cities: only in “All cities”"
    menus = (
        ("city", "City", "All cities", sorted(cities), str),
        ("platform", "Platform", "All platforms", sorted(platforms), platform_words),
    )
    return [
        {
            "name": name,
            "label": label,
            "all": everyone,
            "options": [(value, in_words(value)) for value in values],
            "missing": missing.get(name, ""),
            "why_not": why_not,
        }
        for name, label, everyone, values, in_words in menus
        if values
    ]


def _finalized(value: Any) -> Any:
    """Return a value as templates write it; scripts stay as they were hashed."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return words.in_reading_order(value)
    return value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("user_states.explorer", folder)
                for folder in ("templates", "parts")
            ]
        ),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        numbers=numbers,
        dates=dates,
        words=words,
        called=called,
        icon_of=icon_of,
        meter=bars.meter,
        signed=signed,
        has_part=lambda address: any(part.address == address for part in PAGE_PARTS),
    )
    return environment
