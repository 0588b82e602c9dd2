"""Tables of the truth about simulated events, in the schema `simulation`."""

from __future__ import annotations

from user_states.rides.contract import Column, ColumnType, TableSpec

PEOPLE = TableSpec(
    purpose="one row per simulated person",
    columns=(
        Column("person", ColumnType.BIGINT),
        Column("n_accounts", ColumnType.INTEGER),
        Column("logs_in", ColumnType.BOOLEAN),
        Column("shares_a_device", ColumnType.BOOLEAN),
        Column("has_wrong_email", ColumnType.BOOLEAN),
    ),
)

PERSON_IDENTIFIERS = TableSpec(
    purpose="one row per identifier and person; a device of two people has two",
    columns=(
        Column("person", ColumnType.BIGINT),
        Column("identifier_type", ColumnType.TEXT),
        Column("identifier", ColumnType.TEXT),
    ),
)

EVENT_ERRORS = TableSpec(
    purpose="one row per kind of error in the events: how many were put in",
    columns=(
        Column("kind", ColumnType.TEXT),
        Column("n_events", ColumnType.BIGINT),
    ),
)

EVENT_TRUTH_TABLES = {
    "people": PEOPLE,
    "person_identifiers": PERSON_IDENTIFIERS,
    "event_errors": EVENT_ERRORS,
}
