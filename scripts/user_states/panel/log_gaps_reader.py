"""Reads where the log of rides has gaps. Warehouse code only."""

from __future__ import annotations

from contextlib import closing

import adbc_driver_manager

from user_states.errors import UserError
from user_states.panel.log_gaps import LogGaps
from user_states.warehouse.connection import connect, fetch_all
from user_states.warehouse.dbt_project import BUILD_PANEL, DbtProject


def read_log_gaps(project: DbtProject) -> LogGaps:
    """Return the gaps of the log that the panel was built from.

    Raises
    ------
    UserError
        If the tables do not exist.
    """
    quality = project.relation("int_log_quality")
    try:
        with closing(connect(project.connection_uri)) as connection:
            measured = {
                check: (value, found)
                for check, value, found in fetch_all(
                    connection,
                    f"select check_name, measured_value, found from {quality}",
                )
            }
            ((n_user_weeks, n_empty),) = fetch_all(
                connection,
                f"""
                select
                    count(*),
                    count(case when log_weeks.n_requests = 0 then 1 end)
                from {project.relation("user_week_panel")} as panel
                inner join {project.relation("int_log_weeks")} as log_weeks
                    on panel.week_start = log_weeks.week_start
                where panel.has_completed_ride
                """,
            )
    except adbc_driver_manager.ProgrammingError:
        raise UserError(
            f"cannot read {quality}; expected a table beside the panel: run "
            f"`{BUILD_PANEL}`"
        ) from None
    missing_at_end, end_text = measured["as_of_week_is_empty"]
    _, gaps_text = measured["weeks_without_rides"]
    return LogGaps(
        missing_at_end,
        end_text or "",
        n_empty / n_user_weeks if n_user_weeks else 0.0,
        gaps_text or "",
    )
