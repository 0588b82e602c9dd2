"""Changes of the states' shares and sizes, and what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.explorer.scene import Scene
from user_states.explorer.weekly_figures import relative_changes, usual_range
from user_states.marts.state_rows import ShownState

FOUR_WEEKS, YEAR = 4, 52
# The usual range of changes is that of the past year.
USUAL_WEEKS = 52
# A smaller change of a share is not told, however unusual: 0.1 points.
LEAST_POINTS = 0.001
# A log must reach so far back before growth since its start is told.
LEAST_WEEKS = 12


@dataclass(frozen=True)
class StateChange:
    """How a state's share of users changed in four weeks.

    Attributes
    ----------
    state : ShownState
    before, now : float
        Shares, from 0 to 1.
    usual : tuple of float or None
        Where nine in ten changes of the past year lay; None if too few are known.
    """

    state: ShownState
    before: float
    now: float
    usual: tuple[float, float] | None

    @property
    def change(self) -> float:
        """The change, in shares."""
        return self.now - self.before

    @property
    def is_unusual(self) -> bool:
        """Whether the change is larger than nine in ten of the past year."""
        if self.usual is None or abs(self.change) < LEAST_POINTS:
            return False
        return not self.usual[0] <= self.change <= self.usual[1]

    @property
    def always_grows(self) -> bool:
        """Whether it is a silent state whose share hardly ever falls.

        Users who stopped for good are still counted, so it grows by itself.
        """
        if self.usual is None or not self.state.is_silent:
            return False
        return self.usual[0] > -LEAST_POINTS

    @property
    def verdict(self) -> str:
        """What is unusual about it; empty if nothing is."""
        if not self.is_unusual or self.usual is None:
            return ""
        low, high = self.usual
        # A rise that is smaller than nearly all rises is unusual, too.
        is_less = 0 < self.change < low or high < self.change < 0
        return "less than usual" if is_less else "more than usual"


@dataclass(frozen=True)
class StateGrowth:
    """How many users a state had a year ago and has now.

    Attributes
    ----------
    state : ShownState
    before, now : int
    """

    state: ShownState
    before: int
    now: int

    @property
    def growth(self) -> float:
        """Growth as a share of the users before."""
        return self.now / self.before - 1


@dataclass(frozen=True)
class Growth:
    """Growth of the states and of all users.

    Attributes
    ----------
    weeks : int
        Over which it is: 52, or as many as the log has.
    states : sequence of StateGrowth
        The fastest first.
    before, now : int
        All users.
    riders : tuple of int
        Users who rode in the week then and now.
    spend : tuple of float or None
        Money in the week then and now; None without prices.
    riding : tuple of int or None
        Users in states that ride, then and now; None without a silent state. A silent
        state grows by itself, so states are not compared with a whole that has it.
    """

    weeks: int
    states: Sequence[StateGrowth]
    before: int
    now: int
    riders: tuple[int, int]
    spend: tuple[float, float] | None
    riding: tuple[int, int] | None = None

    @property
    def whole(self) -> float:
        """Growth of what states are compared with: users in all states that ride."""
        before, now = self.riding or (self.before, self.now)
        return now / before - 1

    @property
    def whole_words(self) -> str:
        """What states are compared with, in words."""
        return "users in all states with rides" if self.riding else "all users"


def state_changes(scene: Scene) -> list[StateChange]:
    """Return the changes in four weeks, in the order of display; empty if too early."""
    figures = scene.figures
    if len(figures.weeks) - 1 - figures.first_compared < FOUR_WEEKS:
        return []
    totals = figures.users.sum(axis=1)
    shares = figures.shares[
        max(figures.first_compared, len(totals) - USUAL_WEEKS - FOUR_WEEKS - 1) :
    ]
    changes = shares[FOUR_WEEKS:] - shares[:-FOUR_WEEKS]
    return [
        StateChange(
            state,
            float(shares[-1 - FOUR_WEEKS, place]),
            float(shares[-1, place]),
            usual_range(changes[:-1, place]),
        )
        for place, state in enumerate(scene.states)
        if state.is_of_the_model
    ]


@dataclass(frozen=True)
class MoneyChange:
    """What users paid in four weeks, against the four weeks before.

    Attributes
    ----------
    now : float
    change : float
        As a share of the four weeks before.
    usual : tuple of float or None
        Where nine in ten such changes of the past year lay.
    """

    now: float
    change: float
    usual: tuple[float, float] | None

    @property
    def is_unusual(self) -> bool:
        """Whether the change is outside the usual range."""
        return bool(self.usual) and self.verdict != "usual"

    @property
    def verdict(self) -> str:
        """How it compares with what is usual; empty if that is not known."""
        if self.usual is None:
            return ""
        low, high = self.usual
        if low <= self.change <= high:
            return "usual"
        is_less = 0 < self.change < low or high < self.change < 0
        return "less than usual" if is_less else "more than usual"


def money_change(scene: Scene) -> MoneyChange | None:
    """Return the change of money in four weeks; None without prices or if too early."""
    spend = scene.figures.spend
    if spend is None or len(spend) < 2 * FOUR_WEEKS:
        return None
    weekly = spend.sum(axis=1)[-USUAL_WEEKS - 2 * FOUR_WEEKS :]
    sums = np.convolve(weekly, np.ones(FOUR_WEEKS), "valid")
    changes = relative_changes(sums, FOUR_WEEKS)
    if not np.isfinite(changes[-1]):
        return None
    return MoneyChange(float(sums[-1]), float(changes[-1]), usual_range(changes[:-1]))


def growth(scene: Scene) -> Growth | None:
    """Return growth in a year, or since the log began; None if that is too short."""
    figures = scene.figures
    totals = figures.users.sum(axis=1)
    weeks = min(YEAR, len(figures.weeks) - 1 - figures.first_compared)
    if weeks < LEAST_WEEKS:
        return None
    row = len(figures.weeks) - 1 - weeks
    least = scene.options.min_cell_users
    states = [
        StateGrowth(state, int(figures.users[row, n]), int(figures.users[-1, n]))
        for n, state in enumerate(scene.states)
        if state.is_of_the_model and figures.users[row, n] >= least
    ]
    riding = [
        n
        for n, state in enumerate(scene.states)
        if state.is_of_the_model and not state.is_silent
    ]
    has_silent = any(state.is_silent for state in scene.states)
    ends = [int(figures.users[at, riding].sum()) for at in (row, -1)]
    spend = figures.spend
    return Growth(
        weeks,
        sorted(states, key=lambda each: (-each.growth, each.state.state_id)),
        int(totals[row]),
        int(totals[-1]),
        (int(figures.riders[row].sum()), int(figures.riders[-1].sum())),
        None if spend is None else (float(spend[row].sum()), float(spend[-1].sum())),
        (ends[0], ends[1]) if has_silent and ends[0] else None,
    )
