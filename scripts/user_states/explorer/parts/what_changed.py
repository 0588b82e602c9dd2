"""What grows, and whether it is more than usual."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from user_states.explorer.activity import Activity
from user_states.explorer.naming import called
from user_states.explorer.part import Part, View
from user_states.explorer.parts.what_changed_messages import about_messages
from user_states.explorer.parts.what_changed_riders import riders
from user_states.explorer.parts.what_changed_states import (
    Growth,
    StateChange,
    StateGrowth,
    growth,
    state_changes,
)
from user_states.explorer.parts.what_changed_words import (
    Said,
    ago_words,
    grown_words,
    sentences,
    span_words,
    title,
    unusual,
)
from user_states.explorer.scene import Scene
from user_states.explorer.svg import rows
from user_states.explorer.svg.scales import Scale, reach, round_step
from user_states.explorer.words import listed, starting_large
from user_states.explorer.words.dates import week_span
from user_states.explorer.words.numbers import (
    fine_percent,
    in_words,
    number,
    signed_percent,
)
from user_states.marts.crossing_rows import GrowthRow
from user_states.marts.list_rows import EffectRow, ListRow
from user_states.marts.state_rows import ShownState

# A state is called faster than all that ride if it grew by this much more.
LEAST_FASTER = 0.05


@dataclass(frozen=True)
class ChangeRow:
    """A row of the picture of changes in four weeks."""

    change: StateChange
    drawing: Markup
    words: str


@dataclass(frozen=True)
class GrowthLine:
    """A row of the picture of growth in a year."""

    growth: StateGrowth
    drawing: Markup
    words: str
    is_faster: bool


@dataclass(frozen=True)
class SizeLine:
    """A row of the table of users and money; without a state, of all states."""

    state: ShownState | None
    users_before: str
    users: str
    spend_before: str
    spend: str
    spend_share: str


@dataclass(frozen=True, kw_only=True)
class WhatChanged(View):
    """Sentences, three pictures and a table.

    Attributes
    ----------
    sentences : sequence of Said
    changes : sequence of ChangeRow
        Empty if the log is too short.
    changes_title : str
    changes_axis : Markup or None
    has_usual : bool
        Whether it is known what is usual.
    growth : sequence of GrowthLine
        Empty if the log is too short.
    growth_title, growth_note : str
    growth_axis : Markup or None
    riders : sequence of Activity
    sizes : sequence of SizeLine
        Users and money of each state, and of all.
    ago : str
        When "before" is, such as `a year ago`; empty if the log is too short.
    has_money : bool
    """

    sentences: Sequence[Said]
    changes: Sequence[ChangeRow]
    changes_title: str
    changes_axis: Markup | None
    has_usual: bool
    growth: Sequence[GrowthLine]
    growth_title: str
    growth_note: str
    growth_axis: Markup | None
    riders: Sequence[Activity]
    sizes: Sequence[SizeLine]
    ago: str
    has_money: bool


def view(scene: Scene) -> WhatChanged | None:
    """Return what changed; None if nothing can be compared yet."""
    is_divided = sum(state.is_of_the_model for state in scene.states) > 1
    changes = state_changes(scene) if is_divided else []
    grown = growth(scene)
    drawn = riders(scene)
    if not changes and not grown and not drawn:
        return None
    change_rows, change_axis = _change_rows(changes)
    # One state that grows with all users says nothing beside the title.
    lines, growth_axis = _growth_lines(grown if is_divided else None)
    return WhatChanged(
        title=title(changes, grown),
        lead=(
            "The log is too short to compare four weeks with."
            if is_divided and not changes
            else ""
        ),
        sentences=[*sentences(scene, changes, grown), *about_messages(scene)],
        changes=change_rows,
        changes_title=_changes_title(changes),
        changes_axis=change_axis,
        has_usual=any(each.usual for each in changes),
        growth=lines,
        growth_title=_growth_title(lines, grown),
        growth_note=_growth_note(scene, grown),
        growth_axis=growth_axis,
        riders=drawn,
        sizes=_size_lines(scene, grown),
        ago=ago_words(grown.weeks) if grown else "",
        has_money=scene.figures.spend is not None,
    )


def _size_lines(scene: Scene, grown: Growth | None) -> list[SizeLine]:
    """Return users and money of each shown state, and of all of them."""
    figures, money = scene.figures, scene.money
    row = len(figures.weeks) - 1 - grown.weeks if grown else None
    places: list[tuple[ShownState | None, list[int]]] = [
        (state, [place]) for place, state in enumerate(scene.states)
    ]
    places.append((None, list(range(len(scene.states)))))
    found = []
    for state, columns in places:
        users, spend = figures.users[:, columns].sum(axis=1), np.zeros(1)
        if figures.spend is not None:
            spend = figures.spend[:, columns].sum(axis=1)
        total = 0.0 if figures.spend is None else float(figures.spend[-1].sum())
        found.append(
            SizeLine(
                state,
                "" if row is None else _told(users[row], scene.options.min_cell_users),
                number(users[-1]),
                "" if row is None or not total else money.exact(float(spend[row])),
                money.exact(float(spend[-1])),
                fine_percent(float(spend[-1]) / total) if total else "–",
            )
        )
    return found


def _told(n_users: float, least: int) -> str:
    """Return a number of users, without telling a small one."""
    return f"under {least}" if 0 < n_users < least else number(n_users)


def _change_rows(
    changes: Sequence[StateChange],
) -> tuple[list[ChangeRow], Markup | None]:
    if not changes:
        return [], None
    values = [100 * each.change for each in changes]
    values += [100 * end for each in changes for end in each.usual or ()]
    most = reach(values, 0.2)
    step = round_step(most / 1.6)
    scale = Scale(-1.12 * max(most, step), 1.12 * max(most, step))
    drawn = [_change_row(each, scale) for each in changes]
    text = f"{step:g}"
    axis = rows.marks(
        scale, [(-step, f"−{text}"), (0, "no change"), (step, f"+{text}")]
    )
    return drawn, axis


def _change_row(each: StateChange, scale: Scale) -> ChangeRow:
    words = f"{fine_percent(each.before)} → {fine_percent(each.now)}"
    band = None
    tip = f"{each.state.state_name}\n{words}"
    if each.usual:
        low, high = (100 * end for end in each.usual)
        band = (low, high)
        tip += f"\nusual: {low:+.1f} to {high:+.1f} points".replace("-", "−")
    drawing = rows.on_band(
        100 * each.change,
        band,
        scale,
        f"k{each.state.place}",
        tip,
        is_outside=each.is_unusual,
    )
    return ChangeRow(each, drawing, words)


def _changes_title(changes: Sequence[StateChange]) -> str:
    n = len(unusual(changes))
    if not any(each.usual for each in changes):
        return "In four weeks: what is usual is not known yet"
    if not n:
        return "In four weeks: every change is within its usual range"
    verb = "change is" if n == 1 else "changes are"
    return f"In four weeks: {in_words(n)} {verb} larger than usual"


def _growth_lines(grown: Growth | None) -> tuple[list[GrowthLine], Markup | None]:
    if not grown or not grown.states:
        return [], None
    values = [each.growth for each in grown.states] + [grown.whole]
    low, high = min([0.0, *values]), max([0.0, *values]) or 0.01
    scale = Scale(low, high)
    lines = [
        GrowthLine(
            each,
            rows.bar(
                each.growth,
                grown.whole,
                scale,
                f"k{each.state.place}",
                f"{each.state.state_name}\n{number(each.before)} → {number(each.now)} "
                f"users: {signed_percent(each.growth)}",
            ),
            signed_percent(each.growth),
            not each.state.is_silent and each.growth - grown.whole >= LEAST_FASTER,
        )
        for each in grown.states
    ]
    which = "states with rides" if grown.riding else "all users"
    label = f"{which} {signed_percent(grown.whole)}"
    return lines, rows.marks(scale, [(grown.whole, label)], strong=True)


def _growth_title(lines: Sequence[GrowthLine], grown: Growth | None) -> str:
    if not grown:
        return ""
    span = starting_large(f"in {span_words(grown.weeks)}")
    if len(lines) == 1:
        return f"{span}: users {grown_words(grown.now / grown.before - 1)}"
    if grown.riding and sum(not line.growth.state.is_silent for line in lines) < 2:
        return f"{span}: users in the state with rides {grown_words(grown.whole)}"
    n = sum(line.is_faster for line in lines)
    one = n < 2
    states, whole = f"state{'' if one else 's'}", "the whole"
    if grown.riding:
        states += " with rides"
        whole = "all of these together"
    return f"{span}: {in_words(n)} {states} grew clearly faster than {whole}"


def _growth_note(scene: Scene, grown: Growth | None) -> str:
    if not grown:
        return ""
    week = scene.week - datetime.timedelta(weeks=grown.weeks)
    note = (
        f"Growth in users since the week of {week_span(week)}, each week seen from "
        "its own end; the table below names the columns."
    )
    silent = [each.state for each in grown.states if each.state.is_silent]
    if not silent:
        return note
    return Markup(
        "{} {} {}: users who stopped are still counted. So the other states are "
        "compared with all states with rides together. All users together {}."
    ).format(
        note,
        listed([called(state) for state in silent]),
        "grows by itself" if len(silent) == 1 else "grow by themselves",
        grown_words(grown.now / grown.before - 1),
    )


PART = Part("what-changed", "What changed", view, (GrowthRow, EffectRow, ListRow))
