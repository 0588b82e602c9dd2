"""Every part of the page, in order."""

from __future__ import annotations

from user_states.explorer.part import Part
from user_states.explorer.parts import (
    analysts,
    cohorts,
    customer_story,
    customer_value,
    customers,
    customers_return,
    divisions,
    experiments,
    funnels,
    how_they_move,
    one_person,
    one_state,
    one_story,
    our_users,
    propensities,
    this_week,
    trust,
    what_changed,
    what_they_write,
)
from user_states.explorer.scene import SCENE_READS
from user_states.marts.mart_row import MartRow

# To add a part: add its module and template to parts/, and a line here.
PAGE_PARTS: tuple[Part, ...] = (
    this_week.PART,
    our_users.PART,
    what_changed.PART,
    how_they_move.PART,
    one_state.PART,
    one_story.PART,
    trust.PART,
    customers.PART,
    customers_return.PART,
    cohorts.PART,
    customer_value.PART,
    funnels.PART,
    divisions.PART,
    what_they_write.PART,
    propensities.PART,
    experiments.PART,
    customer_story.PART,
    one_person.PART,
    analysts.PART,
)


def rows_of_page() -> list[type[MartRow]]:
    """Return the classes of rows that the page reads."""
    return list(
        dict.fromkeys(
            [*SCENE_READS, *(row for part in PAGE_PARTS for row in part.reads)]
        )
    )
