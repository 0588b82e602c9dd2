"""Who is counted: of whom the totals are that the page states."""

from __future__ import annotations

from user_states.explorer.key_figures import TwoWeeks
from user_states.explorer.words import counted
from user_states.marts.mart_data import MartData

LEFT_OUT = (
    "The ride log may have more users: of some every request was set aside (see the "
    "checks under Quality), some asked first after the newest week, and staff and test "
    "accounts are left out."
)


def who_is_counted(data: MartData) -> list[str]:
    """Say of whom the totals of the page are, each with its number."""
    newest = TwoWeeks.of(data).now.values()
    lines = []
    if newest:
        not_started = sum(row.n_users for row in newest if row.state_id == 0)
        lines.append(
            f"{counted(sum(row.n_users for row in newest), 'user')} in the newest "
            "week, in the overview and the states: all who have ever asked for a "
            f"ride. {not_started:,} of them have not completed one yet; they are in "
            f"“{data.name_of(0)}”, which the model does not know."
        )
    if data.next_weeks:
        lines.append(
            f"{counted(data.next_weeks.n_users, 'user')} with an outlook: those who "
            "have completed a ride."
        )
    if run := data.shown_run:
        lines.append(
            f"{counted(run.n_users, 'user')} who were given states by the fit that is "
            f"shown: those who had completed a ride by the week of "
            f"{run.last_week_start}."
        )
    if data.backtest_summaries:
        lines.append(
            f"{counted(data.backtest_summaries[0].n_users, 'user')} in the backtest: "
            "a sample, if it was asked for, of those with a completed ride."
        )
    return [*lines, LEFT_OUT]
