"""When to write to the users of a list, in words."""

from __future__ import annotations

import datetime

from user_states.explorer.scene import Scene
from user_states.explorer.words.dates import span, weekday_date
from user_states.explorer.words.numbers import number
from user_states.marts.list_rows import ListMomentRow, ListRow


def moment_words(scene: Scene, row: ListRow) -> str:
    """Return when to write: before a usual ride, and when to those without one.

    Parameters
    ----------
    scene : Scene
    row : ListRow

    Returns
    -------
    str
        `An hour before their usual ride; Friday 4 December, 16:00 for the 511 of 863
        without one`. Days of usual rides are told if they are not the whole week.
        Without counts under a filter, or if they are small. The list's own words if no
        moment is known.
    """
    found = {
        each.is_usual_moment: each
        for each in scene.marts.rows(ListMomentRow)
        if each.audience == row.audience
    }
    usual, rest = found.get(True), found.get(False)
    before = _before_usual_rides(scene, usual) if usual else ""
    if not rest:
        return before or row.moment or ""
    when = _moment(rest.first_moment)
    if when and rest.first_moment == rest.last_moment:
        return f"{before}; {when} for {_rest(scene, row, found)}" if before else when
    if not before:
        return row.moment or ""
    return f"{before}; the file says when for the others"


def written_span(scene: Scene) -> str:
    """Return the days in which to write: the next week, longer if a moment is later."""
    first = _first_day(scene)
    ends = [first + datetime.timedelta(days=6)]
    ends += [
        day
        for each in scene.marts.rows(ListMomentRow)
        if (day := _day(each.last_moment))
    ]
    return span(first, max(ends), with_year=False)


def _rest(scene: Scene, row: ListRow, found: dict[bool, ListMomentRow]) -> str:
    least = min(each.n_users for each in found.values())
    if scene.is_filtered or least < scene.options.min_cell_users:
        return "those without one"
    n_users = number(found[False].n_users)
    return f"the {n_users} of {number(row.n_users_to_write)} without one"


def _before_usual_rides(scene: Scene, found: ListMomentRow) -> str:
    first, last = _day(found.first_moment), _day(found.last_moment)
    if not first or not last:
        return ""
    words = "An hour before their usual ride"
    monday = _first_day(scene)
    if first <= monday and last >= monday + datetime.timedelta(days=6):
        return words
    if first == last:
        return f"{words}, on {weekday_date(first)}"
    return f"{words}, from {weekday_date(first)} to {weekday_date(last)}"


def _first_day(scene: Scene) -> datetime.date:
    """Return the Monday of the week in which to write."""
    return scene.week + datetime.timedelta(weeks=1)


def _day(moment: str | None) -> datetime.date | None:
    """Return the day of a moment in digits, `2026-11-27 16:00`; None of words."""
    try:
        return datetime.date.fromisoformat((moment or "").partition(" ")[0])
    except ValueError:
        return None


def _moment(moment: str | None) -> str:
    """Return a moment in digits as people say it: `Friday 27 November, 16:00`."""
    day = _day(moment)
    hour = (moment or "").partition(" ")[2]
    return f"{weekday_date(day)}, {hour}" if day else ""
