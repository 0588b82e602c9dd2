"""Who is who in a small log: each rule on both sides of its limit, and bad input.

One warehouse is built four times: as the log begins, with more of it, with links gone
and come back, and from the beginning.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.commands.forget_user import forget_user
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.postgres_programs import postgres_binaries
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, WITHOUT_UNIT_TESTS, query

MARTS = (
    *("customers", "customer_identifiers", "customer_merges", "identity_conflicts"),
    *("event_anomalies", "customer_snapshots"),
)
ADAS_HASH = hashlib.sha256(b"ada@x.org").hexdigest()
BOBS_HASH = hashlib.sha256(b"bob@x.org").hexdigest()
# More devices than a customer may have, and people at one screen.
MANY, MOST_DEVICES = 10_000, 500

TABLES = """
    create table app.events (
        event_id text, source text, event_type text, occurred_at timestamptz,
        user_id text, anonymous_id text, email text, email_sha256 text, phone text,
        crm_id text
    );
    create table app.customers (
        crm_id text, user_id text, email text, email_sha256 text, phone text,
        created_at timestamptz, segment_label text
    );
    create table app.identities (
        identifier_type text, identifier text, other_type text, other_identifier text,
        linked_at timestamptz, source text, probability numeric
    )
"""
# Days of January 2024: the 1st, 8th, 15th and 22nd are Mondays.
EVENTS: tuple[tuple[str, dict[str, str]], ...] = (
    # An e-mail and, elsewhere, its hash.
    ("02", {"user_id": "ada", "email": " Ada@X.org"}),
    ("09", {"email_sha256": ADAS_HASH.upper()}),
    # Device d: alone, then of u1, then shared with u2.
    ("02", {"anonymous_id": "d"}),
    ("09", {"anonymous_id": "d", "user_id": "u1"}),
    ("10", {"anonymous_id": "d"}),
    ("23", {"anonymous_id": "d", "user_id": "u2"}),
    ("24", {"anonymous_id": "d"}),
    # A screen: somebody before the first login. And nobody's e-mail alone.
    ("02", {"anonymous_id": "screen"}),
    ("02", {"email": "None"}),
    ("03", {"email": "none", "user_id": "n1"}),
    ("03", {"email": "NONE ", "user_id": "n2"}),
    ("02", {}),
    # One person, until somebody else comes to the device that was there first.
    ("01", {"anonymous_id": "sd"}),
    ("02", {"anonymous_id": "sd", "user_id": "s1"}),
    ("03", {"user_id": "s1", "email": "s1@x.org"}),
    # Joined by telephones: of two, and of three, which is the limit.
    ("01", {"user_id": "p1", "phone": "555"}),
    ("02", {"user_id": "p2", "phone": "+555"}),
    ("01", {"user_id": "q1", "phone": "777"}),
    ("02", {"user_id": "q2", "phone": "777"}),
    ("03", {"user_id": "q3", "phone": "777"}),
    # Two people until they turn out to be one.
    ("01", {"user_id": "m1"}),
    ("02", {"user_id": "m2"}),
    # The newest week.
    ("30", {"user_id": "u1"}),
)
LINKS = """
    insert into app.identities
        (identifier_type, identifier, other_type, other_identifier, linked_at)
    values
        ('user_id', 'old', 'user_id', 'new', '2024-01-05 10:00+00'),
        ('user_id', 'self', 'user_id', 'self', '2024-01-05 10:00+00'),
        ('user_id', 'c1', 'user_id', 'c2', '2024-01-05 10:00+00'),
        ('user_id', 'c2', 'user_id', 'c3', '2024-01-06 10:00+00'),
        ('user_id', 'c3', 'user_id', 'c1', '2024-01-07 10:00+00'),
        ('cookie', 'x', 'user_id', 'ada', null),
        ('phone', 'none', 'user_id', 'ada', null);
    insert into app.customers (crm_id, email, email_sha256, created_at, segment_label)
    values
        ('twice', 'a@x.org', null, '2024-01-03 10:00+00', 'gold'),
        ('twice', 'b@x.org', null, '2024-01-04 10:00+00', 'silver'),
        ('same', 'c@x.org', null, '2024-01-03 10:00+00', 'gold'),
        ('same', 'c@x.org', null, '2024-01-03 10:00+00', 'gold'),
        ('hashed', null, '{bob}', '2024-01-03 10:00+00', null),
        ('plain', 'bob@x.org', null, '2024-01-03 10:00+00', null)
