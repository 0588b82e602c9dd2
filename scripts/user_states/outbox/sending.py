"""Send what waits for an endpoint: claim, post side by side, store, and again."""

from __future__ import annotations

import logging
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from user_states.outbox.bodies import NoIdentifierError
from user_states.outbox.deliveries import Deliveries, OutboxTables, Sent
from user_states.outbox.endpoints import Endpoint
from user_states.outbox.http_posts import Answer, Poster
from user_states.outbox.message import Message
from user_states.outbox.retries import (
    GONE,
    RetrySchedule,
    outcome_of,
    pause_after,
)
from user_states.outbox.signatures import signature_headers
from user_states.warehouse.connection import connect

logger = logging.getLogger("user_states")

USER_AGENT = "user-states-outbox/1"
# Of a sender that is killed, at most so many messages are sent again.
BATCH = 128


@dataclass(frozen=True)
class SenderOptions:
    """How messages are sent.

    Attributes
    ----------
    timeout : float
        Seconds that an endpoint has to answer.
    n_threads : int
        Posts at the same time, to each endpoint.
    wait : float
        Seconds for which the sender stays for retries and new messages; 0 sends what is
        due now.
    max_age_days : float
        Older messages are not sent to a new endpoint.
    schedule : RetrySchedule
    tls : ssl.SSLContext or None
        None: certificates are checked as the system does.
    """

    timeout: float = 20.0
    n_threads: int = 16
    wait: float = 0.0
    max_age_days: float = 7.0
    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    tls: ssl.SSLContext | None = None


class EndpointSender:
    """Sends the messages of one endpoint, over connections of its own.

    So an endpoint that hangs holds up no other one.

    Parameters
    ----------
    uri : str
        libpq URL of the warehouse.
    tables : OutboxTables
    endpoint : Endpoint
    options : SenderOptions
    """

    def __init__(
        self,
        uri: str,
        tables: OutboxTables,
        endpoint: Endpoint,
        options: SenderOptions,
    ) -> None:
        self._uri, self._tables = uri, tables
        self._endpoint, self._options = endpoint, options
        self._n_silent = 0

    def run(self) -> Counter[str]:
        """Send until nothing is due, and return how many messages came to what."""
        counts: Counter[str] = Counter()
        until = time.monotonic() + self._options.wait
        with (
            closing(connect(self._uri)) as connection,
            closing(
                Poster(self._endpoint.address, self._options.timeout, self._options.tls)
            ) as poster,
            ThreadPoolExecutor(self._options.n_threads) as threads,
        ):
            deliveries = Deliveries(connection, self._tables)
            while True:
                deliveries.enrol(self._endpoint, self._options.max_age_days)
                deliveries.withdraw(self._endpoint)
                connection.commit()
                for sent in self._batches(deliveries, poster, threads):
                    connection.commit()
                    counts.update(one.status for one in sent)
                rest = self._rest(deliveries)
                connection.rollback()
                left = until - time.monotonic()
                if left <= 0 or rest is None:
                    return counts
                time.sleep(max(0.02, min(rest, left, 1.0)))

    def _rest(self, deliveries: Deliveries) -> float | None:
        """Return seconds until something can be sent; None if never, as it is now."""
        state = deliveries.state_of(self._endpoint)
        due = deliveries.seconds_until_due(self._endpoint)
        if state.is_disabled:
            return None
        return max(state.pause, 1.0 if due is None else due)

    def _batches(
        self, deliveries: Deliveries, poster: Poster, threads: ThreadPoolExecutor
    ) -> Iterator[list[Sent]]:
        """Send batch by batch; each is to be committed before the next one."""
        while True:
            state = deliveries.state_of(self._endpoint)
            if state.is_disabled or state.pause > 0:
                return
            messages = deliveries.claim(self._endpoint, BATCH)
            if not messages:
                return
            posted = self._post_all(messages, poster, threads)
            sent = [self._judged(message, answer) for message, answer in posted]
            self._store(deliveries, posted, sent, state.n_pauses)
            yield sent

    def _store(
        self,
        deliveries: Deliveries,
        posted: Sequence[tuple[Message, Answer]],
        sent: Sequence[Sent],
        n_pauses: int,
    ) -> None:
        if any(one.status == "delivered" for one in sent):
            n_pauses = 0
        deliveries.store(self._endpoint, sent, n_pauses)
        pauses = [
            pause
            for _, answer in posted
            if (
                pause := pause_after(
                    answer, n_pauses, self._n_silent, self._options.schedule
                )
            )
            is not None
        ]
        if pauses:
            deliveries.pause(self._endpoint, max(pauses), n_pauses + 1)
        if any(answer.status == GONE for _, answer in posted):
            because = "the endpoint answered 410, Gone"
            deliveries.disable(self._endpoint, because)
            logger.warning(
                "%s is disabled: %s. When it is back: make send ENABLE=%s",
                self._endpoint.name,
                because,
                self._endpoint.name,
            )

    def _post_all(
        self,
        messages: Sequence[Message],
        poster: Poster,
        threads: ThreadPoolExecutor,
    ) -> list[tuple[Message, Answer]]:
        """Post messages side by side; stop when the endpoint is gone, busy or silent.

        Returns
        -------
        list of (Message, Answer)
            Of those that were posted, or could not be written to.
        """
        is_stopped = False

        def posted(message: Message) -> tuple[Message, Answer] | None:
            nonlocal is_stopped
            if is_stopped:
                return None
            answer = self._post(message, poster)
            self._n_silent = self._n_silent + 1 if answer.status is None else 0
            if (
                pause_after(answer, 0, self._n_silent, self._options.schedule)
                is not None
                or answer.status == GONE
            ):
                is_stopped = True
            return message, answer

        return [pair for pair in threads.map(posted, messages) if pair is not None]

    def _post(self, message: Message, poster: Poster) -> Answer:
        try:
            body = self._endpoint.template.body(message)
        except NoIdentifierError as error:
            return NoAddress(0, str(error))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            **self._endpoint.headers,
            **signature_headers(
                self._endpoint.keys, message.message_id, int(time.time()), body
            ),
        }
        return poster.post(body, headers)

    def _judged(self, message: Message, answer: Answer) -> Sent:
        if isinstance(answer, NoAddress):
            return Sent(message, "no_address", False, 0.0, None, answer.in_words)
        outcome = outcome_of(
            answer, message.n_attempts, message.seconds_so_far, self._options.schedule
        )
        return Sent(
            message,
            outcome.status,
            outcome.counts,
            outcome.wait,
            answer.status,
            answer.in_words,
        )


class NoAddress(Answer):
    """A message that could not be posted: nothing says whom it is for."""


def send_to_all(
    uri: str,
    tables: OutboxTables,
    endpoints: Sequence[Endpoint],
    options: SenderOptions,
    report: Callable[[Endpoint, Counter[str]], None],
) -> None:
    """Send to every endpoint at the same time.

    Parameters
    ----------
    uri, tables, options
        As of `EndpointSender`.
    endpoints : sequence of Endpoint
    report : callable
        Gets each endpoint with its counts, when it has ended.
    """
    if not endpoints:
        return
    senders = [EndpointSender(uri, tables, one, options) for one in endpoints]
    with ThreadPoolExecutor(len(senders)) as threads:
        running = [threads.submit(sender.run) for sender in senders]
        for endpoint, future in zip(endpoints, running, strict=True):
            report(endpoint, future.result())
