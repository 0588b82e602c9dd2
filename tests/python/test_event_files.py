"""Files of events: each tool's form becomes events; what does not fit is counted."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conftest import run_as_admin
from user_states.errors import UserError
from user_states.events import ecom
from user_states.events.ecom import ecom_csv, load_ecom
from user_states.events.event_contract import EVENT_FILES, EVENTS
from user_states.events.load_event_files import (
    MAPPINGS,
    load_event_files,
)
from user_states.events.load_simulated_events import EventWriter
from user_states.rides.mapping_file import parse_mapping, read_mapping
from user_states.rides.source_files import read_batches
from user_states.rides.typed_batches import typed_batch
from user_states.warehouse.connection import connect, execute
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

NOW = dt.datetime(2024, 4, 1, tzinfo=dt.UTC)
NOON = dt.datetime(2024, 3, 5, 12, tzinfo=dt.UTC)

SEGMENT: list[dict[str, Any]] = [
    {
        "messageId": "m1",
        "type": "page",
        "anonymousId": "a1",
        "userId": None,
        "timestamp": "2024-03-05T12:00:00.000Z",
        "receivedAt": "2024-03-05T12:00:01Z",
        "context": {"page": {"path": "/blog/one"}, "timezone": "Europe/Madrid"},
    },
    {
        "messageId": "m2",
        "type": "track",
        "event": "Order Completed",
        "anonymousId": "a1",
        "userId": "u1",
        "originalTimestamp": "2024-03-05T13:00:00+01:00",
        "receivedAt": "2024-03-05T12:00:01Z",
        "properties": {"total": 12.50, "currency": "EUR"},
        "context": {"traits": {"email": "Ann@x.org"}},
    },
]
GA4: list[dict[str, Any]] = [
    {
        "event_name": "page_view",
        "event_timestamp": "1709640000000000",
        "user_pseudo_id": "c.1",
        "platform": "WEB",
        "event_params": [
            {"key": "page_location", "value": {"string_value": "https://x.org/a"}},
            {"key": "ga_session_id", "value": {"int_value": "99"}},
        ],
        "geo": {"country": "Spain", "city": "Madrid"},
    },
    {
        "event_name": "purchase",
        "event_timestamp": 1709640000000000,
        "user_pseudo_id": "c.2",
        "user_id": "u2",
        "platform": "IOS",
        "event_params": [{"key": "currency", "value": {"string_value": "EUR"}}],
        "ecommerce": {"purchase_revenue": 9.99},
        "app_info": {"version": "1.2"},
    },
]
SNOWPLOW = (
    "event_id,event_name,derived_tstamp,collector_tstamp,domain_userid,user_id,"
    "domain_sessionid,page_urlpath,se_category,se_label,tr_total,tr_currency,"
    "os_family,geo_country,geo_city,os_timezone,other\n"
    "s1,page_view,,2024-03-05 12:00:00.000,d1,,x1,/c,,,,,iOS,ES,Madrid,UTC,1\n"
    "s2,transaction,2024-03-05 12:00:00,2024-03-05 12:00:01,d1,u,x1,,,,7.5,EUR,,,,,\n"
)
STORE = (
    "visit_id,kind,visited_at,loyalty_card,phone,receipt_total,currency,department,"
    "country,city,time_zone\n"
    "v1,Receipt,2024-03-05 12:00,card7,,19.90,EUR,shoes,ES,Madrid,Europe/Madrid\n"
    "v2,visit,2024-03-05 12:00,,+34 600 1,,,,ES,Madrid,\n"
)
CALLS = (
    "call_id,started_at,caller_number,customer_number,duration_seconds,topic,"
    "preferred_channel,country\n"
    "k1,2024-03-05T12:00:00Z,+34 600 1,card7,312,delivery,phone,ES\n"
)
ECOM = (
    "user_id,session_id,event,timestamp,platform,acquisition_channel\n"
    "user_0000,sess_000001,catalog,2024-03-05 12:00:00,desktop,email\n"
)
INVOICES = (
    "CustomerID,InvoiceNo,event_time,cancelled,lines,amount,country\n"
    "12346.0,1,2024-03-05 12:00:00,False,1,77.5,United Kingdom\n"
    "12346.0,C2,2024-03-05 12:00:00,True,1,-77.5,United Kingdom\n"
)


def as_lines(objects: list[dict[str, Any]]) -> str:
    """Return one JSON object a line, with a blank line at the end."""
    return "\n".join(json.dumps(item) for item in objects) + "\n\n"


def read_events(path: Path, mapping_name: str) -> list[dict[str, Any]]:
    """Return the events of a file without what is null, as a load types them."""
    mapping = read_mapping(MAPPINGS / f"{mapping_name}.yml", EVENT_FILES)
    rows: list[dict[str, Any]] = []
    for batch in read_batches(path, mapping):
        typed = typed_batch(batch, mapping, str(path), NOW, path.name)
        assert typed.rejected == []
        rows += pa.Table.from_batches([typed.rows]).to_pylist()
    return [{k: v for k, v in row.items() if v is not None} for row in rows]


@pytest.mark.parametrize(
    ("mapping_name", "file_name", "content", "expected"),
    [
        (
            "segment",
            "calls.jsonl",
            as_lines(SEGMENT),
            [
                {
                    "event_id": "m1",
                    "event_type": "page",
                    "anonymous_id": "a1",
                    "page_path": "/blog/one",
                    "time_zone": "Europe/Madrid",
                },
                {
                    "event_id": "m2",
                    "event_type": "Order Completed",
                    "user_id": "u1",
                    "email": "Ann@x.org",
                    "value": 12.5,
                },
            ],
        ),
        (
            "ga4",
            "events.json",
            as_lines(GA4),
            [
                {
                    "source": "web",
                    "event_type": "page_view",
                    "anonymous_id": "c.1",
                    "session_id": "99",
                    "page_path": "https://x.org/a",
                    "city": "Madrid",
                },
                {
                    "source": "product",
                    "user_id": "u2",
                    "value": 9.99,
                    "platform": "IOS",
                    "app_version": "1.2",
                },
            ],
        ),
        (
            "snowplow",
            "atomic.csv",
            SNOWPLOW,
            [
                {"event_id": "s1", "anonymous_id": "d1", "page_path": "/c"},
                {"event_id": "s2", "event_type": "transaction", "value": 7.5},
            ],
        ),
        (
            "store_visits",
            "visits.csv",
            STORE,
            [
                {"event_type": "purchase", "crm_id": "card7", "value": 19.9},
                {"event_type": "store_visit", "phone": "+34 600 1", "source": "store"},
            ],
        ),
        (
            "call_centre",
            "calls.csv",
            CALLS,
            [{"event_type": "support_contact", "duration_seconds": 312.0}],
        ),
        (
            "retentioneering_ecom",
            "ecom.csv",
            ECOM,
            [{"event_type": "catalog", "session_id": "sess_000001", "source": "web"}],
        ),
        (
            "online_retail",
            "invoices.csv",
            INVOICES,
            [
                {"event_type": "purchase", "user_id": "12346.0", "value": 77.5},
                {"event_type": "cancelled_order", "event_id": "C2", "source": "store"},
            ],
        ),
    ],
)
def test_a_tool_s_form_becomes_events(
    tmp_path: Path,
    mapping_name: str,
    file_name: str,
    content: str,
    expected: list[dict[str, Any]],
) -> None:
    path = tmp_path / file_name
    path.write_text(content, "utf-8")
    events = read_events(path, mapping_name)
    assert len(events) == len(expected)
    for event, words in zip(events, expected, strict=True):
        assert words.items() <= event.items()
        assert event["occurred_at"] == NOON
        assert {"source", "event_type", "loaded_at"} <= set(event)


def test_every_mapping_is_tried() -> None:
    """Each file in the folder has its sample above, and a row in the document."""
    names = {path.stem for path in MAPPINGS.glob("*.yml")}
    [mark] = [
        mark
        for mark in test_a_tool_s_form_becomes_events.pytestmark
        if mark.name == "parametrize"
    ]
    assert {case[0] for case in mark.args[1]} == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "columns: {event_type: a, occurred_at: b, user_id: c}",
            "has neither a column nor a constant for source",
        ),
        (
            "columns: {source: s, event_type: a, occurred_at: b}",
            "says nowhere whose events these are; expected a column for at least one",
        ),
        (
            "columns: {source: s, event_type: a, occurred_at: b, user: c}",
            "columns names 'user' (did you mean 'user_id'?)",
        ),
        (
            "columns: {source: s, event_type: a, occurred_at: b, phone: {first_of: 1}}",
            "{first_of: [a, b]} for the first that has a value",
        ),
    ],
)
def test_a_wrong_mapping(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_mapping(text, "map.yml", EVENT_FILES)
    assert words in str(caught.value)


def test_lines_that_are_no_objects_are_counted(
    database: LocalServerAddress, tmp_path: Path
) -> None:
    """Lines = loaded + rejected + blank; a second load with --add keeps the first."""
    path = tmp_path / "calls.jsonl"
    bad = ["[1]", "{", '{"messageId": "m3", "timestamp": "noon", "type": "page"}']
    path.write_text(as_lines(SEGMENT) + "\n".join(bad) + "\n", "utf-8")
    with path.open("ab") as file:
        file.write(b'{"messageId": "\xff"}\n')
    mapping = read_mapping(MAPPINGS / "segment.yml", EVENT_FILES)
    with closing(connect(database.url)) as connection:
        first = load_event_files(connection, [path], mapping)
        load_event_files(connection, [path], mapping, adds=True)
        n_added = query(database, "select count(*) from app.events")
        load_event_files(connection, [path], mapping)
    assert str(first).splitlines()[0] == (
        "7 lines read: 2 with 2 events, 4 rejected, 1 headers or blank"
    )
    assert dict(first.reasons)["the row is not a JSON object"] == 3
    assert n_added == [(4,)]
    assert query(database, "select count(*) from app.events") == [(2,)]
    assert query(
        database, "select line_number from ingest.rejected_rows order by line_number"
    ) == [(4,), (5,), (6,), (7,)]


def test_a_company_s_own_table_stays(
    database: LocalServerAddress, tmp_path: Path
) -> None:
    run_as_admin(database, "create schema app", EVENTS.create_sql("app", "events"))
    path = tmp_path / "calls.jsonl"
    path.write_text(as_lines(SEGMENT), "utf-8")
    mapping = read_mapping(MAPPINGS / "segment.yml", EVENT_FILES)
    with (
        closing(connect(database.url)) as connection,
        pytest.raises(UserError, match=r"events, which this project did not write"),
    ):
        load_event_files(connection, [path], mapping, adds=True)


class TestEcom:
    def test_without_its_wheel(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="make demo DATA=ecom` downloads it"):
            ecom_csv(tmp_path)

    def test_another_file_is_not_read(self, tmp_path: Path) -> None:
        wheel = tmp_path / "retentioneering-5.2.4-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("retentioneering/datasets/ecom.csv.gz", b"other")
        with pytest.raises(UserError, match=r"found .* with the SHA-256"):
            ecom_csv(tmp_path)

    def test_a_wheel_without_the_file(self, tmp_path: Path) -> None:
        wheel = tmp_path / "retentioneering-5.2.4-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("other", b"")
        with pytest.raises(UserError, match=r"cannot read .*ecom\.csv\.gz"):
            ecom_csv(tmp_path)

    def test_simulated_people_are_gone(
        self, database: LocalServerAddress, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = (
            b"user_id,session_id,event,timestamp,platform\n"
            b"1,1_1,catalog,2024-01-04 10:00:00,mobile\n"
        )
        monkeypatch.setattr(ecom, "ecom_csv", lambda folder: rows)
        with closing(connect(database.url)) as connection:
            EventWriter().prepare(connection)
            execute(connection, "insert into app.customers (crm_id) values ('c1')")
            connection.commit()
            load_ecom(connection)
        assert query(database, "select count(*) from app.events") == [(1,)]
        assert query(database, "select count(*) from app.customers") == [(0,)]

    def test_all_of_it(self, database: LocalServerAddress) -> None:
        """Skipped unless `make demo DATA=ecom` has downloaded the wheel."""
        with closing(connect(database.url)) as connection:
            try:
                report = load_ecom(connection)
            except UserError as error:
                pytest.skip(str(error))
        assert (report.n_records, report.n_rejected) == (31_106, 0)
        assert query(
            database,
            """
            select count(distinct user_id), count(distinct session_id),
                count(*) - count(distinct (user_id, event_type, occurred_at))
            from app.events
            """,
        ) == [(600, 3605, 30)]
