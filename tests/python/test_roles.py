"""Five roles: each may do what it needs, and nothing that was tried beyond that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from copy import copy
from dataclasses import replace
from functools import cache

import psycopg2
import pytest

from conftest import PROJECT, MakeDatabase, PointAt, run_as_admin
from user_states.errors import UserError
from user_states.explorer.page_file import write_page
from user_states.fit.fit_job import fit_and_publish
from user_states.fit.segments_job import SegmentOptions, fit_segments
from user_states.outbox.outbox_job import (
    enable_endpoint,
    revive_dead_letters,
    send_outbox,
)
from user_states.runs.promotion import rollback
from user_states.runs.run_register import RunRegister
from user_states.runs.run_store import RunStore
from user_states.runs.states_model import states_model
from user_states.segments.segmentation_certificate import TooFewCustomersError
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    WITHOUT_DATA_TESTS,
    build_from_the_model_on,
    build_up_to_the_panel,
    champion,
    query,
    quick_options,
)
from webhook_receiver import SECRET, receiving

ROLES = tuple(
    f"user_states_{name}"
    for name in ("builder", "fitter", "reader", "exposure_writer", "sender")
)
BUILDER, FITTER, READER, WRITER, SENDER = ROLES
VARS = {
    "reader_role": READER,
    "fitter_role": FITTER,
    "exposure_writer_role": WRITER,
    "sender_role": SENDER,
}
PASSWORD = "of a test"


@cache
def project_of(role: str) -> DbtProject:
    """Return the project with the rights of a role, parsed once for all roles.

    For code inside `point_at(as_role(..., role))`.
    """
    if role == BUILDER:
        return DbtProject.load("demo", VARS)
    project = copy(project_of(BUILDER))
    project.connection_uri = project.connection_uri.replace(
        f"//{BUILDER}:", f"//{role}:"
    )
    assert role in project.connection_uri
    return project


@pytest.fixture(scope="module")
def warehouse(
    make_database: MakeDatabase,
    point_at: PointAt,
    panel_template: LocalServerAddress,
    dbt_folders: None,
) -> Iterator[LocalServerAddress]:
    """Let each role do its part, from rides that the roles do not own to the marts."""
    address = make_database(template=panel_template, name="roles_warehouse")
    # Only the rides are left, and they belong to somebody else.
    dropped = [
        "intermediate",
        "staging",
        "seeds",
        "hmm",
        "register",
        "segments",
        "propensity",
        "journeys",
        "outbox",
        "personas",
        "activation",
        "identity",
        "operations",
        "privacy",
    ]
    run_as_admin(
        address,
        *(f"drop schema if exists {schema} cascade" for schema in dropped),
        (PROJECT / "docs/roles.sql").read_text("utf-8"),
        (PROJECT / "docs/roles.sql").read_text("utf-8"),
        *(f"alter role {role} login password '{PASSWORD}'" for role in ROLES),
    )
    try:
        with point_at(as_role(address, BUILDER)):
            build_up_to_the_panel(project_of(BUILDER), *WITHOUT_DATA_TESTS)
        with point_at(as_role(address, FITTER)):
            project = project_of(FITTER)
            fit_and_publish(project, quick_options(project, n_states=(2,)))
        with point_at(as_role(address, BUILDER)):
            # Four threads: usage of a schema must not be granted once per mart.
            build_from_the_model_on(
                project_of(BUILDER), *WITHOUT_DATA_TESTS, "--threads", "4"
            )
        yield address
    finally:
        run_as_admin(
            address,
            *(f"drop owned by {role} cascade" for role in ROLES),
        )
        run_as_admin(
            replace(address, database="postgres"),
            f"drop database {address.database} with (force)",
            *(f"drop role {role}" for role in ROLES),
        )


def as_role(address: LocalServerAddress, role: str) -> LocalServerAddress:
    return replace(address, user=role, password=PASSWORD)


def refused(address: LocalServerAddress, role: str, sql: str) -> bool:
    """Run a statement as a role, undo it, and return whether it was not permitted."""
    with (
        closing(psycopg2.connect(as_role(address, role).url)) as connection,
        connection.cursor() as cursor,
    ):
        try:
            cursor.execute(sql)
        except psycopg2.errors.InsufficientPrivilege:
            return True
        return False


ALLOWED = [
    (READER, "select * from marts.user_weekly_states"),
    (READER, "select * from semantic.time_spine_daily"),
    (READER, "select * from marts.audience_summary"),
    (FITTER, "select * from intermediate.user_week_panel"),
    (FITTER, "select * from intermediate.int_latest_complete_week"),
    (FITTER, "delete from register.runs where false"),
    (FITTER, "update register.segments set promoted_name = null where false"),
    (FITTER, "delete from register.champions where false"),
    *(
        (FITTER, f"select * from {table}")
        for table in (
            "marts.customer_snapshots",
            "marts.customer_feature_scaling",
            "marts.customer_merges",
            "marts.customer_cohorts",
            "marts.customer_identifiers",
            "seeds.customer_features",
            "staging.stg_app__customers",
        )
    ),
    (FITTER, "insert into segments.members select * from segments.members"),
    (WRITER, "select * from activation.exposures"),
    (
        WRITER,
        """
        insert into activation.exposures (exposure_id, audience, user_id, exposed_at)
        values ('1', 'a', 'u', now())
        """,
    ),
    *(
        (SENDER, f"select * from {table}")
        for table in (
            "marts.outbox_messages",
            "marts.customer_identifiers",
            "marts.customers_left_alone",
            "marts.users_left_alone",
            "seeds.webhooks",
        )
    ),
    (SENDER, "update outbox.deliveries set status = 'waiting'"),
    (BUILDER, "select * from app.rides"),
]

# What each role must not be able to do: read what it does not need, change what it only
# reads, create or drop anything.
FORBIDDEN = [
    *(
        (role, sql)
        for role in (READER, FITTER, WRITER, SENDER)
        for sql in (
            "select * from app.rides",
            "select * from intermediate.int_rides",
            "select * from staging.stg_app__rides",
            "select * from seeds.excluded_users",
            "create table marts.mine (n integer)",
            "create schema mine",
            "drop table marts.states",
            "truncate intermediate.user_week_panel",
        )
    ),
    (READER, "select * from register.runs"),
    (READER, "select * from intermediate.user_week_panel"),
    (READER, "select * from activation.exposures"),
    (READER, "delete from marts.states"),
    (READER, "update marts.audiences set audience = 'mine'"),
    (FITTER, "select * from marts.states"),
    (FITTER, "select * from marts.customers"),
    (FITTER, "update segments.members set segment_id = 1"),
    (FITTER, "delete from segments.fits"),
    (FITTER, "select * from activation.exposures"),
    (FITTER, "delete from intermediate.user_week_panel"),
    (FITTER, "update hmm.state_assignments set state_id = 1"),
    (FITTER, "update register.runs set has_passed_guards = true"),
    (FITTER, "delete from register.promotions"),
    (FITTER, "update register.segment_lineage set relation = 'new'"),
    (FITTER, "insert into hmm.schema_migrations values (99, now())"),
    (FITTER, "drop table register.runs"),
    (WRITER, "select * from marts.audiences"),
    (WRITER, "select * from register.runs"),
    (WRITER, "update activation.exposures set user_id = 'u'"),
    (WRITER, "delete from activation.exposures"),
    (WRITER, "truncate activation.exposures"),
    (READER, "select * from outbox.deliveries"),
    (SENDER, "select * from marts.customers"),
    (SENDER, "select * from marts.user_weekly_states"),
    (SENDER, "select * from register.runs"),
    (SENDER, "update marts.outbox_messages set topic = 'mine'"),
    (SENDER, "delete from marts.customers_left_alone"),
    (SENDER, "update seeds.webhooks set is_enabled = true"),
    (SENDER, "delete from outbox.deliveries"),
    (SENDER, "select * from outbox.trigger_beginnings"),
    (SENDER, "delete from activation.exposures"),
    (SENDER, "select * from activation.assignments"),
    (BUILDER, "delete from app.rides"),
    (BUILDER, "update app.rides set price = 0"),
    (BUILDER, "drop table app.rides"),
    (BUILDER, "create table app.mine (n integer)"),
    (BUILDER, "create role mine"),
]


def test_each_role_may_do_its_part(warehouse: LocalServerAddress) -> None:
    assert [row for row in ALLOWED if refused(warehouse, *row)] == []


def test_no_role_may_do_more(warehouse: LocalServerAddress) -> None:
    assert [row for row in FORBIDDEN if not refused(warehouse, *row)] == []


def test_grants_survive_a_build(
    warehouse: LocalServerAddress, point_at: PointAt
) -> None:
    """A build replaces the tables that fitter and reader read."""
    tables = {
        FITTER: "intermediate.user_week_panel",
        READER: "marts.states",
    }
    ids = "select '{0}'::regclass::oid"
    before = [query(warehouse, ids.format(table)) for table in tables.values()]
    with point_at(as_role(warehouse, BUILDER)):
        project_of(BUILDER).build(
            "--select", "user_week_panel", "states", *WITHOUT_DATA_TESTS, label="again"
        )
    after = [query(warehouse, ids.format(table)) for table in tables.values()]
    assert all(old != new for old, new in zip(before, after, strict=True))
    for role, table in tables.items():
        assert not refused(warehouse, role, f"select * from {table}")


def test_a_new_role_gets_its_rights_without_a_rebuild_of_the_tables(
    warehouse: LocalServerAddress, point_at: PointAt
) -> None:
    run_as_admin(
        warehouse,
        f"revoke select on marts.state_flows from {READER}",
        f"revoke usage on schema semantic from {READER}",
    )
    assert refused(warehouse, READER, "select * from marts.state_flows")
    with point_at(as_role(warehouse, BUILDER)):
        project = project_of(BUILDER)
        project.run("run-operation", "grant_rights", label="grants")
    assert [row for row in ALLOWED if refused(warehouse, *row)] == []
    assert not refused(warehouse, READER, "select * from marts.state_flows")


def test_the_fitter_rolls_back(
    warehouse: LocalServerAddress, point_at: PointAt
) -> None:
    first = champion(warehouse)
    with point_at(as_role(warehouse, FITTER)):
        project = project_of(FITTER)
        fit_and_publish(project, quick_options(project, n_states=(2,)))
        assert champion(warehouse) != first
        model = states_model(project)
        with RunStore(project.connection_uri, model).transaction() as connection:
            assert rollback(connection, RunRegister(model)) == first
    assert champion(warehouse) == first


def test_the_fitter_divides_customers(
    warehouse: LocalServerAddress, point_at: PointAt
) -> None:
    """As far as it comes with rides only."""
    with point_at(as_role(warehouse, FITTER)):
        project = project_of(FITTER)
        with pytest.raises(TooFewCustomersError, match="found no customers"):
            fit_segments(project, SegmentOptions.from_vars(project.vars))


def test_the_reader_writes_the_page(
    warehouse: LocalServerAddress,
    point_at: PointAt,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    page = tmp_path_factory.mktemp("page") / "explorer.html"
    with point_at(as_role(warehouse, READER)):
        write_page(project_of(READER), page)
    assert "</html>" in page.read_text("utf-8")


def test_the_sender_sends(warehouse: LocalServerAddress, point_at: PointAt) -> None:
    run_as_admin(
        warehouse,
        """
        insert into marts.outbox_messages (
            message_id, message_number, trigger, topic, user_id, audience,
            happened_at, written_at, properties
        )
        values ('m1', 1, 'vip', 'offers', 'u', 'vip', now(), now(), '{}')
        """,
        "update seeds.webhooks set is_enabled = true, allow_private = true "
        "where endpoint = 'own_service'",
    )
    with point_at(as_role(warehouse, SENDER)), receiving() as receiver:
        environment = {"OUTBOX_OWN_URL": receiver.url, "OUTBOX_OWN_SECRET": SECRET}
        sent = send_outbox(project_of(SENDER), environment=environment)
        enable_endpoint(project_of(SENDER), "own_service")
        revive_dead_letters(project_of(SENDER), "own_service")
    assert sent == {"delivered": 1}
    assert list(receiver.bodies) == ["m1"]
    assert query(warehouse, "select status from outbox.deliveries") == [("delivered",)]
    assert query(
        warehouse, "select count(*) from activation.exposures where user_id = 'u'"
    ) == [(1,)]


def test_a_missing_right_is_named(
    warehouse: LocalServerAddress,
    point_at: PointAt,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The table is there: the message is not "found no table"."""
    page = tmp_path_factory.mktemp("page") / "explorer.html"
    with point_at(as_role(warehouse, FITTER)):
        project = project_of(FITTER)
        with pytest.raises(UserError) as of_the_page:
            write_page(project, page)
    assert (
        f"found the role '{FITTER}' without a right that it needs here "
        "(permission denied for table state_sizes)" in str(of_the_page.value)
    )
    assert f"grant select on marts.state_sizes to {FITTER}" in str(of_the_page.value)
    assert not page.exists()
    with point_at(as_role(warehouse, READER)):
        project = project_of(READER)
        with pytest.raises(UserError) as of_the_fit:
            fit_and_publish(project, quick_options(project, n_states=(2,)))
    assert (
        f"grant usage on schema register to {READER}; "
        f"grant select on register.runs to {READER}" in str(of_the_fit.value)
    )
    for error in (of_the_page, of_the_fit):
        assert "found no table" not in str(error.value)
