"""Events beside rides: cleaned, put into sessions, judged; states stay as they are.

One warehouse has everything: a build without events, and then one with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from conftest import PROJECT, WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, Digest, query, restorable_marts

# Each line: id, person, time, type, and what else there is to know.
EVENTS = """
    create table app.events (
        event_id text, source text, user_id text, anonymous_id text, email text,
        event_type text, occurred_at timestamptz, session_id text, value numeric,
        currency text, duration_seconds numeric, loaded_at timestamptz,
        properties jsonb
    );
    -- Someone who pauses for 30 minutes, then for longer; midnight does not matter.
    insert into app.events (source, user_id, event_type, occurred_at) values
    ('GA4', 'walker', 'page', 'D 23:00+00'),
    ('web', 'walker', 'page', 'D 23:30+00'),
    ('web', 'walker', 'page', '2024-03-06 00:00+00'),
    ('web', 'walker', 'page', '2024-03-06 00:30:01+00'),
    -- Another source has sessions of its own.
    ('app', 'walker', 'feature_used', 'D 23:10+00');
    -- The source's own sessions: pauses do not matter, and ids are those of a person.
    insert into app.events (source, anonymous_id, event_type, occurred_at, session_id)
    values
    ('web', 'a', 'page', 'D 10:00+00', 's1'),
    ('web', 'a', 'page', 'D 20:00+00', 's1'),
    ('web', 'b', 'page', 'D 10:00+00', 's1');
    -- Copies by id: repeated, contradicting. Without an id: by person, time and type.
    insert into app.events (event_id, source, email, event_type, occurred_at, value,
        currency, loaded_at)
    values
    ('p1', 'web', 'Ann@x.org', 'purchase', 'D 12:00+00', 10, 'EUR', '2024-03-06'),
    ('p1', 'web', 'ann@x.org ', 'purchase', 'D 12:00+00', 10.0, 'eur', '2024-03-07'),
    ('p1', 'web', 'ann@x.org', 'purchase', 'D 12:00+00', 11, 'EUR', '2024-03-08'),
    ('p1', 'crm', 'ann@x.org', 'purchase', 'D 12:00+00', 10, 'EUR', '2024-03-06'),
    (null, 'web', 'bob@x.org', 'purchase', 'D 12:00+00', 5, 'XYZ', null),
    (null, 'web', 'bob@x.org', 'purchase', 'D 12:00+00', 5, 'XYZ', null),
    (null, 'web', 'bob@x.org', 'sign_up', 'D 12:00+00', null, null, null);
    update app.events set properties = '{"coupon": "SPRING"}'
    where event_id = 'p1' and source = 'crm';
    -- Errors: one of each.
    insert into app.events (event_id, source, user_id, event_type, occurred_at,
        loaded_at, duration_seconds)
    values
    ('e1', 'web', null, 'page', 'D 12:00+00', null, null),
    ('e2', 'web', 'x', 'page', '1970-01-01 00:00+00', '2024-03-05', null),
    ('e3', 'web', 'x', 'page', '2999-01-01 00:00+00', '2024-03-05', null),
    ('e4', 'web', 'x', null, 'D 12:00+00', null, null),
    ('e5', null, 'x', 'page', 'D 12:00+00', null, null),
    ('e6', 'web', 'x', 'page', null, null, null),
    ('e7', 'web', 'x', 'brand_new', 'D 12:00+00', null, null),
    ('e8', 'web', 'x', 'page', 'D 12:01+00', null, -5),
    ('e9', 'web', 'x', 'page', 'D 12:02+00', null, 259200),
    ('ahead', 'web', 'x', 'page', 'D 12:10+00', 'D 12:00+00', null);
    -- A bot, and a source that speaks weekly until it falls silent.
    insert into app.events (source, anonymous_id, event_type, occurred_at)
    select 'web', 'bot', 'page', timestamptz 'D 13:00+00' + n * interval '0.5 s'
    from generate_series(0, 99) as n
    union all
    select
        'till', 'card', 'visit',
        timestamptz '2024-01-01 09:00+00' + n * interval '4 h'
    from generate_series(0, 165) as n
    -- Calls whose lengths are milliseconds.
    union all
    select 'calls', 'c' || n, 'call', timestamptz 'D 09:00+00' + n * interval '1 h'
    from generate_series(0, 4) as n;
    update app.events set duration_seconds = 40000 where source = 'calls';