"""


def event(day: str, who: dict[str, str]) -> str:
    """Return the statement that adds an event at noon of a day of January 2024."""
    names = "".join(f", {name}" for name in who)
    texts = "".join(f", '{text}'" for text in who.values())
    return (
        f"insert into app.events (source, event_type, occurred_at{names}) "
        f"values ('web', 'page_view', '2024-01-{day} 12:00+00'{texts})"
    )


def build(project: DbtProject, *options: str) -> None:
    project.build(
        "--select",
        *(f"+{mart}" for mart in MARTS),
        *WITHOUT_UNIT_TESTS,
        *options,
        label="customers",
    )


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[LocalServerAddress]:
    address = make_database(name=WAREHOUSE)
    run_as_admin(
        address,
        "create schema app",
        *TABLES.split(";"),
        *(event(day, who) for day, who in EVENTS),
        "insert into app.events (source, event_type, occurred_at, anonymous_id, user_id) "  # noqa: E501
        "select 'web', 'page_view', timestamptz '2024-01-03 12:00+00' + n * interval '1 s', "  # noqa: E501
        f"'screen', 'visitor' || n from generate_series(1, {MANY}) as n "
        "union all "
        "select 'web', 'page_view', timestamptz '2024-01-04 12:00+00' + n * interval '1 s', "  # noqa: E501
        f"'device' || n, 'tester' from generate_series(1, {MANY}) as n",
        *LINKS.format(bob=BOBS_HASH).split(";"),
    )
    with point_at(address):
        build(project)
        yield address


def customers(address: LocalServerAddress) -> dict[str, str]:
    """Return the customer of each identifier, by `type:text`."""
    sql = "select identifier_type || ':' || identifier, customer_id from marts.customer_identifiers"  # noqa: E501
    return dict(query(address, sql))


def conflicts(address: LocalServerAddress, reason: str) -> list[tuple[Any, ...]]:
    """Return the pairs that were refused for a reason."""
    sql = "select identifier_key, other_key from marts.identity_conflicts where reason = '{}' order by 1, 2"  # noqa: E501
    return query(address, sql.format(reason))


def changes(address: LocalServerAddress) -> list[tuple[Any, ...]]:
    sql = "select kind, old_customer_id, new_customer_id, reason, from_key from marts.customer_merges order by change_number"  # noqa: E501
    return query(address, sql)


def test_a_hash_is_its_e_mails(warehouse: LocalServerAddress) -> None:
    found = customers(warehouse)
    assert found[f"email_sha256:{ADAS_HASH}"] == found["user_id:ada"]
    assert found["crm_id:hashed"] == found["crm_id:plain"]
    assert found["crm_id:hashed"] != found["user_id:ada"]


def test_the_hash_joins_once_it_was_seen(warehouse: LocalServerAddress) -> None:
    assert query(
        warehouse,
        "select first_seen_at = timestamptz '2024-01-09 12:00+00', n_seen, source "
        "from intermediate.int_identity_edges where from_key = 'email:ada@x.org' "
        "and to_key like 'email_sha256:%'",
    ) == [(True, 0, "hash of the e-mail")]


def test_links_of_one_type_are_used(warehouse: LocalServerAddress) -> None:
    found = customers(warehouse)
    assert found["user_id:old"] == found["user_id:new"]
    assert found["user_id:c1"] == found["user_id:c2"] == found["user_id:c3"]


def test_links_that_say_nothing_are_listed(warehouse: LocalServerAddress) -> None:
    assert "user_id:self" not in customers(warehouse)
    assert conflicts(warehouse, "itself") == [("user_id:self", "user_id:self")]
    assert conflicts(warehouse, "unknown_type") == [("cookie:x", "user_id:ada")]
    assert conflicts(warehouse, "missing_identifier") == [("phone:", "user_id:ada")]


def test_an_e_mail_of_everybody_joins_nobody(warehouse: LocalServerAddress) -> None:
    found = customers(warehouse)
    assert "email:none" not in found
    assert found["user_id:n1"] != found["user_id:n2"]
    assert conflicts(warehouse, "blocked") == [("email:none", "")]


def test_records_that_contradict_are_listed(warehouse: LocalServerAddress) -> None:
    assert conflicts(warehouse, "contradicting_records") == [("crm_id:twice", "")]
    found = customers(warehouse)
    assert found["email:a@x.org"] == found["email:b@x.org"] == found["crm_id:twice"]


def test_every_conflict_says_what_to_do(warehouse: LocalServerAddress) -> None:
    rows = query(
        warehouse,
        "select distinct reason, title, expected, action from marts.identity_conflicts",
    )
    assert {reason for reason, *_ in rows} == {
        *("blocked", "shared", "too_many", "itself", "unknown_type"),
        *("missing_identifier", "contradicting_records"),
    }
    assert all(len(text) > 10 for row in rows for text in row[1:])


def test_a_screen_with_10000_people_joins_nobody(warehouse: LocalServerAddress) -> None:
    assert query(
        warehouse,
        "select count(*), count(customer_id), count(distinct other_customer_id), "
        "count(case when has_prevented_merge then 1 end) "
        "from marts.identity_conflicts where identifier_key = 'anonymous_id:screen'",
    ) == [(MANY, MANY, MANY, MANY - 1)]


def test_the_first_devices_up_to_the_limit_are_used(
    warehouse: LocalServerAddress,
) -> None:
    found = customers(warehouse)
    last, beyond = f"device{MOST_DEVICES}", f"device{MOST_DEVICES + 1}"
    assert found[f"anonymous_id:{last}"] == found["user_id:tester"]
    assert found[f"anonymous_id:{beyond}"] != found["user_id:tester"]
    assert query(
        warehouse,
        "select customer_id, other_customer_id, has_prevented_merge "
        f"from marts.identity_conflicts where identifier_key = 'anonymous_id:{beyond}'",
    ) == [(found[f"anonymous_id:{beyond}"], found["user_id:tester"], True)]
    assert len(conflicts(warehouse, "too_many")) == MANY - MOST_DEVICES


def test_a_device_was_somebodys_until_it_was_shared(
    warehouse: LocalServerAddress,
) -> None:
    found = customers(warehouse)
    spells = query(
        warehouse,
        "select identifier_key, from_week_start::text, to_week_start::text, "
        "customer_id, was_shared_later from intermediate.int_customer_ids_as_of "
        "where identifier_key in ('anonymous_id:d', 'anonymous_id:d after user_id:u1') "
        "order by 1, 2",
    )
    own = spells[0][3]
    user_1, device, after = found["user_id:u1"], "anonymous_id:d", " after user_id:u1"
    assert own not in found.values()
    assert spells == [
        (device, "2024-01-01", "2024-01-08", own, True),
        (device, "2024-01-08", "2024-01-22", user_1, True),
        (device + after, "2024-01-01", "2024-01-08", own, True),
        (device + after, "2024-01-08", "2024-01-22", user_1, True),
        (device + after, "2024-01-22", None, user_1, True),
    ]
    assert ("merge", own, user_1, "linked", "user_id:u1") in changes(warehouse)


def test_snapshots_know_the_device_as_it_was_known(
    warehouse: LocalServerAddress,
) -> None:
    """The visit of the 2nd is u1's until u2 came, and then nobody's."""
    user_1 = customers(warehouse)["user_id:u1"]
    assert query(
        warehouse,
        "select as_of_week_start::text, n_website_views from marts.customer_snapshots "
        f"where customer_id = '{user_1}' order by 1",
    ) == [
        ("2024-01-08", 3),
        ("2024-01-15", 3),
        ("2024-01-22", 2),
    ]


def test_events_of_nobody_are_counted(warehouse: LocalServerAddress) -> None:
    rows = query(
        warehouse,
        "select subject, week_start::text, severity, n_events, event_share < 0.05, "
        "example_key from marts.event_anomalies where rule_name = 'nobody_known' "
        "order by 1, 2",
    )
    assert rows == [
        ("blocked identifier", "2024-01-01", "info", 1, True, "None".lower()),
        ("shared device", "2024-01-01", "info", 2, True, "d"),
    ]
    assert query(
        warehouse,
        "select n_events, action ~ 'Send at least one' from marts.event_anomalies "
        "where rule_name = 'no_identifier'",
    ) == [(1, True)]


def test_merges_and_splits(warehouse: LocalServerAddress, project: DbtProject) -> None:
    before, known = customers(warehouse), changes(warehouse)
    run_as_admin(
        warehouse,
        event("25", {"anonymous_id": "sd", "user_id": "s2"}),
        event("25", {"user_id": "q4", "phone": "777"}),
        "delete from app.events where user_id = 'p2'",
        event("25", {"user_id": "p2"}),
        event("25", {"user_id": "m1", "email": "m@x.org"}),
        event("26", {"user_id": "m2", "email": "m@x.org"}),
    )
    build(project)
    after, news = customers(warehouse), changes(warehouse)[len(known) :]
    # The device is nobody's, and the rest of the customer keeps the id.
    assert before["anonymous_id:sd"] == before["user_id:s1"] == after["user_id:s1"]
    assert "anonymous_id:sd" not in after
    # The part with the oldest identifier keeps the id, the others get new ones.
    assert after["user_id:p1"] == before["user_id:p1"]
    assert after["user_id:q1"] == before["user_id:q1"]
    new = {after[f"user_id:{user}"] for user in ("p2", "q2", "q3", "q4", "s2")}
    assert len(new) == 5
    assert not new & set(before.values())
    splits = {change[1:] for change in news if change[0] == "split"}
    old_p, old_q = before["user_id:p1"], before["user_id:q1"]
    assert splits == {
        (old_p, after["user_id:p2"], "not_seen", None),
        (old_q, after["user_id:q2"], "shared", "phone:777"),
        (old_q, after["user_id:q3"], "shared", "phone:777"),
    }
    merges = [change[1:] for change in news if change[0] == "merge"]
    assert (
        before["user_id:m2"],
        before["user_id:m1"],
        "linked",
        "user_id:m2",
    ) in merges

    # A merge after the split: the id of the split is part of the older one again.
    run_as_admin(
        warehouse,
        "insert into app.identities (identifier_type, identifier, other_type, "
        "other_identifier, linked_at) values "
        "('user_id', 'p1', 'user_id', 'p2', '2024-01-28 12:00+00')",
    )
    n_known = len(changes(warehouse))
    build(project)
    again = customers(warehouse)
    assert again["user_id:p2"] == old_p
    assert [change[:3] for change in changes(warehouse)[n_known:]] == [
        ("merge", after["user_id:p2"], old_p)
    ]


def test_ids_and_changes_stay(
    warehouse: LocalServerAddress, project: DbtProject
) -> None:
    found = (customers(warehouse), changes(warehouse))
    ids = query(warehouse, "select customer_id from identity.customers order by 1")
    run_as_admin(
        warehouse,
        "create table app.shuffled as select * from app.events order by random()",
        "truncate app.events",
        "insert into app.events select * from app.shuffled",
        "drop table app.shuffled",
    )
    build(project, "--full-refresh", *WITHOUT_DATA_TESTS)
    assert (customers(warehouse), changes(warehouse)) == found
    assert (
        query(warehouse, "select customer_id from identity.customers order by 1") == ids
    )


def test_a_forgotten_person_is_nowhere(
    warehouse: LocalServerAddress,
    project: DbtProject,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Fay with all rows; Gus, who has a second account, without the company's."""
    run_as_admin(
        warehouse,
        event("01", {"email": "Fay.Old@X.org"}),
        event("02", {"email": "fay.old@x.org", "user_id": "fay77"}),
        event("03", {"user_id": "fay77", "anonymous_id": "fay-device"}),
        event("04", {"anonymous_id": "fay-device"}),
        event("04", {"anonymous_id": "fay-device", "phone": "+1 (555) 0100"}),
        "insert into app.customers (crm_id, phone) values ('fay-crm', '+1 5550100')",
        "insert into app.identities (identifier_type, identifier, other_type, "
        "other_identifier) values ('Email', 'FAY.old@x.org', 'crm_id', 'fay-second')",
        event("01", {"user_id": "gus77", "anonymous_id": "gus-device"}),
        event("02", {"anonymous_id": "gus-device"}),
        event("02", {"user_id": "gus77", "phone": "5550200"}),
        event("03", {"user_id": "gus88", "phone": "5550200"}),
        event("03", {"user_id": "gus88", "anonymous_id": "gus-other"}),
    )
    build(project, *WITHOUT_DATA_TESTS)
    found = customers(warehouse)
    fay, gus = found["user_id:fay77"], found["user_id:gus77"]
    assert fay == found["anonymous_id:fay-device"] == found["crm_id:fay-second"]
    assert fay == found["crm_id:fay-crm"] == found["phone:15550100"]
    assert gus == found["user_id:gus88"]
    page = tmp_path / "page"
    with caplog.at_level("INFO", logger="user_states"):
        forget_user(project, "fay77", with_rides=True, page=page, folder=tmp_path)
        forget_user(project, "gus77", with_rides=False, page=page, folder=tmp_path)
    assert "other users of the same customer: gus88." in caplog.text
    assert "fay" not in caplog.text
    assert "gus77" not in caplog.text
    words = ("fay77", "fay-", "fay.old", "5550100")
    text = dump(warehouse)
    assert [word for word in words if word in text.lower()] == []
    # The number stays, so that nobody else gets it.
    assert query(
        warehouse,
        "select identifier_key from identity.customers "
        f"where customer_id in ('{fay}', '{gus}') order by customer_id = '{gus}'",
    ) == [(None,), (None,)]
    build(project, *WITHOUT_DATA_TESTS)
    after = customers(warehouse)
    assert "anonymous_id:gus-device" not in after
    assert "user_id:gus77" not in after
    # The second account stays, with what both have in common.
    assert after["user_id:gus88"] == after["phone:5550200"]
    assert after["user_id:gus88"] == after["anonymous_id:gus-other"]
    assert not {fay, gus} & set(after.values())
    text = dump(warehouse, "--exclude-schema=app")
    gone = [*words, "gus77", "gus-device"]
    assert [word for word in gone if word in text.lower()] == []
    assert query(
        warehouse,
        "select count(*), count(anonymous_id) from intermediate.int_rejected_events "
        "where broken_rule = 'forgotten_user'",
    ) == [(3, 0)]


def dump(address: LocalServerAddress, *options: str) -> str:
    """Return the whole database as text."""
    command = [str(postgres_binaries() / "pg_dump"), *options, address.url]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout
