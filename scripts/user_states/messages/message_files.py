"""The contract with the company's messages, and files of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from user_states.rides.contract import Column, ColumnType, FileContract, TableSpec
from user_states.rides.landing import DEFAULT_TABLES, AppTables, TableName
from user_states.rides.load_files import LoadReport
from user_states.rides.load_tables import load_into_table
from user_states.rides.mapping import FileMapping
from user_states.warehouse.connection import Connection

# Who wrote a customer's message, as events say it.
_AUTHORS = ("user_id", "anonymous_id", "crm_id", "email", "email_sha256", "phone")
_IDS = ("message_id", "conversation_id", *_AUTHORS)

MESSAGES = TableSpec(
    purpose="one row per message that somebody wrote",
    columns=(
        Column("message_id", ColumnType.TEXT),
        Column("conversation_id", ColumnType.TEXT),
        Column("sent_at", ColumnType.TIMESTAMP),
        *(Column(name, ColumnType.TEXT) for name in _AUTHORS),
        *(
            Column(name, ColumnType.TEXT)
            for name in ("author_role", "reply_to_id", "channel", "body")
        ),
    ),
)
MESSAGE_FILES = FileContract(
    MESSAGES,
    "messages",
    "message_id",
    "sent_at",
    ("message_id", "conversation_id", "sent_at", "body"),
    one_of=_AUTHORS,
    trimmed=(*_IDS, "reply_to_id"),
)


def load_message_files(
    connection: Connection,
    patterns: Iterable[str | Path],
    mapping: FileMapping,
    *,
    app: AppTables = DEFAULT_TABLES,
    adds: bool = False,
    replace: bool = False,
) -> LoadReport:
    """Replace the rows of the table of messages with those of files, or add them.

    Parameters
    ----------
    patterns : iterable of str or Path
        Files and glob patterns: CSV, Parquet or JSON lines.
    mapping : FileMapping
        Of the contract `MESSAGE_FILES`.
    adds : bool
        Keep the messages of earlier loads. A file that is loaded twice does no harm:
        builds set repeated message_ids aside.
    replace : bool
        Also write to a table of messages that this project did not create.

    Raises
    ------
    UserError
        As of `load_into_table`. Nothing is changed then.
    """
    return load_into_table(
        connection,
        patterns,
        mapping,
        TableName(app.schema, app.messages),
        writer="load_messages.py",
        adds=adds,
        replace=replace,
    )
