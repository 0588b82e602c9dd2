"""The whole loop in a simulated world: drop-off, message, delivery, measured uplift.

People look at a product, put it into the cart and leave. An experiment divides them,
a trigger writes to one half, the sender posts the messages, and those who got one buy
more often than the others. How much more is known here, and experiment_results must
find it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.outbox.outbox_job import send_outbox
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query
from webhook_receiver import SECRET, receiving

N_PEOPLE = 700
BUY_ANYWAY, BUY_AFTER_A_MESSAGE = 0.2, 0.5
TABLES = ("+outbox_messages", "+experiment_results", "customer_identifiers")
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")

# A view and a cart on Monday, 5 January 2026; the window of a week is over on the 12th.
DROP_OFFS = f"""
    insert into app.events (source, event_type, occurred_at, user_id)
    select 'web', event_type, timestamptz '2026-01-05 09:00+00'
        + n * interval '1 minute' + step * interval '20 seconds', 'p' || n
    from generate_series(1, {N_PEOPLE}) as n
    cross join (values ('product_view', 0), ('add_to_cart', 1))
        as steps (event_type, step)
"""
EXPERIMENT = (
    """
    insert into seeds.experiments (
        experiment, title, population, assigned_by, starts_on, follow_days, metrics,
        alpha, power, minimal_effect
    )
    values (
        'cart_message', 'A message about the cart', 'drop_off:checkout:add_to_cart',
        'hash', '2026-01-01', 14, 'conversion_rate', 0.05, 0.8, 0.5
    )
    """,
    """
    insert into seeds.experiment_variants (experiment, variant, share, is_control)
    values
        ('cart_message', 'nothing', 0.5, true),
        ('cart_message', 'message', 0.5, false)
    """,
    """
    update seeds.triggers set experiment = 'cart_message'
    where trigger = 'left_the_cart'
    """,
    # The world of this test is over: its outbox began before it.
    """
    insert into outbox.trigger_beginnings (trigger_rule, trigger, begins_at)
    values (
        'left_the_cart:drop_off:checkout:add_to_cart:enters:cart_message',
        'left_the_cart', '2026-01-01'
    )
    """,
    """
    update seeds.webhooks set is_enabled = true, allow_private = true
    where endpoint = 'own_service'
    """,
)


class Loop(NamedTuple):
    """The warehouse after the loop, who bought, and to whom messages came."""

    warehouse: LocalServerAddress
    reached: frozenset[str]
    buyers: frozenset[str]


def newest_event(at: str, event_type: str = "page_view") -> str:
    """Return a statement that adds somebody's event, so that the log goes on."""
    return (
        "insert into app.events (source, event_type, occurred_at, user_id) "
        f"values ('web', '{event_type}', '{at}', 'somebody')"
    )


def let_people_buy(address: LocalServerAddress, reached: frozenset[str]) -> set[str]:
    """Let people buy in the days after the messages, and return who did."""
    rng = np.random.default_rng(1)
    buyers = set()
    for person in sorted(f"p{number}" for number in range(1, N_PEOPLE + 1)):
        chance = BUY_AFTER_A_MESSAGE if person in reached else BUY_ANYWAY
        if rng.random() < chance:
            buyers.add(person)
    people = ", ".join(f"('{person}')" for person in sorted(buyers))
    run_as_admin(
        address,
        "insert into app.events (source, event_type, occurred_at, user_id) "
        "select 'web', 'purchase', timestamptz '2026-01-15 10:00+00', person "
        f"from (values {people}) as buyers (person)",
    )
    return buyers


@pytest.fixture(scope="module")
def loop(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[Loop]:
    """Go through the loop: two builds, with a sender between them."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        run_as_admin(
            address,
            "create schema app",
            "create table app.events (source text, event_type text, occurred_at "
            "timestamptz, user_id text)",
            # A funnel has only the steps that are in the log.
            newest_event("2026-01-04 12:00+00", "purchase"),
        )
        project.run("seed", label="seeds")
        run_as_admin(
            address, *EXPERIMENT, DROP_OFFS, newest_event("2026-01-13 12:00+00")
        )
        without_seeds = ("--select", *TABLES, *WITHOUT_TESTS, "seed")
        project.run("build", *without_seeds, label="the week of the messages")
        with receiving() as receiver:
            environment = {"OUTBOX_OWN_URL": receiver.url, "OUTBOX_OWN_SECRET": SECRET}
            send_outbox(project, environment=environment)
            reached = frozenset(
                body["data"]["identifiers"]["user_id"]
                for (body,) in receiver.bodies.values()
            )
        buyers = let_people_buy(address, reached)
        run_as_admin(address, newest_event("2026-02-02 12:00+00"))
        project.run("build", *without_seeds, label="three weeks later")
        yield Loop(address, reached, frozenset(buyers))


def sides(address: LocalServerAddress) -> dict[str, set[str]]:
    """Return the people of each variant, and those who are left alone."""
    found: dict[str, set[str]] = {}
    for variant, person in query(
        address,
        """
        select coalesce(assignments.variant, left_alone.reason, 'none'), users.user_id
        from marts.customer_users as users
        left join marts.experiment_assignments as assignments
            on users.customer_id = assignments.customer_id
                and assignments.experiment = 'cart_message'
        left join marts.customers_left_alone as left_alone
            on users.customer_id = left_alone.customer_id
        where users.user_id <> 'somebody'
        """,
    ):
        found.setdefault(variant, set()).add(person)
    return found


def test_messages_come_to_everybody_in_the_variant_and_to_nobody_else(
    loop: Loop,
) -> None:
    found = sides(loop.warehouse)
    assert found.keys() == {"message", "nothing", "held_out"}
    assert sum(map(len, found.values())) == N_PEOPLE
    assert loop.reached == found["message"]
    exposed = query(
        loop.warehouse,
        """
        select users.user_id
        from activation.exposures as exposures
        inner join marts.customer_users as users
            on exposures.customer_id = users.customer_id
        """,
    )
    assert sorted(person for (person,) in exposed) == sorted(loop.reached)


def test_the_uplift_that_was_planted_is_found(loop: Loop) -> None:
    found = sides(loop.warehouse)
    shares = {
        variant: len(people & loop.buyers) / len(people)
        for variant, people in found.items()
    }
    ((treated, control, difference, low, high, p, verdict),) = query(
        loop.warehouse,
        """
        select
            mean_value, mean_control, difference, difference_low, difference_high,
            chi_square_p, verdict
        from marts.experiment_results
        where experiment = 'cart_message' and metric = 'conversion_rate'
        """,
    )
    assert treated == pytest.approx(shares["message"])
    assert control == pytest.approx(shares["nothing"])
    assert difference == pytest.approx(treated - control)
    assert 0 < low <= BUY_AFTER_A_MESSAGE - BUY_ANYWAY <= high
    assert p < 1e-6
    assert verdict != "no difference found"
