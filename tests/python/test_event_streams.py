"""A stream of events, as sinks deliver it: repeated, out of order and late.

Nothing is lost and nothing counts twice, in a warehouse without any rides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from random import Random
from typing import Any

import psycopg2
import pytest
from psycopg2.extras import execute_values

from conftest import WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, query, warehouse_digest

N_EVENTS = 2_000
START = dt.datetime(2024, 3, 4, tzinfo=dt.UTC)

# The table of docs/streams.md: the key is what the sink updates by.
TABLE = """
    create table app.events (
        source text not null,
        event_id text not null,
        event_type text not null,
        occurred_at timestamptz not null,
        user_id text,
        loaded_at timestamptz not null default now()
        {key}
    )
"""
KEY = ", primary key (source, event_id)"

Row = tuple[Any, ...]


def produced() -> list[Row]:
    """Return all events once, in the order in which they happened."""
    return [
        ("web", f"e{n}", "page", START + dt.timedelta(minutes=7 * n), f"u{n % 40}")
        for n in range(N_EVENTS)
    ]


def delivered(rows: list[Row]) -> Iterator[list[Row]]:
    """Yield batches as a sink writes them that delivers each event at least once.

    A fifth comes twice or three times, batches arrive out of order, and one event in
    ten comes after all others.
    """
    random = Random(1)
    late = {n for n in range(len(rows)) if random.random() < 0.1}
    sent = [row for n, row in enumerate(rows) if n not in late]
    sent += [row for row in rows if random.random() < 0.2]
    sent += [row for row in rows if random.random() < 0.05]
    random.shuffle(sent)
    sent += [rows[n] for n in sorted(late)]
    for start in range(0, len(sent), 150):
        yield sent[start : start + 150]


def write(address: LocalServerAddress, batch: list[Row], *, upserts: bool) -> None:
    """Write a batch as Kafka Connect's JDBC sink does: upsert, or insert."""
    conflict = "on conflict (source, event_id) do nothing" if upserts else ""
    # One statement cannot touch a row twice.
    rows = list(dict.fromkeys(batch)) if upserts else batch
    with (
        closing(psycopg2.connect(address.url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        execute_values(
            cursor,
            "insert into app.events "
            "(source, event_id, event_type, occurred_at, user_id) "
            f"values %s {conflict}",
            rows,
        )


@pytest.fixture
def events_only(
    make_database: MakeDatabase, point_at: PointAt
) -> Iterator[LocalServerAddress]:
    warehouse = make_database(name=WAREHOUSE)
    with point_at(warehouse):
        run_as_admin(warehouse, "create schema app")
        yield warehouse


@pytest.mark.parametrize("upserts", [True, False], ids=["upsert", "insert"])
def test_nothing_is_lost_and_nothing_counts_twice(
    events_only: LocalServerAddress, project: DbtProject, upserts: bool
) -> None:
    """A build in the middle of the stream counts what has come by then."""
    run_as_admin(events_only, TABLE.format(key=KEY if upserts else ""))
    batches = list(delivered(produced()))
    assert sum(map(len, batches)) > 1.2 * N_EVENTS
    arrived: set[Row] = set()
    for part in (batches[:5], batches[5:]):
        for batch in part:
            write(events_only, batch, upserts=upserts)
            arrived.update(batch)
        project.build(
            *("--select", "+int_rejected_events"), *WITHOUT_DATA_TESTS, label="stream"
        )
        kept = query(
            events_only,
            "select source, event_id, raw_event_type, occurred_at, user_id "
            "from intermediate.int_events",
        )
        assert len(kept) == len(set(kept))
        assert set(kept) == arrived
    assert arrived == set(produced())
    [(n_rows, n_aside)] = query(
        events_only,
        """
        select
            (select count(*) from app.events),
            (
                select count(*) from intermediate.int_rejected_events
                where broken_rule = 'exact_repeat'
            )
        """,
    )
    assert n_rows == N_EVENTS + n_aside
    assert (n_aside == 0) == upserts


def test_without_rides_the_marts_of_states_are_empty(
    events_only: LocalServerAddress, project: DbtProject
) -> None:
    """Everything is built and tested, and nothing about rides is in it."""
    run_as_admin(events_only, TABLE.format(key=KEY))
    write(events_only, produced(), upserts=True)
    project.build(label="without rides")
    sizes = {n: d[0] for n, d in warehouse_digest(events_only, ["marts"]).items()}
    for mart in ("states", "users", "user_weekly_states", "audience_summary"):
        assert sizes[f"marts.{mart}"] == 0
    assert query(events_only, "select count(*) from intermediate.int_sessions") == [
        (N_EVENTS,)
    ]


def test_neither_rides_nor_events_stop_the_build(
    events_only: LocalServerAddress, project: DbtProject
) -> None:
    run_as_admin(events_only, TABLE.format(key=KEY))
    with pytest.raises(UserError) as caught:
        project.build(label="without anything")
    message = str(caught.value)
    assert "found no table app.rides" in message
    assert "and no events in app.events; expected one row per ride request" in message
    assert "scripts/load_events.py" in message
    assert warehouse_digest(events_only, ["marts"]) == {}
