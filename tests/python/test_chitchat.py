"""The chats of `make demo DATA=chitchat`: what is read, and what is refused."""

from __future__ import annotations

import json
import zipfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from user_states.commands.chitchat import chitchat_json, load_chats, load_chitchat
from user_states.errors import UserError
from user_states.events.load_simulated_events import EventWriter
from user_states.messages.load_simulated_messages import (
    MessageWriter,
    clear_simulated_messages,
)
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import connect
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query


def said(sender: str, minute: int, text: str) -> dict[str, str]:
    return {
        "text": text,
        "timestamp": f"2018-05-02T19:{minute:02}:00Z",
        "sender": sender,
    }


CHATS: dict[str, Any] = {
    "c1": {
        "start": "2018-05-02T19:00:00Z",
        "prompt": "Holidays",
        "messages": [
            [said("ann", 0, "Hello"), said("ann", 1, "How are you?")],
            [said("bob", 2, "I am fine, I just came back from the sea 🌊")],
            [said("ann", 5, "")],
        ],
    },
    "c2": {"start": "", "messages": [[said("bob", 9, "Anybody here?")]]},
}


def wheel(folder: Path, name: str, content: bytes) -> None:
    path = folder / "chitchat_dataset-0.9.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)


class TestWheel:
    def test_is_read(self, tmp_path: Path) -> None:
        content = json.dumps(CHATS).encode()
        wheel(tmp_path, "chitchat_dataset/dataset.json", content)
        assert chitchat_json(tmp_path, sha256(content).hexdigest()) == content

    def test_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="make demo DATA=chitchat` downloads it"):
            chitchat_json(tmp_path)

    def test_has_another_file(self, tmp_path: Path) -> None:
        wheel(tmp_path, "chitchat_dataset/dataset.json", b"{}")
        with pytest.raises(UserError, match=r"found .* with the SHA-256"):
            chitchat_json(tmp_path)

    def test_has_no_such_file(self, tmp_path: Path) -> None:
        wheel(tmp_path, "other", b"{}")
        with pytest.raises(UserError, match=r"cannot read .*dataset\.json"):
            chitchat_json(tmp_path)


def test_chats_replace_a_simulated_log(database: LocalServerAddress) -> None:
    with closing(connect(database.url)) as connection:
        settings = SimulationSettings(60, 30)
        writers = {"events": EventWriter(), "messages": MessageWriter()}
        load_simulation(connection, settings, **writers)  # type: ignore[arg-type]
        report = load_chats(connection, CHATS)
        assert str(report) == "5 messages in 2 conversations of 2 people"
        for table in ("rides", "users", "customers", "identities"):
            assert query(database, f"select count(*) from app.{table}") == [(0,)]
        assert query(
            database,
            """
            select message_id, conversation_id, user_id, channel, body,
                extract(minute from sent_at)::integer
            from app.messages order by sent_at
            """,
        ) == [
            ("c1:0", "c1", "ann", "chat", "Hello", 0),
            ("c1:1", "c1", "ann", "chat", "How are you?", 1),
            (
                *("c1:2", "c1", "bob", "chat"),
                *("I am fine, I just came back from the sea 🌊", 2),
            ),
            ("c1:3", "c1", "ann", "chat", "", 5),
            ("c2:0", "c2", "bob", "chat", "Anybody here?", 9),
        ]
        # Each person's part of a chat, with its length.
        assert query(
            database,
            """
            select event_id, event_type, feature_name, user_id, duration_seconds
            from app.events order by event_id
            """,
        ) == [
            ("c1:ann", "feature_use", "chat", "ann", 300.0),
            ("c1:bob", "feature_use", "chat", "bob", 0.0),
            ("c2:bob", "feature_use", "chat", "bob", 0.0),
        ]
        # Another demo does not keep them.
        clear_simulated_messages(connection, MessageWriter())
    assert query(database, "select count(*) from app.messages") == [(0,)]


def test_all_chats(database: LocalServerAddress) -> None:
    """Skipped unless `make demo DATA=chitchat` has downloaded the wheel."""
    with closing(connect(database.url)) as connection:
        try:
            report = load_chitchat(connection)
        except UserError as error:
            pytest.skip(str(error))
    assert (report.n_messages, report.n_conversations, report.n_people) == (
        *(258_145, 7_168),
        1_315,
    )
    # 4,018 of the chats have two people.
    assert query(database, "select count(*) from app.events") == [(7_168 + 4_018,)]
