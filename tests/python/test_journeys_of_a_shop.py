"""Journeys of the shop ecom: retentioneering's numbers, and both planted incidents.

The fixture is what retentioneering 5.2.4 (Apache-2.0) itself says of the shop's events
without the 30 exact copies, those at the same second in the order of the seed
`journey_steps`; docs/journeys.md has the lines that made it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from conftest import PROJECT, WAREHOUSE, MakeDatabase, PointAt
from user_states.errors import UserError
from user_states.events.ecom import load_ecom
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_UNIT_TESTS, query

# What the seed calls the shop's events, where it is another name.
STEPS = {
    "filter_results": "filter_use",
    "support_chat": "support_contact",
    "path_start": "start",
    "path_end": "exit",
}
# First and last day of each planted incident.
INCIDENTS = {
    "checkout_bug": (date(2024, 4, 9), date(2024, 5, 9)),
    "payment_error": (date(2024, 5, 19), date(2024, 6, 7)),
}


@pytest.fixture(scope="module")
def shop(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[LocalServerAddress]:
    """Build the journeys; skipped unless `make demo DATA=ecom` got the wheel."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        with closing(connect(address.url)) as connection:
            try:
                load_ecom(connection)
            except UserError as error:
                pytest.skip(str(error))
        project.run(
            *("build", "--select", "+path:models/marts/journeys"),
            *("+path:models/marts/funnels", *WITHOUT_UNIT_TESTS),
            label="journeys",
        )
        yield address


def test_funnels_are_those_of_retentioneering(shop: LocalServerAddress) -> None:
    found = query(
        shop,
        "select unit, array_agg(n_reached order by position) "
        "from marts.journey_funnels where funnel = 'purchase' "
        "and counting = 'ordered' and within = 'ever' group by unit order by unit",
    )
    assert found == [("person", [600, 511, 285]), ("session", [2837, 819, 213])]


def test_transitions_are_those_of_retentioneering(shop: LocalServerAddress) -> None:
    path = PROJECT / "tests/fixtures/retentioneering_transitions.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    expected = {
        (
            row["unit"],
            STEPS.get(row["source"], row["source"]),
            STEPS.get(row["target"], row["target"]),
        ): (int(row["n"]), float(row["share"]))
        for row in rows
    }
    assert len(expected) == 738
    found = query(
        shop,
        "select unit, from_step, to_step, n_transitions, share "
        "from marts.journey_transitions where population = 'everybody'",
    )
    assert {row[:3]: row[3:] for row in found} == expected


def test_both_planted_incidents_are_named_within_nine_days(
    shop: LocalServerAddress,
) -> None:
    strongest = query(
        shop,
        "select risen_step, platform, title, first_alarm_on "
        "from marts.journey_incidents where is_strongest order by first_alarm_on",
    )
    assert [row[:3] for row in strongest] == [
        ("checkout_bug", "mobile", "Begin the checkout"),
        ("payment_error", "all platforms", "Say how to pay"),
    ]
    for risen_step, _, _, first_alarm_on in strongest:
        begin, _ = INCIDENTS[risen_step]
        assert 0 <= (first_alarm_on - begin).days <= 9


def test_no_window_alarms_without_an_incident(shop: LocalServerAddress) -> None:
    alarms = query(
        shop,
        "select window_ends_on - 6, window_ends_on from marts.journey_windows "
        "where is_alarm",
    )
    assert len(alarms) > 30
    for begin, end in alarms:
        assert any(
            begin <= last and end >= first for first, last in INCIDENTS.values()
        ), (begin, end)
