"""Why targets could not be fitted, as rows that the marts show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection, execute, literal

_TABLE = "refusals"


def keep_refusals(
    connection: Connection, own: SchemaTables, reasons: Mapping[str, str | None]
) -> None:
    """Replace what is stored about targets that were tried.

    Parameters
    ----------
    connection : Connection
        The caller commits.
    own : SchemaTables
        The schema `propensity`.
    reasons : mapping of str to str or None
        By target; None if it was fitted.
    """
    if not reasons:
        return
    tried = ", ".join(map(literal, reasons))
    execute(connection, f"delete from {own.name(_TABLE)} where target in ({tried})")
    now = dt.datetime.now(dt.UTC)
    rows = [
        {"target": target, "reason": reason, "refused_at": now}
        for target, reason in reasons.items()
        if reason is not None
    ]
    own.insert(connection, _TABLE, rows)