""".replace("'D ", "'2024-03-05 ")


@dataclass(frozen=True)
class WithEvents:
    """The warehouse, and digests of its marts before and after events came."""

    address: LocalServerAddress
    before: Digest
    after: Digest

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return query(self.address, sql)

    def anomalies(self, rule: str) -> list[tuple[object, ...]]:
        """Return source, subject, severity and number of a rule's anomalies."""
        return self.rows(
            "select source, subject, severity, n_events from marts.event_anomalies "
            f"where rule_name = '{rule}' order by source, subject, week_start"
        )


@pytest.fixture(scope="module")
def with_events(
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    published_template: LocalServerAddress,
) -> Iterator[WithEvents]:
    warehouse = make_database(template=published_template, name=WAREHOUSE)
    with point_at(warehouse):
        project.build(*WITHOUT_DATA_TESTS, label="without events")
        before = restorable_marts(warehouse)
        run_as_admin(warehouse, EVENTS)
        project.build(*WITHOUT_DATA_TESTS, label="with events")
        yield WithEvents(warehouse, before, restorable_marts(warehouse))


def test_marts_of_states_do_not_change_by_a_byte(with_events: WithEvents) -> None:
    changed = {
        name for name, d in with_events.before.items() if with_events.after[name] != d
    }
    assert len(with_events.before) > 30
    assert with_events.before["marts.states"][0] > 0
    # Those about customers, journeys and experiments change with the events.
    assert {"marts.event_anomalies"} <= changed
    of_events = re.compile(
        r"customer|identity|\.(cohort|rfm|journey|funnel|experiment)_"
    )
    assert {name for name in changed if not of_events.search(name)} == {
        "marts.event_anomalies",
        "marts.event_outcomes",
    }


def test_events_in_are_kept_or_set_aside(
    with_events: WithEvents, project: DbtProject
) -> None:
    """The data tests of the events hold, those of their sums among them."""
    folders = ("events", "sessions", "event_quality")
    paths = [f"models/intermediate/{folder}" for folder in folders]
    checks = ("events_in_are_kept_or_set_aside", "rides_have_an_as_of_week")
    project.run(
        *("test", "--exclude-resource-type", "unit_test"),
        *("--select", *paths, "event_anomalies", *checks),
        label="testing events",
    )
    found = with_events.rows(
        "select broken_rule, count(*) from intermediate.int_rejected_events group by 1"
    )
    assert dict(found) == {
        "no_identifier": 1,
        "occurred_too_early": 1,
        "occurred_in_the_future": 1,
        "null_event_type": 1,
        "null_source": 1,
        "null_occurred_at": 1,
        "exact_repeat": 2,
        "conflicting_repeat": 1,
        "unknown_event_type": 1,
        "unknown_exchange_rate": 1,
        "impossible_duration_seconds": 2,
    }


def test_every_ride_is_an_event(with_events: WithEvents) -> None:
    [(n_rides, n_events, n_users, n_in_sessions)] = with_events.rows(
        """
        select
            (select count(*) from intermediate.int_rides),
            count(*),
            count(user_id),
            count(session_key)
        from intermediate.int_customer_events
        where event_type like 'ride\\_%'
        """
    )
    assert n_rides == n_events == n_users
    assert (n_rides != 0, n_in_sessions) == (True, 0)


def test_pauses_divide_sessions(with_events: WithEvents) -> None:
    assert with_events.rows(
        """
        select source, to_char(started_at at time zone 'UTC', 'DD HH24:MI'), n_events
        from intermediate.int_sessions
        where user_id = 'walker'
        order by source, started_at
        """
    ) == [("product", "05 23:10", 1), ("web", "05 23:00", 3), ("web", "06 00:30", 1)]


def test_a_session_id_counts_for_one_person(with_events: WithEvents) -> None:
    assert with_events.rows(
        """
        select anonymous_id, n_events, duration_seconds, is_duration_complete
        from intermediate.int_sessions
        where anonymous_id in ('a', 'b')
        order by anonymous_id
        """
    ) == [("a", 2, 36000.0, True), ("b", 1, 2100.0, False)]


