"""The contract with the company's events and customers: their tables and columns."""

from __future__ import annotations

from user_states.rides.contract import Column, ColumnType, FileContract, TableSpec

_TEXT, _TIMESTAMP = ColumnType.TEXT, ColumnType.TIMESTAMP


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, _TEXT) for name in names)


EVENTS = TableSpec(
    purpose="one row per event of any source",
    columns=(
        *_texts("source", "event_type"),
        Column("occurred_at", _TIMESTAMP),
        *_texts("event_id", "anonymous_id", "user_id", "email", "email_sha256"),
        *_texts("phone", "crm_id", "session_id"),
        Column("duration_seconds", ColumnType.FLOAT),
        *_texts("page_path", "content_type", "feature_name", "product_category"),
        *_texts("preference"),
        Column("value", ColumnType.FLOAT),
        *_texts("currency", "platform", "app_version", "country", "city", "time_zone"),
        Column("is_advanced_feature", ColumnType.BOOLEAN),
        Column("loaded_at", _TIMESTAMP),
    ),
)

CUSTOMERS = TableSpec(
    purpose="one row per record of the CRM",
    columns=(
        *_texts("crm_id", "email", "phone", "user_id"),
        Column("created_at", _TIMESTAMP),
        Column("converted_at", _TIMESTAMP),
        Column("birth_date", ColumnType.DATE),
        *_texts("segment_label", "preference"),
        Column("is_opted_out", ColumnType.BOOLEAN),
    ),
)

IDENTITIES = TableSpec(
    purpose="one row per pair of identifiers that a tool has linked",
    columns=(
        *_texts("identifier_type", "identifier", "other_type", "other_identifier"),
        Column("linked_at", _TIMESTAMP),
        *_texts("source"),
        Column("probability", ColumnType.FLOAT),
    ),
)

_PEOPLE = ("anonymous_id", "user_id", "crm_id", "email", "email_sha256", "phone")
EVENT_FILES = FileContract(
    EVENTS,
    "events",
    "event_id",
    "occurred_at",
    ("source", "event_type", "occurred_at"),
    one_of=_PEOPLE,
    trimmed=("event_id", *_PEOPLE),
)
