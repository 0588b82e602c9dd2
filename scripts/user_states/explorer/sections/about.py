"""About: who is counted, the glossary, and what the page contains."""

from __future__ import annotations

from dataclasses import dataclass

from user_states.explorer.section import Contents, PageOptions, Section, View
from user_states.explorer.sections.about_who_is_counted import who_is_counted
from user_states.marts.history_rows import SizeRow
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import NextWeeksRow
from user_states.marts.run_rows import RunRow
from user_states.marts.trust_rows import BacktestSummaryRow
from user_states.marts.user_rows import JourneyUserRow, JourneyWeekRow


@dataclass(frozen=True, kw_only=True)
class AboutView(View):
    """What the section about the page shows.

    Attributes
    ----------
    contents : Contents
    who_is_counted : list of str
    currency : str
    has_typical_users, has_user_ids : bool
        Whether typical users are shown, and whether with their ids.
    """

    contents: Contents
    who_is_counted: list[str]
    currency: str
    has_typical_users: bool
    has_user_ids: bool


def about_view(marts: Marts, _: PageOptions) -> AboutView:
    """Return what the section about the page shows."""
    return AboutView(
        contents=Contents(
            SECTION.address,
            "About this page",
            {
                "counted": "Who is counted",
                "words": "Glossary",
                "page": "What this page contains",
            },
        ),
        who_is_counted=who_is_counted(marts),
        currency=marts.currency,
        has_typical_users=bool(marts.rows(JourneyWeekRow)),
        has_user_ids=bool(marts.rows(JourneyUserRow)),
    )


SECTION = Section(
    address="about",
    title="About",
    template="about.html.j2",
    reads=(
        SizeRow,
        NextWeeksRow,
        RunRow,
        BacktestSummaryRow,
        JourneyWeekRow,
        JourneyUserRow,
    ),
    view=about_view,
)
