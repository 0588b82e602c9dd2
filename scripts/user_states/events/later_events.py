"""Hide the simulated events after a campaign's Monday, and bring them back."""

from __future__ import annotations

import datetime as dt

from user_states.events.event_contract import EVENTS
from user_states.rides.landing import (
    AppTables,
    analyze,
    is_marked,
    landing,
)
from user_states.rides.later_rows import hide_later_rows
from user_states.rides.truth_tables import TRUTH_SCHEMA
from user_states.warehouse.connection import Connection, execute, quoted

# Gone when the events are back.
LATER_EVENTS = "later_events"


def hide_later_events(
    connection: Connection, app: AppTables, listed_at: dt.datetime
) -> None:
    """Move the events after the lists are made out of the table of events.

    Events with a wrong clock, years ahead, stay. Without a table of events that this
    project wrote nothing is moved.
    """
    if not is_marked(connection, app.schema, app.events):
        return
    hide_later_rows(
        connection,
        EVENTS,
        (app.schema, app.events),
        "occurred_at",
        since=listed_at,
        hidden_in=LATER_EVENTS,
    )


def bring_back_events(connection: Connection, app: AppTables) -> None:
    """Move the hidden events back, if there are any."""
    if not is_marked(connection, TRUTH_SCHEMA, LATER_EVENTS):
        return
    columns = ", ".join(quoted(name) for name in EVENTS.names)
    with landing(connection):
        execute(
            connection,
            f"insert into {_events(app)} ({columns}) select {columns} from {_later()}",
        )
        execute(connection, f"drop table {_later()}")
        analyze(connection, app.schema, app.events)


def drop_later_events(connection: Connection) -> None:
    """Remove what a demo that was killed during its campaign left."""
    if is_marked(connection, TRUTH_SCHEMA, LATER_EVENTS):
        execute(connection, f"drop table {_later()}")


def _events(app: AppTables) -> str:
    return f"{quoted(app.schema)}.{quoted(app.events)}"


def _later() -> str:
    return f"{quoted(TRUTH_SCHEMA)}.{quoted(LATER_EVENTS)}"
