"""The tables of the outbox, read and written in SQL.

macros/outbox/create_outbox_tables.sql creates them. A row of `deliveries` is a message
for an endpoint. Whoever sends it holds the lock of its row until the answer is stored,
in one transaction: of a sender that is killed nothing is left, and the next one sends
its messages again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from user_states.outbox.endpoints import Endpoint
from user_states.outbox.message import Message
from user_states.warehouse.connection import Connection, execute, fetch_all

# Of this person and endpoint nothing older waits.
_IS_FIRST_OF_PERSON = """
not exists (
    select 1 from {deliveries} as earlier
    where earlier.endpoint = deliveries.endpoint
        and earlier.status = 'waiting'
        and earlier.message_number < deliveries.message_number
        and coalesce(earlier.customer_id, earlier.user_id)
            = coalesce(deliveries.customer_id, deliveries.user_id)
)
"""


@dataclass(frozen=True)
class OutboxTables:
    """Quoted names of the tables that a sender reads and writes.

    Attributes
    ----------
    messages, identifiers : str
        The marts outbox_messages and customer_identifiers.
    left_alone_customers, left_alone_users : str
        Who gets nothing, also of what was written before.
    deliveries, endpoints : str
    exposures : str
    """

    messages: str
    identifiers: str
    left_alone_customers: str
    left_alone_users: str
    deliveries: str
    endpoints: str
    exposures: str


@dataclass(frozen=True)
class Sent:
    """What came of one message, to be stored.

    Attributes
    ----------
    message : Message
    status : str
        `delivered`, `waiting`, `dead` or `no_address`.
    counts : bool
        Whether it counts as an attempt.
    wait : float
        Seconds until the next attempt.
    status_code : int or None
    in_words : str
    """

    message: Message
    status: str
    counts: bool
    wait: float
    status_code: int | None
    in_words: str


@dataclass(frozen=True)
class EndpointState:
    """Whether an endpoint may get messages.

    Attributes
    ----------
    is_disabled : bool
        It answered 410, or somebody disabled it.
    pause : float
        Seconds until it may get messages again; 0 if it may now.
    n_pauses : int
        Since it last took a message.
    """

    is_disabled: bool
    pause: float
    n_pauses: int


class Deliveries:
    """The deliveries of one connection.

    Parameters
    ----------
    connection : Connection
        Without autocommit; the caller commits.
    tables : OutboxTables
    """

    def __init__(self, connection: Connection, tables: OutboxTables) -> None:
        self._connection, self._tables = connection, tables

    def enrol(self, endpoint: Endpoint, max_age_days: float) -> None:
        """Add the messages that an endpoint wants and does not have yet.

        Parameters
        ----------
        endpoint : Endpoint
        max_age_days : float
            Older messages are not added: a new endpoint gets no old news.
        """
        tables = self._tables
        execute(
            self._connection,
            f"insert into {tables.endpoints} (endpoint) values ($1) "
            "on conflict (endpoint) do nothing",
            (endpoint.name,),
        )
        execute(
            self._connection,
            f"""
            insert into {tables.deliveries}
                (message_id, endpoint, message_number, customer_id, user_id)
            select
                messages.message_id, $1, messages.message_number,
                messages.customer_id, messages.user_id
            from {tables.messages} as messages
            where ($2 = '*' or messages.topic = any(string_to_array($2, ' ')))
                and messages.written_at
                    >= clock_timestamp()
                    - cast($3 as double precision) * interval '1 day'
                and not exists (
                    select 1 from {tables.deliveries} as deliveries
                    where deliveries.message_id = messages.message_id
                        and deliveries.endpoint = $1
                )
            order by messages.message_number
            on conflict (message_id, endpoint) do nothing
            """,
            (endpoint.name, " ".join(endpoint.topics.split()), float(max_age_days)),
        )

    def withdraw(self, endpoint: Endpoint) -> None:
        """Withdraw what waits for people who are to be left alone by now."""
        tables = self._tables
        execute(
            self._connection,
            f"""
            update {tables.deliveries} as deliveries
            set status = 'withdrawn', last_error = 'to be left alone'
            from (
                select message_id from {tables.deliveries} as waiting
                where waiting.endpoint = $1
                    and waiting.status = 'waiting'
                    and (
                        waiting.customer_id in (
                            select customer_id from {tables.left_alone_customers}
                        )
                        or waiting.user_id in (
                            select user_id from {tables.left_alone_users}
                        )
                    )
                for update skip locked
            ) as unwanted
            where deliveries.endpoint = $1
                and deliveries.message_id = unwanted.message_id
            """,
            (endpoint.name,),
        )

    def state_of(self, endpoint: Endpoint) -> EndpointState:
        """Return whether an endpoint may get messages."""
        ((is_disabled, pause, n_pauses),) = fetch_all(
            self._connection,
            f"""
            select
                disabled_at is not null,
                cast(greatest(0, coalesce(
                    extract(epoch from paused_until - clock_timestamp()), 0
                )) as double precision),
                n_pauses
            from {self._tables.endpoints} where endpoint = $1
            """,
            (endpoint.name,),
        )
        return EndpointState(bool(is_disabled), float(pause), int(n_pauses))

    def claim(self, endpoint: Endpoint, most: int) -> list[Message]:
        """Lock messages that are due, at most one of a person, and return them."""
        tables = self._tables
        rows = fetch_all(
            self._connection,
            f"""
            with claimed as (
                select message_id, n_attempts, first_attempt_at, message_number
                from {tables.deliveries} as deliveries
                where endpoint = $1
                    and status = 'waiting'
                    and due_at <= clock_timestamp()
                    and {_IS_FIRST_OF_PERSON.format(deliveries=tables.deliveries)}
                order by message_number
                limit $2
                for update of deliveries skip locked
            )
            select
                messages.message_id, messages.trigger, messages.topic,
                messages.customer_id, messages.user_id, messages.audience,
                messages.happened_at, messages.properties, claimed.n_attempts,
                cast(coalesce(extract(
                    epoch from clock_timestamp() - claimed.first_attempt_at
                ), 0) as double precision)
            from claimed
            inner join {tables.messages} as messages
                on claimed.message_id = messages.message_id
            order by claimed.message_number
            """,
            (endpoint.name, most),
        )
        messages = [
            Message(
                message_id=row[0],
                trigger=row[1],
                topic=row[2],
                customer_id=row[3],
                user_id=row[4],
                audience=row[5],
                happened_at=row[6],
                properties=Message.properties_of(row[7]),
                n_attempts=row[8],
                seconds_so_far=row[9],
            )
            for row in rows
        ]
        return self._with_identifiers(messages, endpoint)

    def seconds_until_due(self, endpoint: Endpoint) -> float | None:
        """Return when the next message of an endpoint is due; None if none waits."""
        ((seconds,),) = fetch_all(
            self._connection,
            f"""
            select cast(extract(
                epoch from min(due_at) - clock_timestamp()
            ) as double precision)
            from {self._tables.deliveries} as deliveries
            where endpoint = $1 and status = 'waiting'
                and {_IS_FIRST_OF_PERSON.format(deliveries=self._tables.deliveries)}
            """,
            (endpoint.name,),
        )
        return None if seconds is None else max(0.0, float(seconds))

    def store(self, endpoint: Endpoint, sent: Sequence[Sent], n_pauses: int) -> None:
        """Store what came of messages that this transaction has claimed.

        Parameters
        ----------
        endpoint : Endpoint
        sent : sequence of Sent
        n_pauses : int
            Pauses of the endpoint since it last took a message.
        """
        tables = self._tables
        execute(
            self._connection,
            f"""
            update {tables.deliveries} as deliveries
            set
                status = results.status,
                n_attempts = deliveries.n_attempts + results.n_counted,
                due_at = clock_timestamp() + results.wait * interval '1 second',
                first_attempt_at = coalesce(
                    deliveries.first_attempt_at, clock_timestamp()
                ),
                last_attempt_at = clock_timestamp(),
                last_status_code = results.status_code,
                last_error = results.error,
                delivered_at = case
                    when results.status = 'delivered' then clock_timestamp()
                end
            from json_to_recordset(cast($2 as json)) as results (
                message_id text, status text, n_counted integer,
                wait double precision, status_code integer, error text
            )
            where deliveries.endpoint = $1
                and deliveries.message_id = results.message_id
            """,
            (endpoint.name, json.dumps([_as_row(one) for one in sent])),
        )
        execute(
            self._connection,
            f"update {tables.endpoints} set n_pauses = $2 where endpoint = $1 "
            "and n_pauses <> $2",
            (endpoint.name, n_pauses),
        )
        self._expose(endpoint, [one for one in sent if one.status == "delivered"])

    def pause(self, endpoint: Endpoint, seconds: float, n_pauses: int) -> None:
        """Send nothing to an endpoint for some seconds."""
        execute(
            self._connection,
            f"""
            update {self._tables.endpoints}
            set
                n_pauses = $3,
                paused_until = greatest(
                    paused_until,
                    clock_timestamp() + cast($2 as double precision) * interval '1 s'
                )
            where endpoint = $1
            """,
            (endpoint.name, float(seconds), n_pauses),
        )

    def disable(self, endpoint: Endpoint, because: str) -> None:
        """Send nothing to an endpoint until somebody enables it."""
        execute(
            self._connection,
            f"""
            update {self._tables.endpoints}
            set disabled_at = clock_timestamp(), disabled_because = $2
            where endpoint = $1 and disabled_at is null
            """,
            (endpoint.name, because),
        )

    def enable(self, endpoint_name: str) -> bool:
        """Let an endpoint get messages again; return whether it exists."""
        rows = fetch_all(
            self._connection,
            f"""
            update {self._tables.endpoints}
            set disabled_at = null, disabled_because = null, paused_until = null,
                n_pauses = 0
            where endpoint = $1
            returning endpoint
            """,
            (endpoint_name,),
        )
        return bool(rows)

    def revive(self, endpoint_name: str) -> int:
        """Let dead messages of an endpoint wait again; return how many."""
        rows = fetch_all(
            self._connection,
            f"""
            update {self._tables.deliveries}
            set status = 'waiting', n_attempts = 0, first_attempt_at = null,
                due_at = clock_timestamp()
            where endpoint = $1 and status = 'dead'
            returning message_id
            """,
            (endpoint_name,),
        )
        return len(rows)

    def _with_identifiers(
        self, messages: Sequence[Message], endpoint: Endpoint
    ) -> list[Message]:
        """Return messages with the newest identifier of each type that is allowed."""
        customers = sorted({m.customer_id for m in messages if m.customer_id})
        found: dict[str, dict[str, str]] = {}
        if customers:
            rows = fetch_all(
                self._connection,
                f"""
                select distinct on (customer_id, identifier_type)
                    customer_id, identifier_type, identifier
                from {self._tables.identifiers}
                where customer_id in (
                        select json_array_elements_text(cast($1 as json))
                    )
                    and identifier_type = any(string_to_array($2, ' '))
                order by customer_id, identifier_type, last_seen_at desc, identifier
                """,
                (json.dumps(customers), " ".join(endpoint.identifier_types)),
            )
            for customer, kind, identifier in rows:
                found.setdefault(customer, {})[kind] = identifier
        return [
            replace(m, identifiers=self._identifiers(m, found, endpoint))
            for m in messages
        ]

    def _identifiers(
        self, message: Message, found: dict[str, dict[str, str]], endpoint: Endpoint
    ) -> dict[str, str]:
        of_customer = found.get(message.customer_id or "", {})
        is_allowed = "user_id" in endpoint.identifier_types
        of_user = {"user_id": message.user_id} if message.user_id and is_allowed else {}
        return of_customer | of_user

    def _expose(self, endpoint: Endpoint, delivered: Sequence[Sent]) -> None:
        """Write that people were reached, which effects are measured by."""
        if not delivered:
            return
        rows: list[dict[str, Any]] = [
            {
                "exposure_id": f"outbox {one.message.message_id} {endpoint.name}",
                "audience": one.message.audience,
                "user_id": one.message.user_id,
                "customer_id": one.message.customer_id,
                "action": one.message.trigger,
            }
            for one in delivered
        ]
        execute(
            self._connection,
            f"""
            insert into {self._tables.exposures}
                (
                    exposure_id, audience, user_id, customer_id,
                    action, channel, exposed_at
                )
            select
                exposure_id, audience, user_id, customer_id,
                action, $1, clock_timestamp()
            from json_to_recordset(cast($2 as json)) as rows (
                exposure_id text, audience text, user_id text, customer_id text,
                action text
            )
            on conflict (exposure_id) do nothing
            """,
            (endpoint.name, json.dumps(rows)),
        )


def _as_row(sent: Sent) -> dict[str, Any]:
    return {
        "message_id": sent.message.message_id,
        "status": sent.status,
        "n_counted": int(sent.counts),
        "wait": sent.wait,
        "status_code": sent.status_code,
        "error": None if sent.status == "delivered" else sent.in_words,
    }
