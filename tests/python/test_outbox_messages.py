"""Triggers and the outbox, from events to a signed webhook."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.commands.audience_files import write_customer_lists
from user_states.marts.customer_list_rows import CustomerListRow
from user_states.outbox.outbox_job import send_outbox
from user_states.outbox.pulse_job import pulse
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query
from webhook_receiver import SECRET, receiving

# The newest event of the log.
NOW = "timestamptz '2026-03-04 12:00+00'"
OUTBOX = (
    *("+outbox_messages", "+outbox_status", "+customer_lists"),
    *("+customer_identifiers", "webhooks"),
)
# What changes in it with new events of these people.
CHANGED = ("+customer_cohorts", "tag:pulse", "customer_lists")
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")

# By person: sessions in the last days, and how long before now the last of them was.
FREQUENT = ("ann", "bob", "opted_out")
PULSE = ("run", "--select", "tag:pulse")


def visits(person: str, n: int, before: str = "1 hour") -> str:
    """Return a statement that adds sessions, an hour apart, the last before now."""
    return f"""
        insert into app.events
            (source, event_type, occurred_at, user_id, crm_id, session_id)
        select 'app', 'page', {NOW} - interval '{before}' - (n - 1) * interval '1 h',
            '{person}', 'crm-{person}', '{before} ' || n
        from generate_series(1, {n}) as n
    """


@pytest.fixture(scope="module")
def built(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> LocalServerAddress:
    """Return a database with people and an outbox that has begun, and is empty."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        run_as_admin(
            address,
            "create schema app",
            "create table app.events (source text, event_type text, occurred_at "
            "timestamptz, user_id text, crm_id text, session_id text)",
            "create table app.customers (crm_id text, is_opted_out boolean)",
            "insert into app.customers values ('crm-opted_out', true)",
            *(
                visits(person, 2, "3 days")
                for person in (*FREQUENT, "carl", "dora", "clock")
            ),
            visits("dora", 4, "2 days"),
            visits("early", 6, "2 days"),
        )
        project.run("build", "--select", *OUTBOX, *WITHOUT_TESTS, label="outbox")
        # The log of this test ended long ago: its outbox began two days before.
        run_as_admin(
            address,
            f"update outbox.trigger_beginnings set begins_at = {NOW} "
            "- interval '1 day 12 hours'",
        )
    return make_database(template=address)


@pytest.fixture
def warehouse(
    make_database: MakeDatabase, point_at: PointAt, built: LocalServerAddress
) -> Iterator[LocalServerAddress]:
    """Create a copy for one test."""
    address = make_database(template=built, name=WAREHOUSE)
    with point_at(address):
        yield address


def build(project: DbtProject) -> None:
    """Build the outbox with what it reads of events."""
    project.run("build", "--select", *CHANGED, *WITHOUT_TESTS, label="outbox")


def written(address: LocalServerAddress) -> list[tuple[str, str]]:
    """Return trigger and person of every message, in their order."""
    rows = query(
        address,
        """
        select messages.trigger, users.identifier
        from marts.outbox_messages as messages
        inner join marts.customer_identifiers as users
            on messages.customer_id = users.customer_id
                and users.identifier_type = 'user_id'
        order by messages.message_number
        """,
    )
    return [(trigger, person) for trigger, person in rows]


def enable_own_service(address: LocalServerAddress) -> None:
    """Let the endpoint own_service be one of this machine."""
    run_as_admin(
        address,
        "update seeds.webhooks set is_enabled = true, allow_private = true "
        "where endpoint = 'own_service'",
    )


