"""When to write to the users of a list, in words."""

from __future__ import annotations

import datetime

from user_states.explorer.scene import Scene
from user_states.explorer.words.dates import span, weekday_date
from user_states.explorer.words.numbers import number
from user_states.marts.list_rows import ListMomentRow, ListRow

USUAL = "an hour before their usual ride"


def moment_words(scene: Scene, row: ListRow) -> str:
    """Return when to write: the list's moment, and that of users with a usual ride.

    Parameters
    ----------
    scene : Scene
    row : ListRow

    Returns
    -------
    str
        `Friday 4 December, 16:00 for 511 of 863, whose usual ride is not known; the
        others an hour before their usual ride, from Monday 30 November to …`. Without
        counts under a filter, or if they are small. The list's own words if no moment
        is known.
    """
    found = {
        each.is_usual_moment: each
        for each in scene.marts.rows(ListMomentRow)
        if each.audience == row.audience
    }
    usual, rest = found.get(True), found.get(False)
    days = _days(usual) if usual else ""
    if not rest:
        return f"An hour before their usual ride, {days}" if days else row.moment or ""
    when = _moment(rest.first_moment)
    if when and rest.first_moment == rest.last_moment:
        when = f"{when}{_for_whom(scene, row, found)}" if days else when
        return f"{when}; the others {USUAL}, {days}" if days else when
    if not days:
        return row.moment or ""
    return f"An hour before their usual ride, {days}; the file says when for the others"


def written_span(scene: Scene) -> str:
    """Return the days in which to write: the next week, longer if a moment is later."""
    first = scene.week + datetime.timedelta(weeks=1)
    ends = [first + datetime.timedelta(days=6)]
    ends += [
        day
        for each in scene.marts.rows(ListMomentRow)
        if (day := _day(each.last_moment))
    ]
    return span(first, max(ends), with_year=False)


def _for_whom(scene: Scene, row: ListRow, found: dict[bool, ListMomentRow]) -> str:
    least = min(each.n_users for each in found.values())
    if scene.is_filtered or least < scene.options.min_cell_users:
        return " for those whose usual ride is not known"
    n_users = f"{number(found[False].n_users)} of {number(row.n_users_to_write)}"
    return f" for {n_users}, whose usual ride is not known"


def _days(found: ListMomentRow) -> str:
    first, last = _day(found.first_moment), _day(found.last_moment)
    if not first or not last:
        return ""
    if first == last:
        return f"on {weekday_date(first)}"
    return f"from {weekday_date(first)} to {weekday_date(last)}"


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
