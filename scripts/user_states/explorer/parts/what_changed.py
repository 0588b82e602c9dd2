"""What grows, and whether it is more than usual."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.naming import called
from user_states.explorer.part import Part, View
from user_states.explorer.parts.what_changed_riders import Riders, riders
from user_states.explorer.parts.what_changed_states import (
    YEAR,
    Growth,
    StateChange,
    StateGrowth,
    growth,
    state_changes,
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
from user_states.marts.state_rows import ShownState

# Unusual states that are told in sentences, and in the title.
MOST_TOLD = 3
MOST_IN_TITLE = 2
# Growth that differs from that of all users by less is not told.
LEAST_GROWTH = 0.15


@dataclass(frozen=True)
class Said:
    """A sentence: what is told, and the rest of it."""

    state: ShownState | None
    finding: str
    rest: str
    is_calm: bool = False


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
    riders : sequence of Riders
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
    riders: Sequence[Riders]


def view(scene: Scene) -> WhatChanged | None:
    """Return what changed; None if nothing can be compared yet."""
    changes = state_changes(scene) if len(scene.states) > 1 else []
    grown = growth(scene)
    drawn = riders(scene)
    if not changes and not grown and not drawn:
        return None
    change_rows, change_axis = _change_rows(changes)
    lines, growth_axis = _growth_lines(grown)
    return WhatChanged(
        title=_title(changes, grown),
        lead="" if changes else "The log is too short to compare four weeks with.",
        sentences=_sentences(scene, changes, grown),
        changes=change_rows,
        changes_title=_changes_title(changes),
        changes_axis=change_axis,
        has_usual=any(each.usual for each in changes),
        growth=lines,
        growth_title=_growth_title(lines, grown),
        growth_note=_growth_note(scene, grown),
        growth_axis=growth_axis,
        riders=drawn,
    )


def _span(weeks: int) -> str:
    return "a year" if weeks == YEAR else f"{in_words(weeks)} weeks"


def _unusual(changes: Sequence[StateChange]) -> list[StateChange]:
    """Return the unusual changes, the largest first."""
    found = [each for each in changes if each.is_unusual]
    return sorted(found, key=lambda each: -abs(each.change))


def _grew_most(grown: Growth | None) -> StateGrowth | None:
    """Return the state whose growth differs most from that of all users."""
    if not grown or len(grown.states) < 2:
        return None
    most = max(grown.states, key=lambda each: abs(each.growth - grown.growth))
    return most if abs(most.growth - grown.growth) >= LEAST_GROWTH else None


def _title(changes: Sequence[StateChange], grown: Growth | None) -> str:
    unusual = _unusual(changes)
    most = _grew_most(grown)
    year = ""
    if grown and most:
        year = f"{called(most.state)} {_grown(most.growth)} in {_span(grown.weeks)}"
    elif grown:
        year = f"all users {_grown(grown.growth)} in {_span(grown.weeks)}"
    if not unusual:
        if not changes:
            return starting_large(year) or "Users who rode, week by week"
        calm = "Nothing unusual in four weeks"
        return f"{calm}, and {year}" if year else calm
    parts = [_moved_unusually(unusual[:MOST_IN_TITLE])]
    if year and most and all(most.state != e.state for e in unusual[:MOST_IN_TITLE]):
        parts.append(year)
    return ", and ".join(parts)


def _moved_unusually(changes: Sequence[StateChange]) -> str:
    """Return that states grew or fell more (or less) than usual."""
    found = []
    for verdict in dict.fromkeys(each.verdict for each in changes):
        same = [each for each in changes if each.verdict == verdict]
        ups = listed([called(each.state) for each in same if each.change > 0])
        downs = listed([called(each.state) for each in same if each.change < 0])
        moves = [f"{ups} grew"] if ups else []
        moves += [f"{downs} fell"] if downs else []
        found.append(f"{listed(moves)} {verdict}")
    return listed(found)


def _grown(share: float) -> str:
    """Return growth in words: `doubled`, `grew by 45%`, `shrank by 12%`."""
    if 0.9 <= share <= 1.1:
        return "doubled"
    if 1.85 <= share <= 2.15:
        return "tripled"
    if abs(share) < 0.005:
        return "stayed the same"
    return f"{'grew' if share > 0 else 'shrank'} by {100 * abs(share):.0f}%"


def _sentences(
    scene: Scene, changes: Sequence[StateChange], grown: Growth | None
) -> list[Said]:
    found = [_told(each, grown) for each in _unusual(changes)[:MOST_TOLD]]
    told = {said.state for said in found}
    most = _grew_most(grown)
    if grown and most:
        found.append(
            Said(
                most.state,
                f"{called(most.state)} went from {number(most.before)} to "
                f"{number(most.now)} users in {_span(grown.weeks)}",
                f", while all users {_grown(grown.growth)}.",
            )
        )
    silent = [e for e in changes if e.state.is_silent and e.state not in told]
    if silent:
        found.append(_calm(max(silent, key=lambda e: e.now), scene, grown))
    if grown and grown.spend and grown.spend[0] > 0:
        before, now = grown.spend
        money = scene.money
        found.append(
            Said(
                None,
                f"Money went from {money.about(before)} to {money.about(now)} a week "
                f"in {_span(grown.weeks)}",
                f" ({signed_percent(now / before - 1)}).",
                is_calm=True,
            )
        )
    return found


def _told(each: StateChange, grown: Growth | None) -> Said:
    verb = "grew" if each.change > 0 else "fell"
    rest = f" of users in four weeks: {each.verdict}."
    then = _year_ago(each.state, grown)
    if grown and then:
        difference = then.now - then.before
        more = "more" if difference >= 0 else "fewer"
        ago = "a year ago" if grown.weeks == YEAR else f"{_span(grown.weeks)} ago"
        rest += f" In number they are {number(abs(difference))} {more} than {ago}."
    return Said(
        each.state,
        f"{called(each.state)} {verb} from {fine_percent(each.before)} to "
        f"{fine_percent(each.now)}",
        rest,
    )


def _calm(each: StateChange, scene: Scene, grown: Growth | None) -> Said:
    rest = f", after {fine_percent(each.before)} four weeks ago"
    rest += ": within its usual range." if each.usual else "."
    if grown and (then := _year_ago(each.state, grown)):
        ago = "A year ago" if grown.weeks == YEAR else f"{_span(grown.weeks)} ago"
        share = fine_percent(then.before / grown.before)
        rest += f" {starting_large(ago)} it was {share}."
    text = f"{called(each.state)} stands at {fine_percent(each.now)}"
    return Said(each.state, text, rest, is_calm=True)


def _year_ago(state: ShownState, grown: Growth | None) -> StateGrowth | None:
    states = grown.states if grown else ()
    return next((each for each in states if each.state == state), None)


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
    n = len(_unusual(changes))
    if not any(each.usual for each in changes):
        return "In four weeks: what is usual is not known yet"
    if not n:
        return "In four weeks: every change is within its usual range"
    verb = "change is" if n == 1 else "changes are"
    return f"In four weeks: {in_words(n)} {verb} larger than usual"


def _growth_lines(grown: Growth | None) -> tuple[list[GrowthLine], Markup | None]:
    if not grown or not grown.states:
        return [], None
    values = [each.growth for each in grown.states] + [grown.growth]
    low, high = min([0.0, *values]), max([0.0, *values]) or 0.01
    scale = Scale(low, high)
    lines = [
        GrowthLine(
            each,
            rows.bar(
                each.growth,
                grown.growth,
                scale,
                f"k{each.state.place}",
                f"{each.state.state_name}\n{number(each.before)} → {number(each.now)} "
                f"users: {signed_percent(each.growth)}",
            ),
            signed_percent(each.growth),
            each.growth > grown.growth,
        )
        for each in grown.states
    ]
    label = f"all users {signed_percent(grown.growth)}"
    return lines, rows.marks(scale, [(grown.growth, label)], strong=True)


def _growth_title(lines: Sequence[GrowthLine], grown: Growth | None) -> str:
    if not grown:
        return ""
    n = sum(line.is_faster for line in lines)
    states = "state" if n == 1 else "states"
    span = starting_large(f"in {_span(grown.weeks)}")
    if len(lines) == 1:
        return f"{span}: users {_grown(grown.growth)}"
    return f"{span}: {in_words(n)} {states} grew faster than the whole"


def _growth_note(scene: Scene, grown: Growth | None) -> str:
    if not grown:
        return ""
    week = scene.week - datetime.timedelta(weeks=grown.weeks)
    return f"Growth in users since the week of {week_span(week)}."


PART = Part("what-changed", "What changed", view, (GrowthRow,))
