"""Personas from the warehouse to the register, on a few hundred made-up conversations.

Texts are compared by TF-IDF, so that no extra package is needed.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2.extras
import pytest

from conftest import WAREHOUSE, Command, MakeDatabase, PointAt, run_as_admin
from planted_conversations import COMMON, TOPICS
from user_states.commands.forget_user import forget_user
from user_states.commands.main_job import Steps, listen_to_customers
from user_states.errors import UserError
from user_states.fit.conversations_job import filter_stored_conversations
from user_states.fit.conversations_reader import ConversationsReader
from user_states.fit.personas_job import PersonaOptions, find_personas
from user_states.personas.chosen_embedder import chosen_embedder
from user_states.personas.persona_clusters import LEAST_PEOPLE
from user_states.runs.personas_model import PERSONAS, TABLES_OF_PERSONA_RUNS
from user_states.runs.run_options import RunOptions
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    WITHOUT_UNIT_TESTS,
    champion,
    query,
    warehouse_digest,
)

N_PEOPLE, N_CONVERSATIONS, N_DAYS = 120, 320, 200
# Four people write about this, and nobody else.
SECRET = "parrot aquarium quartz violin lantern"
FIRST_DAY = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
# Chance of an event in the days after a conversation, by its topic.
CHANCES = (0.95, 0.95, 0.05, 0.05)


def made_up() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], dict[str, int]]:
    """Return messages, events, and the topic of each conversation."""
    draw = random.Random(1)
    people = [f"person{number:03d}" for number in range(N_PEOPLE)]
    events = [(person, FIRST_DAY) for person in people]
    events.append((people[0], FIRST_DAY + dt.timedelta(days=N_DAYS)))
    messages: list[tuple[Any, ...]] = []
    topics = {}
    for number in range(N_CONVERSATIONS):
        topic = number % len(TOPICS)
        begin = FIRST_DAY + dt.timedelta(days=draw.uniform(1, N_DAYS), hours=topic)
        words, person = TOPICS[topic].split(), draw.choice(people)
        if number < 40:
            words, person = SECRET.split(), people[number % (LEAST_PEOPLE - 1)]
        own = draw.choices(words, k=9) + draw.choices(COMMON.split(), k=8)
        draw.shuffle(own)
        topics[f"c{number}"] = topic
        for half in (own[:9], own[9:]):
            key = f"m{len(messages)}"
            messages.append((key, f"c{number}", begin, person, " ".join(half)))
            begin += dt.timedelta(minutes=draw.randint(1, 9))
        if draw.random() < CHANCES[topic]:
            events.append((person, begin + dt.timedelta(days=draw.randint(2, 5))))
    # Too short, and of nobody who is known.
    messages.append(("short", "short", FIRST_DAY, people[1], "ok"))
    stranger = "where can I find my helmet and the brake of the scooter"
    messages.append(("stranger", "stranger", FIRST_DAY, "nobody", stranger))
    return messages, events, topics


MESSAGES, EVENTS, TOPIC_OF = made_up()
IS_SECRET = {f"c{number}" for number in range(40)}


def insert(
    address: LocalServerAddress, table: str, rows: list[tuple[Any, ...]]
) -> None:
    connection = psycopg2.connect(address.url)
    with connection, connection.cursor() as cursor:
        statement = f"insert into {table} values %s"
        psycopg2.extras.execute_values(cursor, statement, rows)
    connection.close()


@pytest.fixture(scope="module")
def template(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> LocalServerAddress:
    """Return a database with all that a fit reads."""
    address = make_database(name=WAREHOUSE)
    run_as_admin(
        address,
        "create schema app",
        "create table app.messages (message_id text, conversation_id text,"
        " sent_at timestamptz, user_id text, body text)",
        "create table app.events"
        " (user_id text, occurred_at timestamptz, source text, event_type text)",
    )
    insert(address, "app.messages", MESSAGES)
    insert(address, "app.events", [(*row, "web", "page_view") for row in EVENTS])
    with point_at(address):
        project.build(
            *("--select", "+exposure:fit_personas", "+int_conversations"),
            "path:models/staging/personas",
            *WITHOUT_DATA_TESTS,
            label="conversations",
        )
    # As if the champion of the states had said so: who pays is in another state.
    run_as_admin(
        address,
        """
        insert into intermediate.int_conversation_states
            (conversation_key, customer_id, week_start, state_key)
        select
            conversation_key,
            customer_id,
            cast(date_trunc('week', last_at) as date),
            case cast(substr(conversation_id, 2) as int) % 4
                when 0 then 's_paying' else 's_else'
            end
        from intermediate.int_conversations
        where conversation_id ~ '^c[0-9]'
        """,
    )
    return make_database(template=address)


@pytest.fixture
def talks(
    make_database: MakeDatabase, point_at: PointAt, template: LocalServerAddress
) -> Iterator[LocalServerAddress]:
    """Create the warehouse that `project` reads, with conversations and no personas."""
    address = make_database(template=template, name=WAREHOUSE)
    with point_at(address):
        yield address


def options(project: DbtProject, **changed: Any) -> PersonaOptions:
    """Return the options of a quick fit."""
    project_vars = {**project.vars, "embedder": "tfidf_svd"}
    found = PersonaOptions.from_vars(project_vars, RunOptions(**changed))
    return replace(found, n_refits=2)


def fit(project: DbtProject, **changed: Any) -> str:
    run_id = find_personas(project, options(project, **changed))
    assert run_id
    return run_id


def rows_of(address: LocalServerAddress, run_id: str) -> dict[str, list[str]]:
    """Return the rows of a run in every table, without its id."""
    found = {}
    for table in (
        *(f"personas.{name}" for name in TABLES_OF_PERSONA_RUNS),
        "register.segments",
    ):
        texts = query(
            address,
            f"select cast(to_jsonb(t) - 'run_id' - 'segment_key' - 'promoted_name' "
            f"as text) from {table} as t where run_id = '{run_id}' order by 1",
        )
        found[table] = [text for (text,) in texts]
    return found


def keys(address: LocalServerAddress, run_id: str) -> list[str]:
    found = query(
        address,
        "select segment_key from register.segments "
        f"where run_id = '{run_id}' order by segment_id",
    )
    return [key for (key,) in found]


def test_planted_topics_are_published(
    talks: LocalServerAddress, project: DbtProject, command: Command
) -> None:
    run_id = fit(project)
    assert champion(talks, PERSONAS) == run_id
    rows = rows_of(talks, run_id)
    assert all(rows.values())
    # Each conversation that is kept and has a customer is in one persona: in that of
    # its topic, but for those that too few people wrote.
    members = query(
        talks,
        "select conversation_id, persona_id, members.customer_id = parts.customer_id "
        "from personas.members "
        "inner join intermediate.int_conversations as parts using (conversation_key)",
    )
    assert {conversation for conversation, _, _ in members} <= TOPIC_OF.keys()
    assert len(members) > 0.95 * N_CONVERSATIONS
    assert all(is_same for _, _, is_same in members)
    by_topic: dict[int, set[int]] = {}
    for conversation, persona, _ in members:
        if conversation not in IS_SECRET:
            by_topic.setdefault(TOPIC_OF[conversation], set()).add(persona)
    assert sorted(min(own) for own in by_topic.values()) == [1, 2, 3, 4]
    assert all(len(own) == 1 for own in by_topic.values())

    # Nothing shows what only four people wrote.
    terms = [json.loads(row)["term"] for row in rows["personas.terms"]]
    names = " ".join(rows["register.segments"])
    assert not any(word in f"{terms} {names}" for word in SECRET.split())
    assert "invoice" in names or "money" in names

    (fit_row,) = map(json.loads, rows["personas.fits"])
    assert fit_row["n_personas"] == 4
    assert fit_row["stability"] > 0.6
    assert 0 < fit_row["gain_lower"] < fit_row["gain"] < fit_row["gain_upper"]
    assert "they predict an event in the seven days" in fit_row["sentence"]
    assert fit_row["what_is_lost"] is None
    fusions = [json.loads(row) for row in rows["personas.fusions"]]
    assert {row["text_share"] for row in fusions} == {1, 0.75, 0.5, 0}
    (chosen,) = [row for row in fusions if row["is_chosen"]]
    assert {key: chosen[key] for key in chosen.keys() & fit_row.keys()}.items() <= (
        fit_row.items()
    )
    # What the first topic is about is said in one state more than in the other.
    of_state = [json.loads(row) for row in rows["personas.state_terms"]]
    first = {row["term"] for row in of_state if row["state_key"] == "s_paying"}
    assert len(first & set(TOPICS[0].split())) >= 8
    assert not first & set(TOPICS[1].split())

    shown = command("show", "champion", "--model", PERSONAS)
    for words in ("Shares of the text", "tfidf_svd", keys(talks, run_id)[0]):
        assert words in shown
    project.run(
        *("build", "--select", "path:models/staging/personas", *WITHOUT_UNIT_TESTS),
        label="personas",
    )
    assert query(talks, "select run_id from staging.stg_personas__champion") == [
        (run_id,)
    ]


def test_what_came_next_is_known_where_the_log_goes_on(
    talks: LocalServerAddress, project: DbtProject
) -> None:
    filtered = filter_stored_conversations(project, dry_run=True)
    read = ConversationsReader(project).read(filtered)
    ids = dict(
        query(
            talks,
            "select conversation_key, conversation_id "
            "from intermediate.int_conversations",
        )
    )
    users = dict(
        query(
            talks,
            "select customer_id, identifier "
            "from intermediate.int_customer_identifiers "
            "where identifier_type = 'user_id'",
        )
    )
    days: dict[str, set[dt.date]] = {}
    for person, moment in EVENTS:
        days.setdefault(person, set()).add(moment.date())
    ends = {conversation: moment.date() for _, conversation, moment, _, _ in MESSAGES}
    last_day = max(moment.date() for _, moment in EVENTS)
    n_unknown = 0
    for place, key in enumerate(read.conversations.ids):
        end = ends[ids[key]]
        person = users[read.customer_ids[read.conversations.customers[place]]]
        if end + dt.timedelta(days=7) >= last_day:
            assert np.isnan(read.came[place])
            n_unknown += 1
            continue
        after = {end + dt.timedelta(days=n) for n in range(1, 8)}
        assert read.came[place] == bool(after & days[person])
    assert 0 < n_unknown < 40
    # Columns of behaviour are in the order of the model.
    nights = dict(
        query(
            talks,
            "select conversation_key, night_share "
            "from intermediate.int_conversation_features",
        )
    )
    assert read.conversations.behaviour[:, 2].tolist() == [
        nights[key] for key in read.conversations.ids
    ]


def test_refits_keep_keys_and_repeat_to_the_byte(
    talks: LocalServerAddress, project: DbtProject, command: Command
) -> None:
    first, second = fit(project), fit(project)
    assert rows_of(talks, first) == rows_of(talks, second)
    assert keys(talks, first) == keys(talks, second)
    # Other people, and another seed.
    run_as_admin(
        talks,
        "delete from intermediate.int_messages where customer_id in ("
        "select customer_id from intermediate.int_customer_identifiers "
        "where identifier like 'person00%')",
    )
    other = replace(options(project).settings, seed=7)
    third = find_personas(project, replace(options(project), settings=other))
    assert third is not None
    assert sorted(keys(talks, third)) == sorted(keys(talks, first))
    lineage = query(
        talks,
        "select distinct run_id, relation, profile_distance "
        f"from register.segment_lineage where run_id <> '{first}' order by 1",
    )
    assert lineage == [(second, "kept", None), (third, "kept", None)]
    assert "is the champion again" in command("rollback", "--model", PERSONAS)


def test_conversations_that_were_not_drawn_are_of_a_persona_too(
    talks: LocalServerAddress, project: DbtProject
) -> None:
    few = replace(options(project).settings, most_clustered=300)
    run_id = find_personas(project, replace(options(project), settings=few))
    assert run_id is not None
    members = query(
        talks,
        "select count(is_core), count(*), count(distinct persona_id) "
        "from personas.members",
    )
    ((n_drawn, n_all, n_personas),) = members
    assert (n_drawn, n_personas) == (300, 4)
    assert n_all > 300
    ((sentence, settings),) = query(
        talks,
        "select sentence, settings from personas.fits "
        "inner join register.runs using (run_id)",
    )
    assert "of 300 that were drawn, after which the others went" in sentence
    assert json.loads(settings)["most_clustered"] == 300


def test_a_dry_run_writes_nothing(
    talks: LocalServerAddress, project: DbtProject, caplog: pytest.LogCaptureFixture
) -> None:
    before = warehouse_digest(talks)
    with caplog.at_level("INFO", logger="user_states"):
        assert find_personas(project, options(project, dry_run=True)) is None
    assert warehouse_digest(talks) == before
    assert "4 personas in " in caplog.text
    assert "length: 1 conversations" in caplog.text


def test_flaws_are_stored_and_published_by_force_only(
    talks: LocalServerAddress, project: DbtProject, command: Command
) -> None:
    asked = options(project)
    strict = replace(asked, limits=replace(asked.limits, min_core_share=1.0))
    run_id = find_personas(project, strict)
    assert run_id is not None
    counts = "select count(*) from register.champions where model = 'personas'"
    assert query(talks, counts) == [(0,)]
    rows = rows_of(talks, run_id)
    empty = {"personas.members", "personas.terms", "register.segments"}
    assert {table for table, own in rows.items() if not own} == empty
    ((passed, defects),) = query(
        talks, "select has_passed_guards, defects from register.runs"
    )
    assert not passed
    (defect,) = json.loads(defects)
    assert "are in a dense group; expected at least 100%" in defect["text"]
    with pytest.raises(UserError, match="failed 1 of its checks"):
        command("promote", run_id, "--model", PERSONAS)
    forced = find_personas(project, replace(strict, run=RunOptions(force=True)))
    assert forced is not None
    assert champion(talks, PERSONAS) == forced
    assert "Published by force" in str(rows_of(talks, forced)["personas.fits"])


def test_a_forgotten_person_has_no_conversation(
    talks: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    run_id = fit(project)
    person = "person050"
    vectors = "app.message_embeddings"
    run_as_admin(talks, f"create table {vectors} (message_id text, embedding real[])")
    insert(talks, vectors, [(message, [1.0]) for message, *_ in MESSAGES])
    ((customer,),) = query(
        talks,
        "select customer_id from intermediate.int_customer_identifiers "
        f"where identifier = '{person}'",
    )
    of_customer = (
        f"select count(*) from personas.members where customer_id = '{customer}'"
    )
    assert query(talks, of_customer)[0][0] > 0
    forget_user(
        project, person, with_rides=True, page=tmp_path / "page.html", folder=tmp_path
    )
    assert query(talks, of_customer) == [(0,)]
    assert champion(talks, PERSONAS) == run_id
    left = [message for message, _, _, writer, _ in MESSAGES if writer != person]
    for table in ("app.messages", vectors):
        found = query(talks, f"select message_id from {table}")
        assert sorted(message for (message,) in found) == sorted(left)


def test_given_vectors(
    talks: LocalServerAddress, project: DbtProject, caplog: pytest.LogCaptureFixture
) -> None:
    given = replace(options(project), embedder="column")
    with pytest.raises(UserError, match=r'found no table "app"\.message_embeddings'):
        find_personas(project, given)
    table = "app.message_embeddings"
    run_as_admin(talks, f"create table {table} (message_id text, embedding real[])")
    draw = random.Random(2)
    rows = [
        (
            message,
            [
                (9.0 if place == TOPIC_OF.get(conversation) else 0) + draw.random()
                for place in range(8)
            ],
        )
        for message, conversation, *_ in MESSAGES
    ]
    insert(talks, table, rows[:-20])
    with pytest.raises(UserError, match=r"found \d+ of \d+ kept conversations without"):
        find_personas(project, given)
    insert(talks, table, [*rows[-20:-1], (rows[-1][0], [1.0])])
    with pytest.raises(UserError, match="found vectors of 1, 8 numbers"):
        find_personas(project, given)
    run_as_admin(talks, f"delete from {table} where message_id = '{rows[-1][0]}'")
    run_id = find_personas(project, given)
    assert query(
        talks, f"select embedder from personas.fits where run_id = '{run_id}'"
    ) == [("column",)]
    assert champion(talks, PERSONAS) == run_id


def test_a_log_without_messages_is_no_error(
    talks: LocalServerAddress, project: DbtProject, caplog: pytest.LogCaptureFixture
) -> None:
    few = "delete from intermediate.int_messages where conversation_id not like 'c11%'"
    for statement, words in (
        (few, "no personas: found "),
        ("truncate intermediate.int_messages", "no personas: found no conversation"),
    ):
        run_as_admin(talks, statement)
        with caplog.at_level("INFO", logger="user_states"):
            listen_to_customers(project, Steps())
        assert words in caplog.text
        assert query(talks, "select count(*) from personas.fits") == [(0,)]


def test_networks_of_your_own(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "sentence_transformers:my/network"
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(UserError, match="found no package sentence_transformers"):
        chosen_embedder(name)

    class Network:
        def __init__(self, network: str) -> None:
            if network != "my/network":
                raise OSError(f"no {network}")

        def encode(self, texts: list[str], **_: Any) -> Any:
            return np.array([[len(text), 0, 1] for text in texts], dtype=np.float32)

    package = types.ModuleType("sentence_transformers")
    package.SentenceTransformer = Network  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    embedder, lost = chosen_embedder(name)
    assert (embedder.name, lost) == (name, None)
    assert embedder.embed(["", "abc"]) == pytest.approx(
        np.array([[0, 0, 1], [3, 0, 1] / np.sqrt(10)])
    )
    with pytest.raises(UserError, match="found no network 'other'"):
        chosen_embedder("sentence_transformers:other")
    for wrong in ("bert", "sentence_transformers:", "column"):
        with pytest.raises(UserError, match="found the embedder"):
            chosen_embedder(wrong)
