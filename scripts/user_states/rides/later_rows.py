"""Take what came after a moment out of a simulated log."""

from __future__ import annotations

import datetime as dt

from user_states.rides.contract import TableSpec
from user_states.rides.landing import analyze, landing, prepare_table
from user_states.rides.truth_tables import TRUTH_SCHEMA
from user_states.warehouse.connection import Connection, execute, quoted


def hide_later_rows(
    connection: Connection,
    spec: TableSpec,
    table: tuple[str, str],
    moment: str,
    since: dt.datetime,
    hidden_in: str,
) -> None:
    """Move rows from a moment on into a table of the schema `simulation`.

    Those with a wrong clock, a year ahead or more, stay.

    Parameters
    ----------
    connection : Connection
    spec : TableSpec
        Columns of the table.
    table : tuple of str
        Its schema and name.
    moment : str
        Its column with the moment.
    since : datetime
    hidden_in : str
        Name of the table that the rows are moved to; it is made anew.
    """
    source = ".".join(map(quoted, table))
    target = f"{quoted(TRUTH_SCHEMA)}.{quoted(hidden_in)}"
    columns = ", ".join(quoted(name) for name in spec.names)
    bounds = (since, since + dt.timedelta(days=365))
    is_later = f"{quoted(moment)} >= $1 and {quoted(moment)} < $2"
    with landing(connection):
        prepare_table(connection, spec, TRUTH_SCHEMA, hidden_in, writer=__name__)
        execute(
            connection,
            f"insert into {target} ({columns}) select {columns} from {source} "
            f"where {is_later}",
            bounds,
        )
        execute(connection, f"delete from {source} where {is_later}", bounds)
        analyze(connection, *table)
