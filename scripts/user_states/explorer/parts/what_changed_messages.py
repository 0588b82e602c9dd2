"""Messages that may be behind a part of what changed in four weeks."""

from __future__ import annotations

import datetime

from user_states.explorer.parts.what_changed_states import FOUR_WEEKS
from user_states.explorer.parts.what_changed_words import Said
from user_states.explorer.scene import Scene
from user_states.explorer.words import counted, listed
from user_states.explorer.words.dates import span
from user_states.marts.list_rows import EffectRow, ListRow


def about_messages(scene: Scene) -> list[Said]:
    """Return a sentence about lists that were written to; none without any.

    Users are followed for four weeks after they came onto a list. Lists count if some
    of these weeks are among the four that are compared.
    """
    first = scene.week - datetime.timedelta(weeks=2 * FOUR_WEEKS - 1)
    rows = [
        row
        for row in scene.marts.rows(EffectRow)
        if row.last_entered_week_start >= first
        and row.n_treated_exposed >= scene.options.min_cell_users
    ]
    titles = {row.audience: row.title for row in scene.marts.rows(ListRow)}
    told = [row for row in rows if row.audience in titles]
    if not told:
        return []
    came = span(
        max(min(row.first_entered_week_start for row in told), first),
        max(row.last_entered_week_start for row in told) + datetime.timedelta(days=6),
        with_year=False,
    )
    which = "the list" if len(told) == 1 else "the lists"
    lists = listed([_list(scene, row, titles[row.audience]) for row in told])
    return [
        Said(
            None,
            "Messages were sent",
            f" to users who came onto {which} {lists} from {came}. A part of what "
            "changed may be due to them: “This week” says what they brought.",
            is_calm=True,
        )
    ]


def _list(scene: Scene, row: EffectRow, title: str) -> str:
    """Return the title of a list and, for everyone, how many users got a message."""
    if scene.is_filtered:
        return f"“{title}”"
    return f"“{title}” ({counted(row.n_treated_exposed, 'user')})"
