"""Rows of the marts, all from one snapshot, for the figures and the page."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from user_states.marts.colour_places import colour_places
from user_states.marts.families import family_of_activity, family_of_name
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.history_rows import NewestWeekRow
from user_states.marts.mart_row import MartRow
from user_states.marts.palette import StateStyle, style_at
from user_states.marts.run_rows import LineageRow, RunRow
from user_states.marts.state_rows import ShownState, StateRow

Row = TypeVar("Row", bound=MartRow)

# Every picture names the week and the run, and draws the states in their colours.
ALWAYS_READ: tuple[type[MartRow], ...] = (NewestWeekRow, StateRow, LineageRow)


class NothingToDrawError(Exception):
    """A mart has nothing to show in a picture; the message says which and why."""


@dataclass(frozen=True)
class Marts:
    """Rows of the marts, as `read_marts` reads them.

    Figures and sections of the page declare which classes of rows they need; nothing
    else is read.

    Attributes
    ----------
    currency : str
        Currency of every price: the var `reporting_currency`.
    labels : FeatureLabels
        Features in words, as declared in the var `features`.
    tables : mapping of class to tuple of rows
        In the order of each class; empty if the mart is empty.
    """

    currency: str
    labels: FeatureLabels
    tables: Mapping[type[MartRow], tuple[MartRow, ...]]

    def rows(self, row_class: type[Row]) -> tuple[Row, ...]:
        """Return the rows of a class.

        Raises
        ------
        LookupError
            If they have not been read.
        """
        if row_class not in self.tables:
            raise LookupError(
                f"found no rows of {row_class.__name__} among those that were read; "
                f"expected them: add {row_class.__name__} to `reads` of the figure or "
                "section that shows them"
            )
        return cast("tuple[Row, ...]", self.tables[row_class])

    @property
    def as_of_week(self) -> datetime.date | None:
        """Monday of the last week that has states."""
        return self.rows(NewestWeekRow)[0].week_start

    @property
    def run_id(self) -> str | None:
        """The run that the states belong to; None before the first fit."""
        return self.rows(NewestWeekRow)[0].run_id

    @property
    def source_line(self) -> str:
        """As-of week and run, as shown in every figure."""
        return f"as of the week of {self.as_of_week} · run {self.run_id}"

    @property
    def shown_run(self) -> RunRow | None:
        """The run that the states belong to; None if the mart runs does not have it."""
        return next((r for r in self.rows(RunRow) if r.run_id == self.run_id), None)

    @cached_property
    def states(self) -> tuple[ShownState, ...]:
        """The states in the order of display: by state_id, state 0 last."""
        rows = self.rows(StateRow)
        keys = {row.state_id: row.state_key for row in rows if row.is_of_the_model}
        families = {
            row.state_key: family_of_name(row.state_name)
            or family_of_activity(row.active_share)
            for row in rows
        }
        places = colour_places(keys, self.rows(LineageRow), families)
        return tuple(
            ShownState(
                **vars(row),
                place=places.get(row.state_key, 0),
                family=families[row.state_key] if row.is_of_the_model else None,
                style=style_at(places.get(row.state_key, 0)),
            )
            for row in rows
        )

    @cached_property
    def model_states(self) -> tuple[ShownState, ...]:
        """The states of the model: all but state 0."""
        return tuple(state for state in self.states if state.is_of_the_model)

    @property
    def only_state(self) -> ShownState | None:
        """The state of a model with a single one, which holds everyone; else None."""
        return self.model_states[0] if len(self.model_states) == 1 else None

    @cached_property
    def state_by_id(self) -> Mapping[int, ShownState]:
        """Each state by its state_id."""
        return {state.state_id: state for state in self.states}

    def style_of(self, state_id: int) -> StateStyle:
        """Return how a state is drawn."""
        return self.state_by_id[state_id].style

    def name_of(self, state_id: int) -> str:
        """Return the name of a state."""
        return self.state_by_id[state_id].state_name
