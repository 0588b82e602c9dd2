"""Tables of an outbox without a build: messages, identifiers and who is left alone."""

from __future__ import annotations

from conftest import run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress


def create_outbox(project: DbtProject, address: LocalServerAddress) -> None:
    """Create the tables that hooks of a build create, and bare marts."""
    for macro in ("create_exposure_log", "create_outbox_tables"):
        project.run("run-operation", macro, label=macro)
    run_as_admin(
        address,
        "create schema if not exists marts",
        """
        create table marts.outbox_messages (
            message_id text primary key, message_number bigint, trigger text,
            topic text, customer_id text, user_id text, audience text,
            happened_at timestamptz, written_at timestamptz, properties text
        )
        """,
        """
        create table marts.customer_identifiers (
            customer_id text, identifier_type text, identifier text,
            last_seen_at timestamptz
        )
        """,
        "create table marts.customers_left_alone (customer_id text)",
        "create table marts.users_left_alone (user_id text)",
    )


def write_messages(
    address: LocalServerAddress, n: int, n_persons: int, topic: str = "offers"
) -> None:
    """Write messages to customers c1, c2, …, in turns, with e-mail and user."""
    run_as_admin(
        address,
        f"""
        insert into marts.outbox_messages
        select
            'm' || n, n, 'vip', '{topic}', 'c' || n % {n_persons}, null, 'vip',
            now() - interval '1 hour', now(),
            '{{"title": "VIP", "message": "Thanks", "offer": "10% off"}}'
        from generate_series(
            (select coalesce(max(message_number), 0) + 1 from marts.outbox_messages),
            (select coalesce(max(message_number), 0) + {n} from marts.outbox_messages)
        ) as n
        """,
        f"""
        insert into marts.customer_identifiers
        select 'c' || n, kind, kind || n, now()
        from generate_series(0, {n_persons} - 1) as n,
            (values ('user_id'), ('email')) as kinds (kind)
        where not exists (
            select 1 from marts.customer_identifiers where customer_id = 'c' || n
        )
        """,
    )
