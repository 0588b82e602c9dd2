"""Filters the conversations of a warehouse, and writes what became of each."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass

import adbc_driver_manager
import pandas as pd
import pyarrow as pa

from user_states.errors import UserError
from user_states.messages.conversation_filters import filter_conversations
from user_states.runs.table_writer import SchemaTables, refusal
from user_states.warehouse.build_records import require_same_builds
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# Models that are read.
TABLES_OF_CONVERSATIONS = ("int_messages", "int_message_snapshot")
_TABLE = "filtered_conversations"

logger = logging.getLogger("user_states")


class NoConversationError(UserError):
    """There is no conversation to filter."""


@dataclass(frozen=True, eq=False)
class FilteredConversations:
    """Which conversations are kept.

    Attributes
    ----------
    rows : DataFrame
        One row per conversation_key, as of `filter_conversations`, with customer_id.
        Of those that are kept without a customer_id the author is no known customer.
    builds : dict of str to str
        The build that made each table that was read.
    """

    rows: pd.DataFrame
    builds: dict[str, str]

    @property
    def of_customers(self) -> pd.DataFrame:
        """The rows of those that are kept and have a customer."""
        is_kept = self.rows["filter_name"].isna() & self.rows["customer_id"].notna()
        return self.rows[is_kept]


def filter_stored_conversations(
    project: DbtProject, *, dry_run: bool = False
) -> FilteredConversations:
    """Filter all conversations, and store which are kept and which are set aside.

    The caller keeps other writers away.

    Raises
    ------
    NoConversationError
        If there are none. Nothing is written then.
    UserError
        If a table is missing, a build replaced one meanwhile, or the role may not
        write. Nothing is written then.
    """
    snapshots = project.snapshots()
    relations = [project.relation(name) for name in TABLES_OF_CONVERSATIONS]
    messages, builds = snapshots.read(
        TABLES_OF_CONVERSATIONS,
        lambda connection: (
            _read(connection, *relations),
            snapshots.builds_of(connection, TABLES_OF_CONVERSATIONS),
        ),
    )
    filtered = filter_conversations(messages)
    of_customers = messages.drop_duplicates("conversation_key").set_index(
        "conversation_key"
    )["customer_id"]
    filtered["customer_id"] = filtered["conversation_key"].map(of_customers)
    counts = filtered["filter_name"].fillna("kept").value_counts()
    for name, n_conversations in counts.items():
        logger.info("%s: %s conversations", name, f"{n_conversations:,}")
    if not dry_run:
        own = SchemaTables.of(project, "personas")
        with closing(connect(project.connection_uri)) as connection:
            now = snapshots.builds_of(connection, TABLES_OF_CONVERSATIONS)
            require_same_builds(now, builds, "make personas")
            _write(connection, own, filtered)
    return FilteredConversations(filtered, builds)


def _read(connection: Connection, messages: str, snapshot: str) -> pd.DataFrame:
    rows = fetch_all(
        connection,
        f"""
        select
            messages.conversation_key,
            messages.author_key,
            messages.author_role,
            messages.customer_id,
            messages.sent_at,
            snapshot.body
        from {messages} as messages
        inner join {snapshot} as snapshot
            on
                messages.message_id = snapshot.message_id
                and snapshot.broken_rule is null
        order by messages.conversation_id, messages.message_number
        """,
    )
    if not rows:
        raise NoConversationError(
            "found no conversation; expected messages of customers: load them with "
            "scripts/load_messages.py, then `make build`"
        )
    columns = ("conversation_key", "author_key", "author_role", "customer_id")
    return pd.DataFrame(rows, columns=[*columns, "sent_at", "body"])


def _write(connection: Connection, own: SchemaTables, filtered: pd.DataFrame) -> None:
    """Replace the rows of the table, in one transaction."""
    try:
        execute(connection, f"delete from {own.name(_TABLE)}")
        ((now,),) = fetch_all(connection, "select now()")
        names = filtered["filter_name"]
        rows = pa.table(
            {
                "conversation_key": filtered["conversation_key"].tolist(),
                "filter_name": [name if pd.notna(name) else None for name in names],
                "filtered_at": [now] * len(filtered),
            },
            schema=own.columns(connection, _TABLE),
        )
        own.stream(connection, _TABLE, rows)
        own.analyze(connection, [_TABLE])
        connection.commit()
    except adbc_driver_manager.Error as error:
        raise refusal(error) from error
