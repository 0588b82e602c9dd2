"""Every section of the page, in order."""

from __future__ import annotations

from user_states.explorer.section import Section
from user_states.explorer.sections import (
    about,
    moves,
    outlook,
    overview,
    quality,
    states,
)
from user_states.marts.mart_row import MartRow

# To add a section: add its module and template to sections/, and a line here.
SECTIONS: tuple[Section, ...] = (
    overview.SECTION,
    states.SECTION,
    moves.SECTION,
    outlook.SECTION,
    quality.SECTION,
    about.SECTION,
)


def rows_of_page() -> list[type[MartRow]]:
    """Return the classes of rows that the page reads."""
    return list(dict.fromkeys(row for section in SECTIONS for row in section.reads))
