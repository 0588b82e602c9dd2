"""What only a run of user_states says: its data, emissions and certificate."""

from __future__ import annotations

from user_states.console import format_table
from user_states.runs.run_register import defect_texts
from user_states.runs.run_report import decimal, score
from user_states.runs.table_writer import SchemaTables
from user_states.selection.starts_in_words import starts_in_words
from user_states.warehouse.connection import Connection, fetch_all


def states_details(
    connection: Connection, register: SchemaTables, hmm: SchemaTables, run_id: str
) -> list[str]:
    """Return lines about the data and the emissions of a run, and its certificate.

    Parameters
    ----------
    connection : Connection
    register, hmm : SchemaTables
    run_id : str
        Id of a run of user_states that exists.
    """
    ((n_users, n_weeks, n_levels, emissions),) = fetch_all(
        connection,
        "select n_users, n_members, n_levels, emissions "
        f"from {register.name('runs')} where run_id = $1",
        (run_id,),
    )
    levels = "no levels of users" if n_levels == 1 else f"{n_levels} levels of users"
    return [
        f"{n_weeks:,} user-weeks of {n_users:,} users",
        f"{emissions} emissions; {levels}",
        *_certificate(connection, hmm, run_id),
    ]


def _certificate(connection: Connection, hmm: SchemaTables, run_id: str) -> list[str]:
    """Return a table with each number of states that a run tried, by its best start."""
    rows = fetch_all(
        connection,
        f"""
        select
            n_states, log_likelihood, bic, next_week_log_score, min_state_share,
            n_starts_at_best, n_polished_starts, stability, is_chosen, defects
        from {hmm.name("candidates")}
        where run_id = $1
        order by n_states
        """,
        (run_id,),
    )
    if not rows:
        return []
    header = (
        "states", "log-likelihood", "BIC", "next week", "smallest state",
        "at the best", "stability", "chosen", "defects",
    )  # fmt: skip
    texts = [
        (
            str(n_states),
            f"{log_likelihood:,.0f}",
            f"{bic:,.0f}",
            score(log_score),
            f"{smallest:.2%}",
            starts_in_words(n_at_best, n_polished),
            decimal(stability),
            "yes" if is_chosen else "",
            str(len(defect_texts(defects))),
        )
        for (
            n_states, log_likelihood, bic, log_score, smallest,
            n_at_best, n_polished, stability, is_chosen, defects,
        ) in rows
    ]  # fmt: skip
    return ["", "Certificate", *format_table(header, texts)]
