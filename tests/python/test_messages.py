"""Messages from files to features of conversations, on one small warehouse."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from conversations_by_hand import features_by_hand
from user_states.errors import UserError
from user_states.fit.conversations_job import filter_stored_conversations
from user_states.messages.message_files import MESSAGE_FILES, load_message_files
from user_states.rides.mapping import FileMapping
from user_states.rides.mapping_file import parse_mapping
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_UNIT_TESTS, query

CUSTOMERS = ("ada", "ben", "eve")
# What a message is made of; every sign that is counted is in some of them.
PARTS = (
    "I lost my bag", "WHERE is it", "don't ask", "see https://x.example/a?b=1,2!",
    "order 4711", "why?", "no!!", "well...", "hm …", "one, two", "@ben look",
    'he said "no way"', "😀", "🚕🚕", "Überall teuer", "мой заказ", "too expensive",
    "re-open it", "a@b.example", "so so so", "--", "12:30",
)  # fmt: skip
MAPPING = """
columns:
  message_id: id
  conversation_id: thread
  sent_at: time
  user_id: sender
  author_role: role
  reply_to_id: answers
  channel: where
  body: text
timestamps_in: UTC
"""


def mapping() -> FileMapping:
    return parse_mapping(MAPPING, "messages.yml", MESSAGE_FILES)


def written_messages(seed: int) -> list[dict[str, Any]]:
    """Return messages of 25 conversations between customers and staff."""
    draw = random.Random(seed)
    found: list[dict[str, Any]] = []
    for conversation in range(25):
        begin = dt.datetime(2024, 3, 1, tzinfo=dt.UTC) + dt.timedelta(
            hours=conversation
        )
        ids: list[str] = []
        for number in range(draw.randint(1, 9)):
            begin += dt.timedelta(minutes=draw.choice([0, 1, 7, 90, 1000]))
            author = draw.choice([*CUSTOMERS, "staff"])
            text = " ".join(draw.choices(PARTS, k=draw.randint(1, 12)))
            message: dict[str, Any] = {
                "message_id": f"m{conversation:02d}-{number}",
                "conversation_id": f"c{conversation:02d}",
                "author": author,
                "sent_at": begin,
                "reply_to_id": draw.choice([None, None, *ids]),
                "body": f"> before\n{text}" if draw.random() < 0.1 else text,
            }
            ids.append(message["message_id"])
            found.append(message)
    return found


def as_line(message: dict[str, Any]) -> str:
    is_staff = message["author"] == "staff"
    return json.dumps(
        {
            "id": message["message_id"],
            "thread": message["conversation_id"],
            "time": message["sent_at"].isoformat(),
            "sender": None if is_staff else message["author"],
            "role": "Agent" if is_staff else None,
            "answers": message["reply_to_id"],
            "where": "Chat",
            "text": message["body"],
        }
    )


MESSAGES = written_messages(1)
# Repeated, without a text, of an unknown role, of nobody.
DIRT = (
    {**MESSAGES[0], "sent_at": dt.datetime(2025, 1, 1, tzinfo=dt.UTC)},
    {**MESSAGES[0], "message_id": "d1", "body": " "},
    {**MESSAGES[0], "message_id": "d2", "author": None},
    {
        **MESSAGES[0],
        "message_id": "d3",
        "sent_at": dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
    },
)
STRANGER = {**MESSAGES[0], "message_id": "s1", "conversation_id": "s", "author": "who"}


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalServerAddress]:
    address = make_database(name=WAREHOUSE)
    events = ", ".join(f"('web', 'page_view', '2024-03-20', '{u}')" for u in CUSTOMERS)
    run_as_admin(
        address,
        "create schema app",
        "create table app.events"
        " (source text, event_type text, occurred_at timestamptz, user_id text)",
        f"insert into app.events values {events}",
    )
    path = tmp_path_factory.mktemp("messages") / "messages.jsonl"
    path.write_text("\n".join(map(as_line, [*MESSAGES, STRANGER, *DIRT])), "utf-8")
    with closing(connect(address.url)) as connection:
        load_message_files(connection, [path], mapping())
        # Loaded twice: builds set copies aside.
        load_message_files(connection, [path], mapping(), adds=True)
    with point_at(address):
        project.build(
            "--select",
            *("+int_conversation_features", "+int_conversations"),
            "stg_personas__filtered_conversations",
            *WITHOUT_UNIT_TESTS,
            label="conversations",
        )
        yield address


def test_features_are_those_by_hand(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    names = [
        name
        for (name,) in query(
            warehouse,
            "select column_name from information_schema.columns "
            "where table_name = 'int_conversation_features' and data_type = "
            "'double precision' order by ordinal_position",
        )
    ]
    assert len(names) == 36
    rows = query(
        warehouse,
        f"""
        select conversation_id, coalesce(users.identifier, parts.author_role), {", ".join(names)}
        from intermediate.int_conversation_features
        inner join intermediate.int_conversations as parts
            using (conversation_key, conversation_id)
        left join intermediate.int_customer_identifiers as users
            on parts.customer_id = users.customer_id
        where conversation_id <> 's'
        """,  # noqa: E501
    )
    found = {(conversation, author): values for conversation, author, *values in rows}
    expected = features_by_hand(MESSAGES)
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        for name, value, number in zip(names, values, found[key], strict=True):
            assert number == pytest.approx(value, abs=1e-9), (key, name)
    # Each column says something.
    for place, name in enumerate(names):
        assert len({round(values[place], 9) for values in expected.values()}) > 1, name


def test_what_is_set_aside_is_counted(warehouse: LocalServerAddress) -> None:
    rules = query(
        warehouse,
        "select broken_rule, count(*) from intermediate.int_message_snapshot "
        "group by 1 order by 1",
    )
    n_kept = len(MESSAGES) + 1
    # The dirt was loaded twice, and so was what is kept.
    assert dict(rules) == {
        None: n_kept,
        "repeated_id": n_kept + 2,
        "blank_body": 2,
        "no_identifier": 2,
        "sent_too_early": 2,
    }


def test_conversations_are_filtered_and_counted(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    filter_stored_conversations(project, dry_run=True)
    stored = "select count(*) from personas.filtered_conversations"
    assert query(warehouse, stored) == [(0,)]
    filtered = filter_stored_conversations(project).rows
    # A second run replaces the rows of the first.
    filter_stored_conversations(project)
    assert query(warehouse, stored) == [(len(filtered),)]
    project.build(
        "--select",
        *("conversation_filters", "message_outcomes"),
        *WITHOUT_UNIT_TESTS,
        label="counting",
    )
    counts = dict(
        query(
            warehouse,
            "select filter_name, n_conversations from marts.conversation_filters",
        )
    )
    n_of_staff = len({m["conversation_id"] for m in MESSAGES if m["author"] == "staff"})
    assert counts["automatic_or_staff"] == n_of_staff
    assert counts["no_customer"] == 1
    assert counts["kept"] > 10
    assert sum(counts.values()) == len(filtered) == len(features_by_hand(MESSAGES)) + 1


def test_a_mapping_must_say_who_wrote() -> None:
    without = MAPPING.replace("  user_id: sender\n", "")
    with pytest.raises(UserError, match="user_id"):
        parse_mapping(without, "messages.yml", MESSAGE_FILES)


def test_a_message_without_a_time_is_rejected(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    path = tmp_path / "messages.jsonl"
    long = {**MESSAGES[0], "message_id": "long", "body": "x" * 100_000}
    lines = [as_line(MESSAGES[0]), as_line(long)]
    lines.append(as_line(MESSAGES[1]).replace("2024-03", "noon"))
    lines.append(as_line({**MESSAGES[1], "body": "a\0b"}))
    path.write_text("\n".join(lines), "utf-8")
    database = make_database()
    with closing(connect(database.url)) as connection:
        report = load_message_files(connection, [path], mapping())
    assert (report.n_records, report.n_rejected, report.noun) == (2, 2, "messages")
    lengths = "select max(length(body)) from app.messages"
    assert query(database, lengths) == [(100_000,)]