def test_more_than_five_sessions_in_seven_days_bring_the_vip_offer(
    warehouse: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    """From events to signed webhooks to exposures; opted-out people get nothing."""
    # These two were frequent before the outbox began. They still are, and get nothing.
    assert written(warehouse) == []
    run_as_admin(
        warehouse,
        *(visits(person, 4) for person in FREQUENT),
        *(visits(*visit) for visit in (("carl", 3), ("dora", 1), ("early", 1))),
    )
    build(project)
    assert written(warehouse) == [("vip_offer", "ann"), ("vip_offer", "bob")]
    enable_own_service(warehouse)
    with receiving() as receiver:
        environment = {"OUTBOX_OWN_URL": receiver.url, "OUTBOX_OWN_SECRET": SECRET}
        assert send_outbox(project, environment=environment) == {"delivered": 2}
    bodies = [body for (body,) in receiver.bodies.values()]
    assert {body["type"] for body in bodies} == {"offers.vip"}
    assert {body["data"]["identifiers"]["user_id"] for body in bodies} == {"ann", "bob"}
    assert bodies[0]["data"]["properties"]["offer"] == "VIP: a free upgrade next time"
    # The sixth session began at nine; who had two before needed four more.
    assert bodies[0]["timestamp"] == "2026-03-04T11:00:00.000Z"
    assert query(
        warehouse,
        """
        select exposures.audience, exposures.channel, users.identifier
        from activation.exposures as exposures
        inner join marts.customer_identifiers as users
            on exposures.customer_id = users.customer_id
                and users.identifier_type = 'user_id'
        order by 3
        """,
    ) == [("vip_offer", "own_service", "ann"), ("vip_offer", "own_service", "bob")]
    assert query(
        warehouse, "select distinct status, n_attempts from marts.outbox_status"
    ) == [("delivered", 1)]
    project.run(*PULSE, label="pulse")
    assert len(written(warehouse)) == 2
    assert files_of_lists(warehouse, project, tmp_path)["cohorts/frequent.csv"] == {
        "ann",
        "bob",
        "dora",
        "early",
    }


def files_of_lists(
    address: LocalServerAddress, project: DbtProject, folder: Path
) -> dict[str, set[str]]:
    """Write lists as files, and return the users of each; old ones are removed."""
    old = folder / "segments" / "old.csv"
    old.parent.mkdir()
    old.write_text("customer_id,user_id,crm_id,since_at\n", "utf-8")
    rows = [
        CustomerListRow(*row)
        for row in query(
            address,
            "select list_kind, list_name, list_title, customer_id, user_id, "
            "crm_id, since_at from marts.customer_lists",
        )
    ]
    write_customer_lists(rows, folder, 0o600)
    assert not old.exists()
    found = {}
    for path in folder.rglob("*.csv"):
        assert path.stat().st_mode & 0o777 == 0o600
        with path.open(encoding="utf-8", newline="") as file:
            users = set()
            for row in csv.DictReader(file):
                assert row["list_title"]
                users.add(row["user_id"])
        found[str(path.relative_to(folder))] = users
    return found


def test_a_pulse_finds_what_a_build_finds(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """Tables equal those of a build; moments those of cohorts, with the whole log."""
    run_as_admin(
        warehouse,
        visits("ann", 9),
        visits("carl", 3),
        visits("carl", 1, "1 m"),
        visits("bob", 5, "2 m"),
    )
    project.run(*PULSE, label="pulse")
    messages = written(warehouse)
    assert set(messages) == {("vip_offer", person) for person in ("ann", "bob", "carl")}
    tables = ("int_recent_events", "int_recent_moments", "int_recent_cohort_changes")
    sql = " union all ".join(
        f"select '{table}', md5(string_agg(t::text, '' order by t::text)) "
        f"from intermediate.{table} as t"
        for table in tables
    )
    by_pulse = query(warehouse, sql)
    build(project)
    assert query(warehouse, sql) == by_pulse
    assert written(warehouse) == messages
    both = query(
        warehouse,
        f"""
        select changed_at, customer_id, is_in
        from intermediate.int_recent_cohort_changes
        where cohort = 'frequent'
        union all
        (
            select entered_at, customer_id, true from marts.customer_cohorts
            where cohort = 'frequent' and entered_at > {NOW} - interval '7 days'
            union all
            select left_at, customer_id, false from marts.customer_cohorts
            where cohort = 'frequent' and left_at > {NOW} - interval '7 days'
        )
        """,
    )
    assert len(both) >= 6
    assert all(both.count(row) == 2 for row in both)


def test_a_trigger_that_is_new_writes_nothing_about_the_past(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """It begins with the first build that has it, whatever the others' beginning."""
    run_as_admin(
        warehouse,
        "delete from outbox.trigger_beginnings where trigger = 'vip_offer'",
        visits("ann", 4),
    )
    project.run(*PULSE, label="pulse")
    assert written(warehouse) == []
    run_as_admin(
        warehouse,
        f"update outbox.trigger_beginnings set begins_at = {NOW} - interval '1 day'",
    )
    project.run(*PULSE, label="pulse")
    ((properties, audience),) = query(
        warehouse, "select properties, audience from marts.outbox_messages"
    )
    assert audience == "vip_offer"
    assert json.loads(properties) == {
        "title": "An offer for the most frequent",
        "message": "You were here more than five times this week. Thank you!",
        "offer": "VIP: a free upgrade next time",
        "watches": "cohort",
        "watched_name": "frequent",
        "change": "enters",
        "probability": None,
    }


def one_load(project: DbtProject) -> float:
    """Hold the lock of a load for an instant, and return when."""
    with project.only_writer("load"):
        return time.monotonic()


def test_a_pulse_leaves_a_build_alone_and_a_build_waits_for_it(
    warehouse: LocalServerAddress,
    project: DbtProject,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="user_states")
    with ThreadPoolExecutor(1) as threads:
        with project.only_pulse() as running:
            assert running is None
            assert not pulse(project)
            assert "another pulse is running: this pulse leaves" in caplog.text
            load = threads.submit(one_load, project)
            time.sleep(0.5)
            assert not load.done()
            ended_at = time.monotonic()
        assert load.result(10) > ended_at
    run_as_admin(
        warehouse,
        "insert into operations.build_lock select 1, 'b', 'somebody', 'x', 'y', now(), "
        "now()",
    )
    assert not pulse(project)
    assert "a build is running: this pulse leaves it alone" in caplog.text
    run_as_admin(warehouse, "delete from operations.build_lock")
    with project.only_writer("load"):
        assert not pulse(project)
    assert "a load of rides is running" in caplog.text
    before = builds_of_marts(warehouse)
    assert pulse(project)
    assert pulse(project)
    assert "pulse: tables in" in caplog.text
    # What readers of marts look at is the same, and one record of a pulse is kept.
    assert builds_of_marts(warehouse) == before
    assert query(
        warehouse, "select count(*) from operations.builds where n_marts = 0"
    ) == [(1,)]


def builds_of_marts(address: LocalServerAddress) -> list[tuple[object, ...]]:
    """Return the recorded builds of marts."""
    return query(
        address, "select build_id, outcome from operations.builds where n_marts > 0"
    )
