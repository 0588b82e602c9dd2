"""The cohorts of the seed on both sides of each boundary, to the second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, query

# The newest event of the log: clocks and counts are those of this moment.
NOW = "timestamptz '2026-03-04 12:00+00'"

# By person: how long before now their events were, their number, and what they are.
# Events of a person without a session of their own share one.
LONG_AGO = ("60 days", 1, "page")
PEOPLE = {
    "six_sessions": [LONG_AGO, ("7 days -1 second", 1, "page"), ("1 day", 5, "page")],
    "five_sessions": [LONG_AGO, ("7 days", 1, "page"), ("1 day", 5, "page")],
    "eleven": [LONG_AGO, ("7 days -1 second", 1, "page"), ("1 day", 10, "page")],
    "ten": [LONG_AGO, ("7 days", 1, "page"), ("1 day", 10, "page")],
    "silent": [("60 days", 1, "page"), ("30 days", 1, "page")],
    "not_yet_silent": [("60 days", 1, "page"), ("30 days -1 second", 1, "page")],
    "newcomer": [("7 days -1 second", 1, "page")],
    "no_newcomer": [("7 days", 1, "page")],
    "old_hand": [("90 days 1 second", 1, "page"), ("2 days", 1, "page")],
    "no_old_hand": [("90 days", 1, "page"), ("2 days", 1, "page")],
    "silent_old_hand": [("90 days 1 second", 1, "page"), ("30 days", 1, "page")],
    "explorer": [("90 days -1 second", 1, "advanced"), ("2 days", 1, "page")],
    "no_explorer": [("90 days", 1, "advanced"), ("2 days", 1, "page")],
    "engaged": [("30 days -1 second", 1, "feature_use"), ("2 days", 2, "feature_use")],
    "not_engaged": [("30 days", 1, "feature_use"), ("2 days", 2, "feature_use")],
}
# Who is in each cohort now; the other of a pair is not.
MEMBERS = {
    "high_frequency": {"eleven"},
    "frequent": {"six_sessions", "eleven", "ten"},
    "inactive": {"silent", "silent_old_hand"},
    "new": {"newcomer"},
    "long_term": {"old_hand"},
    "feature_explorer": {"explorer"},
    "engaged_mid_tier": {"engaged"},
}


def inserted(person: str, before: str, number: int, kind: str) -> str:
    """Return a statement that adds the events of one line."""
    event_type = "feature_use" if kind == "advanced" else kind
    return f"""
        insert into app.events
            (source, event_type, occurred_at, user_id, session_id, feature_name,
             is_advanced_feature)
        select 'app', '{event_type}', {NOW} - interval '{before}' + n * interval '1 h',
            '{person}', '{before} ' || n, 'f', {kind == "advanced"}
        from generate_series(0, {number} - 1) as n
    """


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[LocalServerAddress]:
    """Build the cohorts of the people above, and of one who sets the time."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        run_as_admin(
            address,
            "create schema app",
            "create table app.events (source text, event_type text, occurred_at "
            "timestamptz, user_id text, session_id text, feature_name text, "
            "is_advanced_feature boolean)",
            *(
                inserted(person, *line)
                for person, lines in PEOPLE.items()
                for line in lines
            ),
            inserted("clock", "0 days", 1, "page"),
        )
        project.run(
            *("build", "--select", "+customer_cohorts", *WITHOUT_DATA_TESTS),
            label="cohorts",
        )
        yield address


def test_each_cohort_ends_at_its_boundary(warehouse: LocalServerAddress) -> None:
    """A second, or one session, decides who is in a cohort now."""
    found = query(
        warehouse,
        """
        select cohorts.cohort, users.identifier
        from marts.customer_cohorts as cohorts
        inner join intermediate.int_customer_identifiers as users
            on cohorts.customer_id = users.customer_id
        where cohorts.is_current and users.identifier <> 'clock'
        """,
    )
    for cohort, members in MEMBERS.items():
        people = {person for name, person in found if name == cohort}
        assert people == members, cohort


def test_the_moment_of_entry_is_that_of_the_boundary(
    warehouse: LocalServerAddress,
) -> None:
    """Someone is inactive 30 days after the last event, not at the next build."""
    assert query(
        warehouse,
        f"""
        select cohorts.cohort, cohorts.entered_at = {NOW}
        from marts.customer_cohorts as cohorts
        inner join intermediate.int_customer_identifiers as users
            on cohorts.customer_id = users.customer_id
        where users.identifier = 'silent' and cohorts.is_current
        """,
    ) == [("inactive", True)]
