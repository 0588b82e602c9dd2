"""Write what simulated users write to the company into the warehouse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from user_states.messages.message_files import MESSAGES
from user_states.messages.simulated_conversations import (
    WEEK_SECONDS,
    MessageSettings,
    StartedConversations,
    draw_conversations,
)
from user_states.messages.simulated_texts import (
    AGENT,
    CUSTOMER,
    WrittenConversation,
    WrittenMessage,
    write_bookings,
    write_conversations,
)
from user_states.rides.contract import Column, ColumnType, TableSpec
from user_states.rides.landing import (
    DEFAULT_TABLES,
    AppTables,
    analyze,
    append,
    is_marked,
    prepare_table,
)
from user_states.rides.simulated_population import (
    CITY_COUNTRY,
    Generator,
    Integers,
    Population,
)
from user_states.rides.simulated_world import COUNTRIES
from user_states.rides.simulation import SimulatedBlock, SimulationSettings
from user_states.rides.truth_tables import TRUTH_SCHEMA
from user_states.warehouse.connection import Connection

CONVERSATION_TRUTH = TableSpec(
    purpose="one row per simulated conversation of a user: what it is about",
    columns=(
        Column("conversation_id", ColumnType.TEXT),
        Column("user_id", ColumnType.TEXT),
        # None for a text about nothing.
        Column("topic", ColumnType.TEXT),
        # The filter that should set it aside; none for own words.
        Column("filter_name", ColumnType.TEXT),
        Column("is_before_lapse", ColumnType.BOOLEAN),
    ),
)
_TRUTH_TABLE = "conversation_truth"
_WRITER = "simulate_rides.py"
# Who writes messages of a demo that are not simulated.
DEMO_WRITER = "run_job.py"
# Random numbers of messages are others than those of rides (none) and events (1), so
# that both are the same with and without messages.
_STREAM_OF_MESSAGES = 2
_CURRENCY_WORDS = {"EUR": "euros", "GBP": "pounds", "MXN": "pesos", "BRL": "reais"}
# Share of conversations by e-mail in which the user is known by the address only.
_BY_ADDRESS_SHARE = 0.3
# Bookings are sent by the account of somebody who joined before this share of the log.
_EARLY = 0.5


class MessageWriter:
    """Writes the messages of each block of users while its rides are simulated.

    Parameters
    ----------
    settings : MessageSettings
    app : AppTables

    Attributes
    ----------
    n_messages, n_conversations : int
        Written so far; conversations are those that users began.
    """

    def __init__(
        self,
        settings: MessageSettings | None = None,
        app: AppTables = DEFAULT_TABLES,
    ) -> None:
        self.n_messages = self.n_conversations = 0
        self._settings = settings or MessageSettings()
        self._app = app

    def prepare(self, connection: Connection, *, replace: bool = False) -> None:
        """Create the tables, or empty them.

        Raises
        ------
        UserError
            If this project did not write the table and `replace` is false.
        """
        app = self._app
        prepare_table(
            connection,
            MESSAGES,
            app.schema,
            app.messages,
            writer=_WRITER,
            replace=replace,
        )
        prepare_table(
            connection, CONVERSATION_TRUTH, TRUTH_SCHEMA, _TRUTH_TABLE, writer=_WRITER
        )

    def is_present(self, connection: Connection) -> bool:
        """Return whether the messages in the warehouse are those of a demo."""
        schema, table = self._app.schema, self._app.messages
        return any(
            is_marked(connection, schema, table, writer=writer)
            for writer in (_WRITER, DEMO_WRITER)
        )

    def write(
        self,
        connection: Connection,
        block: SimulatedBlock,
        settings: SimulationSettings,
    ) -> None:
        """Write what the people of a block write."""
        if block.people is None:
            return
        people = block.people
        spawn_key = (people.block, _STREAM_OF_MESSAGES)
        rng = np.random.default_rng(
            np.random.SeedSequence(settings.seed, spawn_key=spawn_key)
        )
        n_weeks = settings.n_weeks
        started = draw_conversations(rng, people.states[:, :n_weeks], self._settings)
        written = [
            conversation
            for conversation in _all_conversations(
                rng, started, people.population, n_weeks, self._settings
            )
            if conversation.messages[-1].second < n_weeks * WEEK_SECONDS
        ]
        user_ids = block.users.column(0).to_pylist()
        begin = np.datetime64(settings.first_week, "us")
        rows = _message_rows(rng, people.block, written, user_ids, begin)
        app = self._app
        append(connection, app.schema, app.messages, rows)
        truth = _truth_rows(people.block, written, user_ids)
        append(connection, TRUTH_SCHEMA, _TRUTH_TABLE, truth)
        self.n_messages += rows.num_rows
        self.n_conversations += truth.num_rows

    def finish(self, connection: Connection) -> None:
        """Update the planner's statistics."""
        analyze(connection, self._app.schema, self._app.messages)
        analyze(connection, TRUTH_SCHEMA, _TRUTH_TABLE)


