"""The schema `simulation`: true states and effects, which no model reads."""

from __future__ import annotations

from user_states.rides.contract import Column, ColumnType, TableSpec
from user_states.rides.landing import is_marked, prepare_table
from user_states.warehouse.connection import Connection, execute, quoted

TRUTH_SCHEMA = "simulation"

USER_WEEKLY_TRUTH = TableSpec(
    purpose="one row per simulated user and local week, from the join to the last week",
    columns=(
        Column("user_id", ColumnType.TEXT),
        Column("week_start", ColumnType.DATE),
        Column("state", ColumnType.TEXT),
    ),
)

TRANSITION_MATRIX_TABLE = TableSpec(
    purpose="one row per pair of states: probability that the second follows",
    columns=(
        Column("from_state", ColumnType.TEXT),
        Column("to_state", ColumnType.TEXT),
        Column("probability", ColumnType.FLOAT),
    ),
)

START_PROBABILITIES_TABLE = TableSpec(
    purpose="one row per state: probability that a user joins in it",
    columns=(
        Column("state", ColumnType.TEXT),
        Column("probability", ColumnType.FLOAT),
    ),
)

DIRT = TableSpec(
    purpose="one row per ride with an error in it, by its true id",
    columns=(Column("ride_id", ColumnType.TEXT), Column("kind", ColumnType.TEXT)),
)

CAMPAIGN_MESSAGES = TableSpec(
    purpose="one row per message of the campaign: the rides that it brings on average",
    columns=(
        Column("user_id", ColumnType.TEXT),
        Column("audience", ColumnType.TEXT),
        Column("sent_at", ColumnType.TIMESTAMP),
        Column("expected_extra_rides", ColumnType.FLOAT),
    ),
)

CAMPAIGN_RIDES = TableSpec(
    purpose="one row per ride that a message brought, made from an earlier ride",
    columns=(
        Column("ride_id", ColumnType.TEXT),
        Column("user_id", ColumnType.TEXT),
        # Of the user's last rides the one at this place, as a share from 0 to 1.
        Column("place", ColumnType.FLOAT),
        Column("weeks_after", ColumnType.INTEGER),
        Column("minute", ColumnType.INTEGER),
    ),
)

TRUTH_TABLES = {
    "user_weekly_truth": USER_WEEKLY_TRUTH,
    "transition_matrix": TRANSITION_MATRIX_TABLE,
    "start_probabilities": START_PROBABILITIES_TABLE,
    "dirt": DIRT,
    "campaign_messages": CAMPAIGN_MESSAGES,
    "campaign_rides": CAMPAIGN_RIDES,
}


# Rides that the demo hides until its campaign; gone when that is over.
LATER_RIDES = "later_rides"


def prepare_truth(connection: Connection, *, writer: str) -> None:
    """Create the tables of the truth, or empty them."""
    _drop_later_rides(connection)
    for table, spec in TRUTH_TABLES.items():
        prepare_table(connection, spec, TRUTH_SCHEMA, table, writer=writer)


def clear_truth(connection: Connection) -> None:
    """Empty the tables of the truth if they exist: their rides were replaced."""
    _drop_later_rides(connection)
    for table, spec in TRUTH_TABLES.items():
        if is_marked(connection, TRUTH_SCHEMA, table):
            prepare_table(
                connection, spec, TRUTH_SCHEMA, table, writer="simulate_rides.py"
            )


def _drop_later_rides(connection: Connection) -> None:
    """Remove what a demo that was killed during its campaign left."""
    if is_marked(connection, TRUTH_SCHEMA, LATER_RIDES):
        name = f"{quoted(TRUTH_SCHEMA)}.{quoted(LATER_RIDES)}"
        execute(connection, f"drop table {name}")
