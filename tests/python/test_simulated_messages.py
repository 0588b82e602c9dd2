"""Simulated messages: what is planted in them, and what is left as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from user_states.messages import load_simulated_messages
from user_states.messages.conversation_filters import FILTERS, filter_conversations
from user_states.messages.load_simulated_messages import (
    MessageWriter,
    clear_simulated_messages,
)
from user_states.messages.message_files import MESSAGE_FILES, load_message_files
from user_states.messages.simulated_conversations import (
    PRICE_FACTOR,
    MessageSettings,
    about_to_stop,
)
from user_states.messages.simulated_topics import PRICE_TOPIC, TOPICS
from user_states.rides.load_simulation import load_simulation
from user_states.rides.mapping_file import read_mapping
from user_states.rides.simulated_world import STATES
from user_states.rides.simulation import SimulationSettings, simulate
from user_states.warehouse.connection import connect
from warehouse_setup import query

SETTINGS = SimulationSettings(2_000, 60, seed=3)
# More conversations, so that rates are known well.
MANY = MessageSettings(volume=4)
STATE_NAMES = [state.name for state in STATES]
LAPSED = STATE_NAMES.index("lapsed")
LAST = pd.Timestamp(SETTINGS.first_week, tz="UTC") + pd.Timedelta(
    weeks=SETTINGS.n_weeks
)
Tables = tuple[pd.DataFrame, pd.DataFrame]


def written(monkeypatch: pytest.MonkeyPatch, settings: MessageSettings) -> Tables:
    """Return the messages that a writer writes, and the truth about them."""
    batches: dict[str, list[Any]] = {"messages": [], "conversation_truth": []}

    def keep(connection: object, schema: str, table: str, batch: Any) -> None:
        batches[table].append(batch.to_pandas())

    monkeypatch.setattr(load_simulated_messages, "append", keep)
    writer = MessageWriter(settings)
    for block in simulate(SETTINGS):
        writer.write(None, block, SETTINGS)  # type: ignore[arg-type]
    messages, truth = (pd.concat(parts) for parts in batches.values())
    assert len(messages) == writer.n_messages
    assert len(truth) == writer.n_conversations
    return messages, truth


@pytest.fixture(scope="module")
def tables() -> Tables:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return written(monkeypatch, MANY)


@pytest.fixture(scope="module")
def own(tables: Tables) -> pd.DataFrame:
    """Conversations in own words, with the hidden state of their user in that week."""
    messages, truth = tables
    started = messages.groupby("conversation_id")["sent_at"].min()
    own = truth[truth.filter_name.isna()].assign(
        sent_at=lambda rows: rows.conversation_id.map(started)
    )
    monday = own.sent_at.dt.tz_localize(None).dt.to_period("W-SUN").dt.start_time
    states = pd.concat(block.truth.to_pandas() for block in simulate(SETTINGS))
    states["week_start"] = pd.to_datetime(states.week_start)
    joined = own.assign(week_start=monday).merge(
        states, on=["user_id", "week_start"], how="left", validate="many_to_one"
    )
    # Nobody writes before joining.
    assert joined.state.notna().all()
    return joined


def states_by_week() -> np.ndarray[Any, Any]:
    """Return hidden states by user and complete week."""
    [block] = [block for block in simulate(SETTINGS) if block.people]
    assert block.people
    return block.people.states[:, : SETTINGS.n_weeks]


def test_the_same_seed_gives_the_same_messages(
    monkeypatch: pytest.MonkeyPatch, tables: Tables
) -> None:
    again = written(monkeypatch, MANY)
    for one, other in zip(again, tables, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_users_write_about_prices_before_they_stop(own: pd.DataFrame) -> None:
    states = states_by_week()
    near = about_to_stop(states)
    rides = (states >= 0) & (states != LAPSED)
    about_price = own[own.topic == PRICE_TOPIC]
    before = about_price.is_before_lapse.sum() / near.sum()
    otherwise = about_price[
        ~about_price.is_before_lapse & (about_price.state != "lapsed")
    ]
    factor = before / (len(otherwise) / (rides & ~near).sum())
    assert factor == pytest.approx(PRICE_FACTOR, rel=0.2)
    # Of what they write of other things, nothing is more frequent then.
    others = own[(own.topic != PRICE_TOPIC) & (own.state != "lapsed")]
    rate = others.is_before_lapse.sum() / (near & rides).sum()
    usual = (~others.is_before_lapse).sum() / (rides & ~near).sum()
    assert rate / usual == pytest.approx(1, abs=0.25)


def test_a_move_to_lapsed_is_near_for_four_weeks_on_each_side() -> None:
    riding = STATE_NAMES.index("commuter")
    states = np.full((2, 12), riding, dtype=np.int8)
    states[0, 6:] = LAPSED
    # Nobody is about to stop who has not joined, or has been away all the time.
    states[1, :3] = -1
    states[1, 3:] = LAPSED
    near = about_to_stop(states)
    assert np.flatnonzero(near[0]).tolist() == list(range(2, 10))
    assert not near[1].any()


def test_topics_follow_the_state(own: pd.DataFrame) -> None:
    states = states_by_week()
    near = about_to_stop(states)
    topics = {topic.name: topic for topic in TOPICS}
    for topic, state in (("airport", "traveller"), ("lost_item", "weekend_partier")):
        written_about = own[(own.topic == topic) & ~own.is_before_lapse]

        def rate(name: str, rows: pd.DataFrame = written_about) -> float:
            weeks = ((states == STATE_NAMES.index(name)) & ~near).sum()
            return float((rows.state == name).sum() / weeks)

        factor = topics[topic].by_state[state]
        assert rate(state) / rate("commuter") == pytest.approx(factor, rel=0.4)


def test_a_topic_is_new(own: pd.DataFrame) -> None:
    [new] = [topic for topic in TOPICS if topic.last_weeks]
    assert new.last_weeks
    sent_at = own[own.topic == new.name].sent_at
    assert len(sent_at) > 20
    assert sent_at.min() >= LAST - pd.Timedelta(weeks=new.last_weeks)


def test_filters_find_what_is_planted_and_nothing_else(tables: Tables) -> None:
    messages, truth = tables
    authors = messages.user_id.fillna(messages.email).fillna(messages.author_role)
    roles = {"user": "customer", "agent": "staff", "bot": "automatic"}
    messages = messages.assign(
        author_key=authors,
        conversation_key=messages.conversation_id + " " + authors,
        author_role=messages.author_role.map(roles),
    )
    found = filter_conversations(messages).set_index("conversation_key").filter_name
    by_role = messages.groupby("conversation_key").author_role.first()
    of_others = found[by_role[by_role != "customer"].index]
    assert len(of_others) > 1_000
    assert set(of_others) == {"automatic_or_staff"}
    keys = found[by_role[by_role == "customer"].index]
    keys.index = keys.index.str.split(" ").str[0]
    planned = truth.set_index("conversation_id").filter_name
    for name in FILTERS:
        planted = planned[planned == name].index
        assert len(planted) >= 8
        assert (keys[planted] == name).mean() >= 0.95
    assert keys[planned[planned.isna()].index].notna().mean() < 0.005


def test_answers_belong_to_their_conversation(tables: Tables) -> None:
    messages, _ = tables
    assert messages.message_id.is_unique
    answers = messages.dropna(subset=["reply_to_id"])
    answered = messages.set_index("message_id").loc[answers.reply_to_id]
    assert len(answers) > 1_000
    assert answered.conversation_id.tolist() == answers.conversation_id.tolist()
    assert (answered.sent_at.to_numpy() < answers.sent_at.to_numpy()).all()
    assert messages.sent_at.max() < LAST
    is_customers = messages.author_role == "user"
    identified = messages.user_id.notna() | messages.email.notna()
    assert identified[is_customers].all()
    assert messages.user_id[~is_customers].isna().all()


def test_copies_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    _, truth = written(monkeypatch, MessageSettings(has_copies=False))
    assert len(truth) > 100
    assert truth.filter_name.isna().all()


def test_messages_are_written_beside_rides(database: Any) -> None:
    settings = SimulationSettings(100, 30)
    writer = MessageWriter(MANY)
    counts = "select count(*), count(distinct message_id) from app.messages"
    truths = "select count(*) from simulation.conversation_truth"
    with connect(database.url) as connection:
        load_simulation(connection, settings, messages=writer)
        assert query(database, counts) == [(writer.n_messages, writer.n_messages)]
        assert query(database, truths) == [(writer.n_conversations,)]
        assert writer.n_messages > writer.n_conversations > 0
        clear_simulated_messages(connection, writer)
    assert query(database, counts) == [(0, 0)]
    assert query(database, truths) == [(0,)]


def test_messages_that_somebody_loaded_stay(database: Any, tmp_path: Any) -> None:
    (tmp_path / "own.csv").write_text(
        "message_id,conversation_id,sent_at,user_id,body\n"
        "1,a,2024-03-04T10:00:00Z,u1,My own words\n"
    )
    columns = ("message_id", "conversation_id", "sent_at", "user_id", "body")
    lines = "".join(f"  {name}: {name}\n" for name in columns)
    (tmp_path / "own.yml").write_text(f"columns:\n{lines}timestamps_in: UTC\n")
    with connect(database.url) as connection:
        mapping = read_mapping(tmp_path / "own.yml", MESSAGE_FILES)
        load_message_files(connection, [tmp_path / "own.csv"], mapping)
        clear_simulated_messages(connection, MessageWriter())
    assert query(database, "select body from app.messages") == [("My own words",)]
