"""The sender of the outbox, against a receiver that fails, hangs and refuses."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from outbox_process import OPTIONS, QUICK, TABLES, endpoint_at
from outbox_tables import create_outbox, write_messages
from user_states.outbox.endpoints import Endpoint
from user_states.outbox.retries import RetrySchedule
from user_states.outbox.sending import EndpointSender, SenderOptions
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query
from webhook_receiver import SECRET, Receiver, receiving, unreliable


@pytest.fixture(scope="module")
def empty_outbox(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> LocalServerAddress:
    """Return a database with the tables of an outbox."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        create_outbox(project, address)
    return make_database(template=address)


@pytest.fixture
def outbox(
    make_database: MakeDatabase, empty_outbox: LocalServerAddress
) -> Iterator[LocalServerAddress]:
    """Create a copy of the empty outbox for one test."""
    address = make_database(template=empty_outbox)
    yield address
    run_as_admin(
        empty_outbox, f"drop database if exists {address.database} with (force)"
    )


def send(
    address: LocalServerAddress, endpoint: Endpoint, options: SenderOptions = OPTIONS
) -> dict[str, int]:
    """Send what is due, and return how many messages came to what."""
    return dict(EndpointSender(address.url, TABLES, endpoint, options).run())


def statuses(address: LocalServerAddress) -> dict[str, int]:
    """Return the number of deliveries by status."""
    sql = "select status, count(*) from outbox.deliveries group by status"
    return dict(query(address, sql))


def test_a_message_is_signed_and_its_delivery_is_an_exposure(
    outbox: LocalServerAddress,
) -> None:
    """An independent library verifies the signature (webhook_receiver.py)."""
    write_messages(outbox, 3, 3)
    with receiving() as receiver:
        assert send(outbox, endpoint_at(receiver.url)) == {"delivered": 3}
        assert send(outbox, endpoint_at(receiver.url)) == {}
    ((body,),) = [receiver.bodies["m1"]]
    assert body["type"] == "offers"
    assert body["data"]["identifiers"] == {"user_id": "user_id1"}
    assert body["data"]["properties"]["offer"] == "10% off"
    assert query(
        outbox,
        "select audience, customer_id, user_id, channel, action "
        "from activation.exposures where exposure_id = 'outbox m1 tool'",
    ) == [("vip", "c1", None, "tool", "vip")]


def test_every_message_is_delivered_by_a_receiver_that_fails(
    outbox: LocalServerAddress,
) -> None:
    """Messages of a person arrive in their order, whatever fails in between."""
    write_messages(outbox, 300, 150)
    with receiving(unreliable(seed=1), hang_seconds=1.0) as receiver:
        options = SenderOptions(timeout=0.4, wait=60, schedule=QUICK)
        endpoint = endpoint_at(receiver.url)
        until = time.monotonic() + 60
        while statuses(outbox) != {"delivered": 300} and time.monotonic() < until:
            send(outbox, endpoint, replace(options, wait=2))
    assert statuses(outbox) == {"delivered": 300}
    assert len(receiver.bodies) == 300
    assert {500, 302, "hung"} <= set(receiver.statuses)
    require_order(receiver)


def require_order(receiver: Receiver) -> None:
    """Check that each person got new messages in the order of their numbers."""
    by_person: dict[str, list[int]] = defaultdict(list)
    for person, message_id in receiver.order:
        number = int(message_id[1:])
        if number not in by_person[person]:
            by_person[person].append(number)
    assert all(numbers == sorted(numbers) for numbers in by_person.values())


# `make study-outbox` raises both.
N_KILLS = int(os.environ.get("OUTBOX_KILLS", "5"))
N_MESSAGES = int(os.environ.get("OUTBOX_MESSAGES", "200"))


