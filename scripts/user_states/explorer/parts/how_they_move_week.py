"""How many users changed state in the newest week, and whether that is usual."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from user_states.explorer.flows import JOINED, flows_over
from user_states.explorer.scene import Scene
from user_states.explorer.weekly_figures import usual_range
from user_states.explorer.words import counted
from user_states.explorer.words.numbers import fine_percent
from user_states.marts.crossing_rows import CrossingFlowRow
from user_states.marts.flow_rows import WeekMovesRow

ONE_WEEK = datetime.timedelta(weeks=1)
# The usual number of moves is that of the past year.
USUAL_WEEKS = 52


@dataclass(frozen=True)
class WeekMoves:
    """The moves between the newest week and the one before.

    Attributes
    ----------
    words : str
        How many users changed state.
    counts : mapping of (str, str) to int
        Users by keys of the states they were and are in, or `JOINED`, if these differ.
    """

    words: str
    counts: Mapping[tuple[str, str], int]


def week_moves(scene: Scene) -> WeekMoves | None:
    """Return the moves of the newest week; None if they are not known."""
    if all(row.weeks_apart != 1 for row in scene.rows(CrossingFlowRow)):
        return None
    flows = flows_over(scene, 1)
    there = sum(n for (start, _), n in flows.counts.items() if start != JOINED)
    moves = {pair: n for pair, n in flows.counts.items() if pair[0] != pair[1]}
    moved = sum(n for (start, _), n in moves.items() if start != JOINED)
    if not there:
        return None
    words = (
        f"In the week of {scene.week_words} {counted(moved, 'user')} changed state, "
        f"{fine_percent(moved / there)} of those who were there the week before"
    )
    return WeekMoves(f"{words}{_usual(scene, moved, there)}.", moves)


def _usual(scene: Scene, moved: int, there: int) -> str:
    """Return whether so many moves are usual; empty under a filter or if too early."""
    figures = scene.figures
    users = dict(zip(figures.weeks, figures.users.sum(axis=1).tolist(), strict=True))
    # How many moved in earlier weeks is known for everyone and all states only.
    if scene.is_filtered or scene.small_states:
        return ""
    first = figures.weeks[figures.first_compared]
    shares = [
        row.n_moved / users[row.week_start - ONE_WEEK]
        for row in scene.marts.rows(WeekMovesRow)
        if first < row.week_start < scene.week
    ]
    usual = usual_range(np.array(shares[-USUAL_WEEKS:]))
    if usual is None:
        return ""
    verdict = "as usual"
    if moved / there > usual[1]:
        verdict = "more than usual"
    elif moved / there < usual[0]:
        verdict = "fewer than usual"
    low, high = (fine_percent(end) for end in usual)
    return f": {verdict} ({low} to {high} a week in the past year)"
