"""Conversations to try personas on: those of people who were asked to chat.

258,145 messages in 7,168 conversations of 1,315 people from April to November 2018,
with their ids and times. They are in the wheel of chitchat-dataset (MIT), which is
downloaded and never installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from user_states.events.event_contract import EVENTS
from user_states.events.load_simulated_events import (
    EventWriter,
    clear_simulated_events,
)
from user_states.messages.load_simulated_messages import DEMO_WRITER
from user_states.messages.message_files import MESSAGES
from user_states.project_folder import PROJECT_FOLDER
from user_states.rides.contract import RIDES, USERS, TableSpec
from user_states.rides.landing import (
    DEFAULT_TABLES,
    AppTables,
    analyze,
    append,
    landing,
    prepare_table,
)
from user_states.rides.truth_tables import clear_truth
from user_states.rides.wheel_files import WheelFile
from user_states.warehouse.connection import Connection

CHITCHAT_FOLDER = PROJECT_FOLDER / ".venv/chitchat"
_FILE_OF_CHATS = WheelFile(
    "chitchat-dataset", "chitchat_dataset/dataset.json", "the chats", data="chitchat"
)
_MEMBER_SHA256 = "d2a5d0bf6acf354fef51f3af39cbece2220d3b8f6086b658c3d335105798312a"


@dataclass(frozen=True)
class ChitchatReport:
    """What was written."""

    n_messages: int
    n_conversations: int
    n_people: int

    def __str__(self) -> str:
        return (
            f"{self.n_messages:,} messages in {self.n_conversations:,} conversations "
            f"of {self.n_people:,} people"
        )


def load_chitchat(
    connection: Connection,
    *,
    app: AppTables = DEFAULT_TABLES,
    folder: Path = CHITCHAT_FOLDER,
) -> ChitchatReport:
    """Replace messages and events with those of the chats; rides are emptied.

    Parameters
    ----------
    folder : Path
        Where the wheel was downloaded to.

    Raises
    ------
    UserError
        If there is no wheel, or if its file is another one, or if this project did not
        write one of the tables. Nothing is changed then.
    """
    return load_chats(connection, json.loads(chitchat_json(folder)), app=app)


def chitchat_json(
    folder: Path = CHITCHAT_FOLDER, expected: str = _MEMBER_SHA256
) -> bytes:
    """Return the chats as JSON; errors as in `load_chitchat`."""
    return _FILE_OF_CHATS.read(folder, expected)


def load_chats(
    connection: Connection, chats: dict[str, Any], *, app: AppTables = DEFAULT_TABLES
) -> ChitchatReport:
    """Replace messages and events with those of chats.

    Each person's part of a chat is an event, too: the use of a feature `chat`, from the
    first to the last message. So it can be seen who comes back.

    Parameters
    ----------
    chats : dict
        By conversation: `messages`, a list of turns, each a list of messages with
        `text`, `timestamp` (UTC) and `sender`.
    """
    clear_simulated_events(connection, EventWriter(app=app))
    messages = pa.Table.from_pylist(list(_messages_of(chats)))
    events = _events_of(messages)
    with landing(connection):
        for spec, table in ((RIDES, app.rides), (USERS, app.users)):
            prepare_table(connection, spec, app.schema, table, writer=DEMO_WRITER)
        clear_truth(connection)
        for spec, name, rows in (
            (MESSAGES, app.messages, messages),
            (EVENTS, app.events, events),
        ):
            prepare_table(connection, spec, app.schema, name, writer=DEMO_WRITER)
            append(connection, app.schema, name, _in_contract(spec, rows))
            analyze(connection, app.schema, name)
    return ChitchatReport(
        messages.num_rows,
        len(pc.unique(messages["conversation_id"])),
        len(pc.unique(messages["user_id"])),
    )


def _messages_of(chats: dict[str, Any]) -> Iterator[dict[str, str]]:
    for conversation_id, chat in chats.items():
        messages = (message for turn in chat["messages"] for message in turn)
        for number, message in enumerate(messages):
            yield {
                "message_id": f"{conversation_id}:{number}",
                "conversation_id": conversation_id,
                "sent_at": message["timestamp"],
                "user_id": message["sender"],
                "channel": "chat",
                "body": message["text"],
            }


def _events_of(messages: pa.Table) -> pa.Table:
    """Return one event per conversation and person."""
    times = pc.cast(messages["sent_at"], pa.timestamp("s", tz="UTC"))
    parts = (
        messages.set_column(2, "sent_at", times)
        .group_by(["conversation_id", "user_id"], use_threads=False)
        .aggregate([("sent_at", "min"), ("sent_at", "max")])
    )
    begin, end = parts["sent_at_min"], parts["sent_at_max"]
    ids = pc.binary_join_element_wise(parts["conversation_id"], parts["user_id"], ":")
    n_events = parts.num_rows
    return pa.table(
        {
            "source": ["product"] * n_events,
            "event_type": ["feature_use"] * n_events,
            "feature_name": ["chat"] * n_events,
            "occurred_at": begin,
            "event_id": ids,
            "session_id": ids,
            "user_id": parts["user_id"],
            "duration_seconds": pc.cast(
                pc.seconds_between(begin, end), pa.float64(), safe=False
            ),
        }
    )


def _in_contract(spec: TableSpec, rows: pa.Table) -> pa.RecordBatch:
    """Return rows with all columns of a table, null where there is nothing."""
    schema = spec.arrow_schema
    arrays = [
        rows[field.name].combine_chunks().cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.record_batch(arrays, schema=schema)