def test_the_copy_that_came_first_counts(with_events: WithEvents) -> None:
    """The same id in another source is another event."""
    assert with_events.rows(
        """
        select source, email, event_type, cast(value_in_reporting_currency as text)
        from intermediate.int_events
        where email is not null
        order by source, email, event_type
        """
    ) == [
        ("crm", "ann@x.org", "purchase", "10.0000"),
        ("web", "ann@x.org", "purchase", "10.0000"),
        ("web", "bob@x.org", "purchase", None),
        ("web", "bob@x.org", "sign_up", None),
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("no_identifier", [("web", "all", "info", 1)]),
        ("occurred_in_the_future", [("web", "all", "error", 1)]),
        ("occurred_too_early", [("web", "all", "error", 1)]),
        ("null_source", [("unknown", "all", "error", 1)]),
        ("conflicting_repeat", [("web", "all", "error", 1)]),
        ("exact_repeat", [("web", "all", "info", 2)]),
        ("unknown_event_type", [("web", "brand_new", "info", 1)]),
        ("impossible_duration", [("web", "duration_seconds", "warning", 2)]),
        ("too_many_a_minute", [("web", "all", "warning", 100)]),
        ("clock_skew", [("web", "all", "warning", 1)]),
        ("long_sessions", [("call_centre", "all", "warning", 5)]),
        ("counts_differ", [("web", "purchase in crm", "warning", 1)]),
    ],
)
def test_an_anomaly_is_listed(
    with_events: WithEvents, rule: str, expected: list[tuple[object, ...]]
) -> None:
    assert with_events.anomalies(rule) == expected


def test_a_source_that_falls_silent(with_events: WithEvents) -> None:
    """Until its usual number of events is too small to judge."""
    silent = with_events.rows(
        """
        select min(week_start)::text, max(n_events), min(severity), count(*) > 2
        from marts.event_anomalies
        where rule_name = 'silent_source' and source = 'till'
        """
    )
    # The last visit is at the end of the fourth week.
    assert silent == [("2024-01-29", 0, "error", True)]


def test_every_anomaly_says_what_to_do(with_events: WithEvents) -> None:
    [(n_rules, n_silent)] = with_events.rows(
        """
        select count(distinct rule_name), count(case when action = '' then 1 end)
        from marts.event_anomalies
        """
    )
    assert (n_rules, n_silent) == (16, 0)


def queries_of_docs() -> Iterator[Any]:
    """Yield each query of the documents that read events or judge a build."""
    for name in ("bi_tools.md", "events.md", "tracking_plan.md"):
        text = (PROJECT / "docs" / name).read_text("utf-8")
        blocks = re.findall(r"```sql\n(.*?)```", text, re.S)
        assert blocks, f"{name} has no queries any more"
        for number, sql in enumerate(blocks):
            yield pytest.param(sql, id=f"{name} {number}")


@pytest.mark.parametrize("sql", list(queries_of_docs()))
def test_the_queries_of_the_documents_find_rows(
    with_events: WithEvents, sql: str
) -> None:
    assert with_events.rows(sql)


def test_an_event_finds_its_properties(with_events: WithEvents) -> None:
    """By the query of the document."""
    [block] = re.findall(
        r"```sql\n(.*?)```", (PROJECT / "docs/events.md").read_text("utf-8"), re.S
    )
    found = {
        properties and properties["coupon"] for _, properties in with_events.rows(block)
    }
    assert found == {None, "SPRING"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "alter table app.events drop column source cascade",
            "found no column source in app.events",
        ),
        (
            "alter table app.events alter occurred_at type text",
            "found the column occurred_at of app.events with type text; expected",
        ),
        (
            "alter table app.events alter duration_seconds type text",
            "found the optional column duration_seconds with type text; expected",
        ),
        (
            "truncate app.rides",
            "found the table app.rides empty, but a model that was fitted on rides",
        ),
    ],
)
def test_bad_tables_stop_the_build(
    make_database: MakeDatabase,
    with_events: WithEvents,
    point_at: PointAt,
    project: DbtProject,
    change: str,
    words: str,
) -> None:
    """Found, expected, what to do. The warehouse of the other tests comes back."""
    kept = make_database(template=with_events.address)
    try:
        run_as_admin(
            with_events.address,
            "drop view if exists staging.stg_app__events cascade",
            change,
        )
        with pytest.raises(UserError) as caught:
            project.run("run", "--select", "stg_app__events", label="bad table")
        assert words in str(caught.value)
        assert any(
            word in str(caught.value) for word in ("map it", "Cast it", "set the")
        )
    finally:
        make_database(template=kept, name=WAREHOUSE)
