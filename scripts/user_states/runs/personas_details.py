"""What only a run of personas says: what it found, and every share of the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from user_states.console import format_table
from user_states.runs.run_report import decimal
from user_states.runs.stored_runs import rows_of_run
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection, fetch_all

_FUSION = ("text_share", "is_chosen", "n_personas", "core_share", "cohesion_of_all",
           "base_cohesion", "coherence", "stability", "gain", "gain_lower",
           "gain_upper", "why_not")  # fmt: skip


def personas_details(
    connection: Connection, own: SchemaTables, run_id: str
) -> list[str]:
    """Return lines about a run.

    Parameters
    ----------
    connection : Connection
    own : SchemaTables
        The schema `personas`.
    run_id : str
        Id of a run of personas that exists.
    """
    ((embedder, reduction, n_conversations, n_customers, lost),) = fetch_all(
        connection,
        "select embedder, reduction, n_conversations, n_customers, what_is_lost "
        f"from {own.name('fits')} where run_id = $1",
        (run_id,),
    )
    fusions = rows_of_run(
        connection, own.name("fusions"), _FUSION, run_id, "order by text_share desc"
    )
    read = f"{n_conversations:,} conversations of {n_customers:,} customers"
    return [
        f"{read}; embedder {embedder}, reduction {reduction}",
        *([lost] if lost else []),
        "",
        "Shares of the text",
        *fusion_table(fusions),
    ]


def fusion_table(fusions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the shares of the text as the lines of a table.

    Parameters
    ----------
    fusions : sequence of mappings
        Rows of personas.fusions.
    """
    header = (
        "", "text", "personas", "dense", "cohesion", "of any two", "coherence",
        "stability", "gain", "95 % interval", "what speaks against it",
    )  # fmt: skip
    rows = [
        (
            "*" if row["is_chosen"] else "",
            f"{row['text_share']:.0%}",
            str(row["n_personas"]),
            f"{row['core_share']:.0%}",
            decimal(row["cohesion_of_all"]),
            decimal(row["base_cohesion"]),
            decimal(row["coherence"]),
            decimal(row["stability"]),
            decimal(row["gain"], 4),
            _interval(row),
            row["why_not"] or "",
        )
        for row in fusions
    ]
    note = (
        "gain: over everybody in one group, on held-out customers, in nats a "
        "conversation"
    )
    return [*format_table(header, rows), note]


def _interval(row: Mapping[str, Any]) -> str:
    if row["gain_lower"] is None:
        return "–"
    return f"{row['gain_lower']:.4f} to {row['gain_upper']:.4f}"
