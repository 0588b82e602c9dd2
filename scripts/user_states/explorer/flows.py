"""Users by the state that they were in some weeks ago and the one they are in now."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from user_states.explorer.scene import Scene
from user_states.marts.crossing_rows import CrossingFlowRow
from user_states.marts.families import Family

JOINED = "joined"


@dataclass(frozen=True)
class Flows:
    """Users by where they were and where they are.

    Attributes
    ----------
    weeks : int
        How long ago.
    since : date
        Monday of the week that they were there.
    counts : mapping of (str, str) to int
        By keys of states; `JOINED` for users who were not there yet. States that are
        not shown are left out.
    """

    weeks: int
    since: datetime.date
    counts: Mapping[tuple[str, str], int]

    def leaving(self, key: str) -> dict[str, int]:
        """Return where the users of a state are now, the most first."""
        return _most_first({b: n for (a, b), n in self.counts.items() if a == key})

    def arriving(self, keys: set[str]) -> dict[str, int]:
        """Return where those came from who are in some states and were not before."""
        found: dict[str, int] = defaultdict(int)
        for (start, end), n in self.counts.items():
            if end in keys and start not in keys:
                found[start] += n
        return _most_first(found)

    def departing(self, keys: set[str]) -> dict[str, int]:
        """Return where those are who were in some states and no longer are."""
        found: dict[str, int] = defaultdict(int)
        for (start, end), n in self.counts.items():
            if start in keys and end not in keys:
                found[end] += n
        return _most_first(found)


def spans_of(scene: Scene) -> list[int]:
    """Return over how many weeks the flows are known, rising; without the one week."""
    spans = {row.weeks_apart for row in scene.rows(CrossingFlowRow)}
    return sorted(spans - {1})


def flows_of(scene: Scene) -> Flows | None:
    """Return the flows over the longest time that is known; None without any."""
    spans = spans_of(scene)
    return flows_over(scene, spans[-1]) if spans else None


def flows_over(scene: Scene, weeks: int) -> Flows:
    """Return the flows over a number of weeks: 1, or one of `spans_of`."""
    rows = [row for row in scene.rows(CrossingFlowRow) if row.weeks_apart == weeks]
    shown = {state.state_key for state in scene.states}
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if row.to_state_key in shown and row.from_state_key in {*shown, JOINED}:
            counts[row.from_state_key, row.to_state_key] += row.n_users
    return Flows(weeks, rows[0].from_week_start, dict(counts))


def silent_keys(scene: Scene) -> set[str]:
    """Return the keys of the shown states whose users do not ride.

    If there is none, those count whose users have been silent for some weeks.
    """
    silent = {
        state.state_key
        for state in scene.states
        if state.is_silent or state.family == Family.AWAY
    }
    return silent or {
        state.state_key
        for state in scene.states
        if state.family == Family.LEAVING and "silent" in state.state_name.lower()
    }


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
