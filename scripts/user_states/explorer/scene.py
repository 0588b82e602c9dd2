"""What every part of the page is drawn from: the marts, and who is shown."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from user_states.explorer.crossings import Crossing
from user_states.explorer.weekly_figures import WeeklyFigures, weekly_figures
from user_states.explorer.words.dates import week_span
from user_states.explorer.words.money import Money
from user_states.explorer.words.numbers import number
from user_states.marts.crossing_rows import CrossingRow, CrossingSizeRow
from user_states.marts.customer_rows import (
    CustomerPeriodRow,
    EventOutcomeRow,
    IdentifierCountRow,
)
from user_states.marts.log_words import OF_RIDES, LogWords
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts
from user_states.marts.persona_rows import ConversationFilterRow, PersonaRow
from user_states.marts.propensity_mart_rows import PropensityModelRow
from user_states.marts.segment_rows import DivisionRow
from user_states.marts.state_rows import ShownState

# Takes a mart's name, returns its name in SQL in the target.
NameInSql = Callable[[str], str]

OfCrossing = TypeVar("OfCrossing", bound=CrossingRow)

# What every part may use.
SCENE_READS: tuple[type[MartRow], ...] = (
    CrossingSizeRow,
    CustomerPeriodRow,
    EventOutcomeRow,
    IdentifierCountRow,
    DivisionRow,
    PersonaRow,
    ConversationFilterRow,
    PropensityModelRow,
)
# Groups of parts, as in the menu.
STATE_GROUP, CUSTOMER_GROUP, MADE_GROUP = "States", "Customers", "How it was made"


@dataclass(frozen=True)
class PageOptions:
    """Settings of the page, from the target and the vars of the project.

    Attributes
    ----------
    name_in_sql : callable
        Takes a mart's name, returns its name in SQL in the target.
    min_cell_users : int
        A state or list with fewer users shows only that.
    min_filter_users : int
        A city or platform with fewer users is switched off in the menu.
    customer_window_days : int
        Days back in which customers' purchases are counted.
    today : date or None
        The day on which the page is made; None leaves out whether lists are late.
    words : LogWords
        What people do in the log, for texts that are written about rides.
    """

    name_in_sql: NameInSql
    min_cell_users: int = 20
    min_filter_users: int = 500
    customer_window_days: int = 90
    today: datetime.date | None = None
    words: LogWords = OF_RIDES


@dataclass(frozen=True)
class Scene:
    """The marts, and the users that are shown.

    Attributes
    ----------
    marts : Marts
    options : PageOptions
    crossing : Crossing
    n_everyone : int
        Users of the whole page.
    """

    marts: Marts
    options: PageOptions
    crossing: Crossing
    n_everyone: int

    @cached_property
    def week(self) -> datetime.date:
        """Monday of the newest week: of the states if there are any."""
        week = self.marts.as_of_week if self.has_states else self.customer_week
        if week is None:
            raise ValueError("found no week in the marts; expected one: fit a model")
        return week

    @cached_property
    def has_states(self) -> bool:
        """Whether there are states: not without rides, nor before the first fit."""
        return bool(self.marts.model_states) and self.marts.as_of_week is not None

    @cached_property
    def customer_week(self) -> datetime.date | None:
        """Monday of the newest week in which customers were counted."""
        weeks = [
            row.period_start
            for row in self.marts.rows(CustomerPeriodRow)
            if row.period_weeks == 1
        ]
        return max(weeks, default=None)

    @cached_property
    def has_customers(self) -> bool:
        """Whether customers are more than users: not if only rides are known."""
        identified = self.marts.rows(IdentifierCountRow)
        events = self.marts.rows(EventOutcomeRow)
        is_more = any(row.identifier_type != "user_id" for row in identified) or any(
            row.outcome != "kept, as rides" for row in events
        )
        return bool(identified) and is_more and self.customer_week is not None

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of parts that have something to show."""
        has = {
            STATE_GROUP: self.has_states,
            CUSTOMER_GROUP: self.has_customers,
            MADE_GROUP: self.has_states,
        }
        return tuple(group for group, is_shown in has.items() if is_shown)

    @property
    def left_out(self) -> str:
        """Which parts are left out, and why; empty if none are."""
        return " ".join(
            filter(
                None,
                [
                    self._group_left_out,
                    self._divisions_left_out,
                    self._personas_left_out,
                    self._propensities_left_out,
                ],
            )
        )

    @property
    def _divisions_left_out(self) -> str:
        if not self.has_customers or self.marts.rows(DivisionRow):
            return ""
        return (
            "Ways to divide your customers are left out: none were compared yet. Ask "
            "your analyst for them."
        )

    @property
    def _personas_left_out(self) -> str:
        # Messages are optional: without any, nothing is missed.
        has_messages = any(
            row.n_conversations for row in self.marts.rows(ConversationFilterRow)
        )
        if not self.has_customers or not has_messages or self.marts.rows(PersonaRow):
            return ""
        return (
            "What customers write is left out: no personas were published yet. Ask "
            "your analyst, who can see why if none are found."
        )

    @property
    def _propensities_left_out(self) -> str:
        if not self.has_customers or any(
            row.is_tried for row in self.marts.rows(PropensityModelRow)
        ):
            return ""
        return (
            "Who will do what next is left out: no forecast was tried yet. Ask your "
            "analyst for it."
        )

    @property
    def _group_left_out(self) -> str:
        if not self.has_states:
            return (
                "Parts about users and their states are left out: they need rides, and "
                "a first search for states in them."
            )
        if not self.has_customers:
            return (
                "Parts about customers are left out: only rides are known, so each "
                "user is one customer. Load events to see where else they meet you."
            )
        return ""

    @property
    def week_words(self) -> str:
        """The newest week, which the figures are of: `16 to 22 November`."""
        return week_span(self.week, with_year=False)

    @property
    def next_week_words(self) -> str:
        """The week after it, in which to write to users: `23 to 29 November`."""
        return week_span(self.week + datetime.timedelta(weeks=1), with_year=False)

    @property
    def is_next_week_over(self) -> bool:
        """Whether the week in which to write to users was over when this was made."""
        today = self.options.today
        return today is not None and today >= self.week + datetime.timedelta(weeks=2)

    @property
    def is_filtered(self) -> bool:
        """Whether a part of the users is shown."""
        return not self.crossing.is_everyone

    @cached_property
    def has_money(self) -> bool:
        """Whether the log has prices."""
        rows = self.marts.rows(CrossingSizeRow)
        return any(row.spend is not None for row in rows)

    @property
    def money(self) -> Money:
        """Writes amounts in the currency of the marts."""
        return Money(self.marts.currency)

    def rows(self, row_class: type[OfCrossing]) -> list[OfCrossing]:
        """Return the rows about the users that are shown."""
        if row_class not in self._rows:
            rows = self.marts.rows(row_class)
            self._rows[row_class] = [row for row in rows if self.crossing.has(row)]
        return self._rows[row_class]

    @cached_property
    def _rows(self) -> dict[type, list[Any]]:
        """The rows that were asked for already, by class: cards ask again and again."""
        return {}

    @cached_property
    def all_figures(self) -> WeeklyFigures:
        """The figures of every state, also of those with too few users to be shown."""
        return weekly_figures(
            self.rows(CrossingSizeRow),
            self.week,
            [state.state_id for state in self.marts.states],
            has_money=self.has_money,
        )

    @cached_property
    def small_states(self) -> tuple[ShownState, ...]:
        """States with a few users: too few to say more about them."""
        now = self.all_figures.users[-1]
        return tuple(
            state
            for state, n_users in zip(self.marts.states, now, strict=True)
            if 0 < n_users < self.options.min_cell_users
        )

    @property
    def small_users_words(self) -> str:
        """How many users sums leave out: exact if that tells of no single small state.

        Empty if there are none.
        """
        least = self.options.min_cell_users
        small = {state.state_id for state in self.small_states}
        if not small:
            return ""
        others = set(self.all_figures.state_ids) - small
        n_users = int(self.all_figures.without(others).users[-1].sum())
        return number(n_users) if n_users >= least else f"fewer than {least}"

    @cached_property
    def figures(self) -> WeeklyFigures:
        """The figures of the shown states; sums are over these states too."""
        empty = {
            state.state_id
            for place, state in enumerate(self.marts.states)
            if not self.all_figures.users[-1, place]
        }
        small = {state.state_id for state in self.small_states}
        return self.all_figures.without(empty | small)

    @cached_property
    def states(self) -> tuple[ShownState, ...]:
        """The states that are shown, in the order of display."""
        shown = set(self.figures.state_ids)
        return tuple(s for s in self.marts.states if s.state_id in shown)

    @property
    def n_users(self) -> int:
        """Users in the shown states in the newest week."""
        return int(self.figures.users[-1].sum())
