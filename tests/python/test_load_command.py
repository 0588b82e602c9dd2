"""The scripts that load files of events and of messages, as a user calls them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import load_events
import load_messages
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

EVENTS = "person,what,moment\nu1,page_view,2024-03-05T12:00:00Z\nu1,page_view,soon\n"
MESSAGES = (
    "id,thread,moment,person,text\nm1,t1,2024-03-05T12:00:00Z,u1,Where is my ride?\n"
)
MAPS = {
    "events": "columns: {user_id: person, event_type: what, occurred_at: moment}\n"
    "constants: {source: web}\n",
    "messages": "columns: {message_id: id, conversation_id: thread, sent_at: moment, "
    "user_id: person, body: text}\n",
}


@pytest.mark.parametrize(
    ("main", "table", "rows", "n_rejected"),
    [
        (load_events.main, "events", EVENTS, 1),
        (load_messages.main, "messages", MESSAGES, 0),
    ],
)
def test_a_file_is_loaded_and_counted(
    main: Callable[[], None],
    table: str,
    rows: str,
    n_rejected: int,
    database: LocalServerAddress,
    macros_project: DbtProject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file, mapping = tmp_path / f"{table}.csv", tmp_path / "map.yml"
    file.write_text(rows, "utf-8")
    mapping.write_text(MAPS[table], "utf-8")
    monkeypatch.setattr(sys, "argv", ["load", str(file), "--map", str(mapping)])
    monkeypatch.setattr(DbtProject, "load", lambda target: macros_project)
    monkeypatch.setattr(macros_project, "connection_uri", database.url)
    with caplog.at_level("INFO", logger="user_states"):
        main()
    assert query(database, f"select user_id from app.{table}") == [("u1",)]
    assert f"app.{table}: " in caplog.text
    assert ("see ingest.rejected_rows" in caplog.text) == (n_rejected > 0)
