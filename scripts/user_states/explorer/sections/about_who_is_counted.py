"""Who is counted in each total of the page."""

from __future__ import annotations

from user_states.explorer.newest_weeks import NewestWeeks
from user_states.explorer.words import counted
from user_states.marts.marts import Marts
from user_states.marts.outlook_rows import NextWeeksRow
from user_states.marts.trust_rows import BacktestSummaryRow

LEFT_OUT = (
    "The ride log may have more users. A user is not counted if all their requests "
    "were set aside (see the checks under Quality), or if their first request is after "
    "the newest week. Staff and test accounts are not counted either."
)


def who_is_counted(marts: Marts) -> list[str]:
    """Say who is counted in each total of the page, with the number of users."""
    newest = NewestWeeks.of(marts).now.values()
    lines = []
    if newest:
        not_started = sum(row.n_users for row in newest if row.state_id == 0)
        lines.append(
            f"{counted(sum(row.n_users for row in newest), 'user')} in the newest "
            "week, in the overview and the states: everyone who has ever requested "
            f"a ride. {not_started:,} of them have not completed a ride yet; they are "
            f"in “{marts.name_of(0)}”, which is not a state of the model."
        )
    lines += [
        f"{counted(expected.n_users, 'user')} with an outlook: everyone who has "
        "completed a ride."
        for expected in marts.rows(NextWeeksRow)
    ]
    if run := marts.shown_run:
        lines.append(
            f"{counted(run.n_users, 'user')} with states from the run that is shown: "
            f"everyone who had completed a ride by the week of {run.last_week_start}."
        )
    if forecasts := marts.rows(BacktestSummaryRow):
        lines.append(
            f"{counted(forecasts[0].n_users, 'user')} in the backtest: users with a "
            "completed ride, or a sample of them."
        )
    return [*lines, LEFT_OUT]