def test_a_sender_that_is_killed_loses_nothing(outbox: LocalServerAddress) -> None:
    """It is killed at random moments; what is sent twice has the same id and body."""
    write_messages(outbox, N_MESSAGES, N_MESSAGES // 2)
    numbers = random.Random(3)
    with receiving(unreliable(seed=2, hangs=0.002), hang_seconds=1.0) as receiver:
        for _ in range(N_KILLS):
            sender = started_sender(outbox, receiver.url)
            time.sleep(0.05 + 0.2 * numbers.random())
            sender.send_signal(signal.SIGKILL)
            sender.wait()
        delivered_before_the_end = statuses(outbox).get("delivered", 0)
        until = time.monotonic() + 120
        done = {"delivered": N_MESSAGES}
        while statuses(outbox) != done and time.monotonic() < until:
            send(outbox, endpoint_at(receiver.url), replace(OPTIONS, wait=2))
    assert statuses(outbox) == done
    assert set(receiver.bodies) == {f"m{n}" for n in range(1, N_MESSAGES + 1)}
    copies = [len(bodies) for bodies in receiver.bodies.values()]
    assert all(
        body == bodies[0] for bodies in receiver.bodies.values() for body in bodies
    )
    require_order(receiver)
    assert query(outbox, "select count(*) from activation.exposures") == [(N_MESSAGES,)]
    print(
        f"{N_KILLS} kills: {delivered_before_the_end} of {N_MESSAGES} delivered before "
        f"the last one, {sum(copies) - N_MESSAGES} sent again, answers "
        f"{dict(receiver.statuses)}"
    )


def started_sender(address: LocalServerAddress, url: str) -> subprocess.Popen[str]:
    """Start a sender in a process of its own, and return when it begins."""
    script = Path(__file__).with_name("outbox_process.py")
    process = subprocess.Popen(
        [sys.executable, str(script), address.url, url],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_an_endpoint_that_is_gone_gets_nothing_until_it_is_enabled(
    outbox: LocalServerAddress, caplog: pytest.LogCaptureFixture
) -> None:
    write_messages(outbox, 40, 40)
    with receiving(lambda *_: (410, {})) as receiver:
        with caplog.at_level("WARNING", logger="user_states"):
            send(outbox, endpoint_at(receiver.url))
        assert "make send ENABLE=tool" in caplog.text
        assert 1 <= receiver.statuses[410] <= 16
        send(outbox, endpoint_at(receiver.url))
        assert receiver.statuses[410] <= 16
        assert statuses(outbox) == {"waiting": 40}
        receiver.behaviour = lambda *_: (200, {})
        run_as_admin(outbox, "update outbox.endpoints set disabled_at = null")
        assert send(outbox, endpoint_at(receiver.url)) == {"delivered": 40}


def test_a_busy_endpoint_gets_the_time_that_it_asks_for(
    outbox: LocalServerAddress,
) -> None:
    """Refusals for being busy do not use up attempts."""
    write_messages(outbox, 20, 20)
    until = [time.monotonic() + 2.0]

    def busy(message_id: str, n_seen: int) -> tuple[int, dict[str, str]]:
        return (429, {"Retry-After": "2"}) if time.monotonic() < until[0] else (200, {})

    with receiving(busy) as receiver:
        counts = send(
            outbox,
            endpoint_at(receiver.url),
            replace(OPTIONS, wait=4),
        )
    assert counts["delivered"] == 20
    assert receiver.statuses[429] <= 16
    assert query(outbox, "select max(n_attempts) from outbox.deliveries") == [(1,)]


def test_what_nobody_takes_is_dead_after_the_last_attempt(
    outbox: LocalServerAddress,
) -> None:
    write_messages(outbox, 2, 1)
    schedule = RetrySchedule(waits=(0.01, 0.01), first_pause=0.01)
    options = SenderOptions(timeout=0.5, wait=1.5, schedule=schedule)
    with receiving(lambda *_: (500, {})) as receiver:
        counts = send(outbox, endpoint_at(receiver.url), options)
    assert counts == {"waiting": 4, "dead": 2}
    assert receiver.statuses == {500: 6}
    assert query(
        outbox,
        "select distinct status, n_attempts, last_status_code, last_error "
        "from outbox.deliveries",
    ) == [("dead", 3, 500, "HTTP 500")]
    assert query(outbox, "select count(*) from activation.exposures") == [(0,)]


def test_an_endpoint_that_hangs_holds_up_no_other(outbox: LocalServerAddress) -> None:
    write_messages(outbox, 100, 100)
    with receiving(lambda *_: None, hang_seconds=1.0) as silent:
        began = time.monotonic()
        send(outbox, endpoint_at(silent.url))
        assert time.monotonic() - began < 5
    # It stopped after a few: five in a row had no answer.
    assert silent.statuses["hung"] <= 24
    (errors,) = query(
        outbox, "select distinct last_error from outbox.deliveries where n_attempts > 0"
    )
    assert errors == ("no answer within 0.5 seconds",)


def test_who_is_to_be_left_alone_by_now_gets_nothing(
    outbox: LocalServerAddress,
) -> None:
    write_messages(outbox, 3, 3)
    run_as_admin(outbox, "insert into marts.customers_left_alone values ('c1')")
    with receiving() as receiver:
        assert send(outbox, endpoint_at(receiver.url)) == {"delivered": 2}
    assert "m1" not in receiver.bodies
    assert statuses(outbox) == {"delivered": 2, "withdrawn": 1}


def test_a_person_without_the_identifier_is_not_written_to(
    outbox: LocalServerAddress,
) -> None:
    write_messages(outbox, 2, 2)
    run_as_admin(
        outbox, "delete from marts.customer_identifiers where customer_id = 'c1'"
    )
    with receiving() as receiver:
        assert send(outbox, endpoint_at(receiver.url)) == {
            "delivered": 1,
            "no_address": 1,
        }
    assert list(receiver.bodies) == ["m2"]


def test_two_senders_at_once_send_each_message_once(
    outbox: LocalServerAddress,
) -> None:
    write_messages(outbox, 400, 400)
    with receiving() as receiver:
        senders = [started_sender(outbox, receiver.url) for _ in range(2)]
        until = time.monotonic() + 30
        while statuses(outbox) != {"delivered": 400} and time.monotonic() < until:
            time.sleep(0.1)
        for sender in senders:
            sender.kill()
            sender.wait()
    assert statuses(outbox) == {"delivered": 400}
    assert all(len(bodies) == 1 for bodies in receiver.bodies.values())


def test_an_endpoint_gets_its_topics_and_no_old_news(
    outbox: LocalServerAddress,
) -> None:
    write_messages(outbox, 2, 2, topic="offers")
    write_messages(outbox, 2, 2, topic="news")
    run_as_admin(
        outbox,
        "update marts.outbox_messages set written_at = now() - interval '8 days' "
        "where message_id = 'm3'",
    )
    with receiving() as receiver:
        send(outbox, endpoint_at(receiver.url, topics="news other"))
    assert list(receiver.bodies) == ["m4"]


def test_properties_stay_what_they_are(outbox: LocalServerAddress) -> None:
    """Quotes, line breaks and other scripts arrive as they were written."""
    write_messages(outbox, 1, 1)
    text = 'say "hi"\n{{ 1 }} – ж 🎁 \\'
    run_as_admin(
        outbox,
        "update marts.outbox_messages set properties = "
        f"$${json.dumps({'title': text, 'message': text, 'offer': None})}$$",
    )
    with receiving() as receiver:
        send(outbox, endpoint_at(receiver.url, template="braze"))
    ((body,),) = receiver.bodies.values()
    assert body["events"][0]["properties"]["title"] == text
    assert receiver.headers[0]["content-type"] == "application/json"
    assert SECRET not in str(receiver.headers)
