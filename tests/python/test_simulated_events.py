"""Simulated people: what they do besides rides, and what is planted."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import pandas as pd
import pytest

from user_states.events import load_simulated_events
from user_states.events.load_simulated_events import EventWriter
from user_states.events.simulated_events import EVENT_TYPES, UNKNOWN_TYPE, EventSettings
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings, simulate
from user_states.warehouse.connection import connect
from warehouse_setup import query

SETTINGS = SimulationSettings(2_500, 60, seed=3)
Tables = dict[str, pd.DataFrame]


def written(monkeypatch: pytest.MonkeyPatch, settings: EventSettings) -> Tables:
    """Return the rows that a writer writes, by table."""
    batches: dict[str, list[Any]] = {}
    module = load_simulated_events

    def keep(connection: object, schema: str, table: str, batch: Any) -> None:
        batches.setdefault(table, []).append(batch.to_pandas())

    monkeypatch.setattr(module, "append", keep)
    monkeypatch.setattr(module, "analyze", lambda *_: None)
    writer = EventWriter(settings)
    for block in simulate(SETTINGS):
        writer.write(None, block, SETTINGS)  # type: ignore[arg-type]
    writer.finish(None)  # type: ignore[arg-type]
    return {table: pd.concat(parts) for table, parts in batches.items()}


@pytest.fixture(scope="module")
def tables() -> Tables:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return written(monkeypatch, EventSettings())


def test_the_rides_of_a_seed_are_those_without_events() -> None:
    # Computed before there were events: states are compared from version to version.
    digest = hashlib.sha256()
    for block in simulate(SimulationSettings(300, 20, seed=5)):
        digest.update(block.rides.to_pandas().to_csv().encode())
    assert digest.hexdigest() == RIDES_BEFORE_EVENTS


RIDES_BEFORE_EVENTS = "ef1bf8c4cb055457a83d85a0a5bae7f4e4ad8d7ec067fe00f9b0dd8a1af7a128"


def test_the_same_seed_gives_the_same_events(
    monkeypatch: pytest.MonkeyPatch, tables: Tables
) -> None:
    again = written(monkeypatch, EventSettings())
    assert all(again[name].equals(tables[name]) for name in tables)


def test_the_events_of_a_seed_are_those_without_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Computed before there were messages.
    digest = hashlib.sha256()

    def keep(connection: object, schema: str, table: str, batch: Any) -> None:
        digest.update(batch.to_pandas().to_csv().encode())

    monkeypatch.setattr(load_simulated_events, "append", keep)
    monkeypatch.setattr(load_simulated_events, "analyze", lambda *_: None)
    settings = SimulationSettings(300, 20, seed=5)
    writer = EventWriter()
    for block in simulate(settings):
        writer.write(None, block, settings)  # type: ignore[arg-type]
    writer.finish(None)  # type: ignore[arg-type]
    assert digest.hexdigest() == EVENTS_BEFORE_MESSAGES


EVENTS_BEFORE_MESSAGES = (
    "b2633b5f95826228e2b35fdbb97f6c25cafeb7133f006bdb22947ee4e1df5c15"
)


def test_people_are_as_planned(tables: Tables) -> None:
    people = tables["people"]
    owners = people[people.n_accounts > 0]
    assert (owners.n_accounts == 2).mean() == pytest.approx(0.08, abs=0.002)
    assert owners.shares_a_device.mean() == pytest.approx(0.05, abs=0.002)
    assert owners.has_wrong_email.mean() == pytest.approx(0.02, abs=0.01)
    assert owners.n_accounts.sum() == SETTINGS.n_users
    assert len(people) > len(owners)


def test_identifiers_belong_to_one_person_except_shared_devices(
    tables: Tables,
) -> None:
    owners = tables["person_identifiers"].groupby(["identifier_type", "identifier"])
    shared = owners.person.nunique().loc[lambda counts: counts > 1].reset_index()
    assert set(shared.identifier_type) == {"anonymous_id"}
    assert len(shared) == round(tables["people"].shares_a_device.sum() / 2)


def test_events_are_of_their_people(tables: Tables) -> None:
    events, owners = tables["events"], tables["person_identifiers"]
    known = owners[owners.identifier_type == "user_id"].set_index("identifier").person
    seen = events.user_id.dropna().map(known)
    assert seen.notna().all()
    by_mail = owners[owners.identifier_type == "email"].set_index("identifier").person
    bought = events[(events.event_type == "purchase") & events.email.notna()]
    clean = bought[bought.user_id.notna()]
    assert (clean.email.map(by_mail) == clean.user_id.map(known)).all()
    never = tables["people"].query("not logs_in").person
    on_web = events[events.source.eq("web") & ~events.anonymous_id.eq("kiosk-1")]
    assert not on_web.user_id.dropna().map(known).isin(never).any()


def test_planted_errors_are_counted(tables: Tables) -> None:
    events = tables["events"]
    planted = tables["event_errors"].set_index("kind").n_events
    identifiers = ["anonymous_id", "user_id", "email", "phone", "crm_id"]
    last = pd.Timestamp(SETTINGS.first_week, tz="UTC") + pd.Timedelta(
        weeks=SETTINGS.n_weeks
    )
    found = Counter(
        exact_duplicate=len(events) - len(events.drop_duplicates()),
        future_time=int((events.occurred_at > last).sum()),
        unknown_type=int((events.event_type == UNKNOWN_TYPE).sum()),
        no_identifier=int(events[identifiers].isna().all(axis=1).sum()),
        bot=int(events.anonymous_id.fillna("").str.startswith("bot-").sum()),
        kiosk_login=int((events.anonymous_id == "kiosk-1").sum()),
        shops_email=int((events.email == "till@shop.example").sum()),
    )
    assert found == {kind: planted[kind] for kind in found}
    calls = events[(events.source == "call_centre") & (events.occurred_at < last)]
    weeks = (last - calls.occurred_at).dt.days // 7
    assert (weeks == 5).sum() == 0
    assert planted["silent_week"] > 0
    assert set(events.event_type) <= set(EVENT_TYPES)


def test_the_number_of_events_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, tables: Tables
) -> None:
    few = written(monkeypatch, EventSettings(per_person=10))
    assert len(few["events"]) < 0.5 * len(tables["events"])


def test_events_are_written_beside_rides(database: Any) -> None:
    writer = EventWriter()
    settings = SimulationSettings(100, 5)
    with connect(database.url) as connection:
        load_simulation(connection, settings, events=writer)
        load_simulation(connection, settings, events=EventWriter())
    counts = "select count(*), count(distinct event_id) from app.events"
    [(n_events, n_ids)] = query(database, counts)
    assert n_events == writer.n_events > n_ids > 0
    people = "select count(*) from simulation.people where n_accounts > 0"
    assert query(database, people) == [(93,)]