def clear_simulated_messages(connection: Connection, writer: MessageWriter) -> None:
    """Empty the messages of a demo: the rides that they belonged to were replaced.

    Messages that somebody loaded stay.
    """
    if writer.is_present(connection):
        writer.prepare(connection)
        connection.commit()


def _all_conversations(
    rng: Generator,
    started: StartedConversations,
    population: Population,
    n_weeks: int,
    settings: MessageSettings,
) -> Iterator[WrittenConversation]:
    country = CITY_COUNTRY[population.home_city]
    currencies = [_CURRENCY_WORDS[COUNTRIES[index].currency] for index in country]
    yield from write_conversations(rng, started, currencies, settings)
    silent = _early_silent_users(started, population, n_weeks)
    if settings.has_copies and len(silent):
        user = int(rng.choice(silent))
        first_week = int(population.join_week[user])
        yield from write_bookings(rng, user, n_weeks, first_week)


def _early_silent_users(
    started: StartedConversations, population: Population, n_weeks: int
) -> Integers:
    """Return users who joined early and write nothing themselves."""
    is_early = population.join_week < _EARLY * n_weeks
    is_early[started.user] = False
    return np.flatnonzero(is_early)


def _message_rows(
    rng: Generator,
    block: int,
    written: list[WrittenConversation],
    user_ids: list[str],
    begin: np.datetime64,
) -> pa.RecordBatch:
    """Return rows of app.messages."""
    columns: dict[str, list[object]] = {name: [] for name in MESSAGES.names}
    seconds: list[int] = []
    for number, conversation in enumerate(written):
        first = len(seconds)
        user = user_ids[conversation.user]
        is_mail = conversation.channel == "email"
        by_address = is_mail and rng.random() < _BY_ADDRESS_SHARE
        for place, message in enumerate(conversation.messages):
            is_customer = message.role == CUSTOMER
            answered = message.answers
            seconds.append(message.second)
            row = {
                "message_id": _message_id(block, first + place),
                "conversation_id": _conversation_id(block, number),
                "user_id": user if is_customer and not by_address else None,
                "email": _email(message, user) if is_mail else None,
                "author_role": message.role,
                "reply_to_id": None
                if answered is None
                else _message_id(block, first + answered),
                "channel": conversation.channel,
                "body": message.body,
            }
            for name, values in columns.items():
                values.append(row.get(name))
    offsets = np.array(seconds, dtype=np.int64).astype("timedelta64[s]")
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    arrays["sent_at"] = pa.array(begin + offsets, pa.timestamp("us"))
    return _as_batch(MESSAGES, arrays)


def _truth_rows(
    block: int, written: list[WrittenConversation], user_ids: list[str]
) -> pa.RecordBatch:
    rows = [
        {
            "conversation_id": _conversation_id(block, number),
            "user_id": user_ids[conversation.user],
            "topic": conversation.topic,
            "filter_name": conversation.filter_name,
            "is_before_lapse": conversation.is_before_lapse,
        }
        for number, conversation in enumerate(written)
    ]
    return pa.RecordBatch.from_pylist(rows, CONVERSATION_TRUTH.arrow_schema)


def _as_batch(spec: TableSpec, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    schema = spec.arrow_schema
    arrays = [columns[field.name].cast(field.type) for field in schema]
    return pa.record_batch(arrays, schema=schema)


def _email(message: WrittenMessage, user: str) -> str | None:
    if message.role == CUSTOMER:
        return f"{user}@mail.example"
    return f"agent-{message.agent}@ride.example" if message.role == AGENT else None


def _message_id(block: int, number: int) -> str:
    return f"m{block:05d}-{number:07d}"


def _conversation_id(block: int, number: int) -> str:
    return f"c{block:05d}-{number:06d}"
