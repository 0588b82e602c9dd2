"""The contract's tables, and when a load may empty one."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from user_states.errors import UserError
from user_states.rides.contract import (
    REJECTED_ROWS,
    RIDES,
    USERS,
    ColumnType,
    TableSpec,
)
from user_states.rides.landing import append, is_marked, landing, prepare_table
from user_states.rides.simulated_world import COUNTRIES, TEST_ACCOUNTS
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.server import LocalServerAddress

SEEDS = Path(__file__).parents[2] / "seeds"

# As the README and the design state it: name, type, whether it is required.
STATED_RIDES = [
    ("ride_id", "text", True),
    ("user_id", "text", True),
    ("requested_at", "timestamp with time zone", True),
    ("status", "text", True),
    ("price", "numeric", True),
    ("time_zone", "text", False),
    ("currency", "text", False),
    ("payment_mode", "text", False),
    ("platform", "text", False),
    ("app_version", "text", False),
    ("country", "text", False),
    ("city", "text", False),
    ("cancel_reason", "text", False),
    ("is_painful_cancellation", "boolean", False),
    ("surge_multiplier", "numeric", False),
    ("estimated_price", "numeric", False),
    ("coupon_count", "integer", False),
    ("stopover_count", "integer", False),
]


@pytest.fixture
def connection(database: LocalServerAddress) -> Iterator[Connection]:
    with closing(connect(database.url)) as connection:
        yield connection


def prepare_rides(connection: Connection, *, replace: bool = False) -> None:
    prepare_table(connection, RIDES, "app", "rides", writer="a test", replace=replace)


def load_ride_ids(
    connection: Connection, *ride_ids: str, replace: bool = False
) -> None:
    """Load rides that only have an id."""
    rows = [{"ride_id": ride_id} for ride_id in ride_ids]
    with landing(connection):
        prepare_rides(connection, replace=replace)
        batch = pa.RecordBatch.from_pylist(rows, RIDES.arrow_schema)
        append(connection, "app", "rides", batch)


def loaded_ride_ids(connection: Connection) -> list[str]:
    rows = fetch_all(connection, "select ride_id from app.rides order by ride_id")
    return [ride_id for (ride_id,) in rows]


def test_the_table_of_rides_has_the_stated_columns(connection: Connection) -> None:
    with landing(connection):
        prepare_rides(connection)
    found = fetch_all(
        connection,
        "select column_name::text, data_type::text, is_nullable::text"
        " from information_schema.columns where table_schema = 'app'"
        " order by ordinal_position",
    )
    assert found == [(name, sql_type, "YES") for name, sql_type, _ in STATED_RIDES]
    assert RIDES.required_names == [name for name, _, must in STATED_RIDES if must]


@pytest.mark.parametrize("spec", [RIDES, USERS, REJECTED_ROWS])
def test_every_table_can_be_created_and_emptied_again(
    connection: Connection, spec: TableSpec
) -> None:
    row = dict.fromkeys(spec.names)
    for _ in range(2):
        with landing(connection):
            prepare_table(connection, spec, "place", "thing", writer="a test")
            batch = pa.RecordBatch.from_pylist([row], spec.arrow_schema)
            append(connection, "place", "thing", batch)
    assert fetch_all(connection, "select count(*) from place.thing") == [(1,)]


def test_values_of_every_type_arrive_as_they_are(connection: Connection) -> None:
    moment = dt.datetime(2024, 3, 31, 1, 0, 0, 123456, dt.UTC)
    prices = ["0.01", "-77183.6", "0", "10000", "100000000", "0.000001", "9999.99"]
    prices += ["999999999999.999999", "-0.5", "1e4"]
    rows = [
        {
            "ride_id": "Ñandú 'x' \\ \n",
            "requested_at": moment,
            "price": decimal.Decimal(price).quantize(decimal.Decimal("1.000000")),
            "is_painful_cancellation": True,
            "coupon_count": 2**31 - 1,
        }
        for price in prices
    ]
    with landing(connection):
        prepare_rides(connection)
        batch = pa.RecordBatch.from_pylist(rows, RIDES.arrow_schema)
        append(connection, "app", "rides", batch)
    found = fetch_all(
        connection,
        "select ride_id, requested_at, price, is_painful_cancellation, coupon_count,"
        " city from app.rides",
    )
    assert [decimal.Decimal(row[2]) for row in found] == [
        decimal.Decimal(price) for price in prices
    ]
    assert {(*row[:2], *row[3:]) for row in found} == {
        ("Ñandú 'x' \\ \n", moment, True, 2**31 - 1, None)
    }


def test_dates_and_floats_arrive_as_they_are(connection: Connection) -> None:
    execute(connection, "create table dated (day date, share double precision)")
    batch = pa.record_batch(
        [
            pa.array([dt.date(2024, 1, 1)], ColumnType.DATE.arrow),
            pa.array([0.1], ColumnType.FLOAT.arrow),
        ],
        names=["day", "share"],
    )
    append(connection, "public", "dated", batch)
    assert fetch_all(connection, "select * from dated") == [(dt.date(2024, 1, 1), 0.1)]


def test_a_table_that_the_company_filled_is_not_emptied(connection: Connection) -> None:
    execute(connection, "create schema app")
    execute(connection, RIDES.create_sql("app", "rides"))
    execute(connection, "insert into app.rides (ride_id) values ('theirs')")
    connection.commit()
    with pytest.raises(
        UserError, match=r"app\.rides, which .* did not write.*--replace"
    ):
        load_ride_ids(connection, "new")
    assert loaded_ride_ids(connection) == ["theirs"]

    load_ride_ids(connection, "new", replace=True)
    assert loaded_ride_ids(connection) == ["new"]
    assert is_marked(connection, "app", "rides")
    load_ride_ids(connection, "newer")
    assert loaded_ride_ids(connection) == ["newer"]


def test_a_view_in_the_place_of_the_table_is_refused(connection: Connection) -> None:
    execute(connection, "create schema app")
    columns = ", ".join(f"null::{sql} as {name}" for name, sql, _ in STATED_RIDES)
    execute(connection, f"create view app.rides as select {columns}")
    connection.commit()
    with pytest.raises(UserError, match=r"app\.rides, which .* did not write"):
        load_ride_ids(connection, "new")
    with pytest.raises(UserError, match=r'"rides" is not a table'):
        load_ride_ids(connection, "new", replace=True)


def test_a_view_on_the_table_survives_a_load(connection: Connection) -> None:
    load_ride_ids(connection, "old")
    execute(connection, "create view app.seen as select ride_id from app.rides")
    connection.commit()
    load_ride_ids(connection, "new")
    assert fetch_all(connection, "select ride_id from app.seen") == [("new",)]


def test_a_table_of_another_shape_is_refused(connection: Connection) -> None:
    execute(connection, "create schema app")
    execute(connection, "create table app.rides (ride_id text, price text)")
    connection.commit()
    with pytest.raises(UserError, match=r"app\.rides without .*price numeric"):
        load_ride_ids(connection, "new", replace=True)


def test_a_full_disk_is_a_user_error_and_keeps_the_old_rows(
    connection: Connection,
) -> None:
    load_ride_ids(connection, "old")
    execute(
        connection,
        "create function app.full_disk() returns trigger language plpgsql as $$"
        " begin raise 'no space left' using errcode = '53100'; end $$",
    )
    execute(
        connection,
        "create trigger full_disk before insert on app.rides"
        " for each row execute function app.full_disk()",
    )
    connection.commit()
    with pytest.raises(UserError, match=r"no space left.*Nothing was changed"):
        load_ride_ids(connection, "new")
    assert loaded_ride_ids(connection) == ["old"]


def test_an_interrupt_keeps_the_old_rows(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_ride_ids(connection, "old")

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(connection, "commit", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load_ride_ids(connection, "new")
    assert loaded_ride_ids(connection) == ["old"]


def test_the_seed_excludes_the_test_accounts() -> None:
    with (SEEDS / "excluded_users.csv").open(newline="") as file:
        excluded = {row["user_id"] for row in csv.DictReader(file)}
    assert excluded == set(TEST_ACCOUNTS)


def test_there_is_one_rate_a_month_for_each_currency_of_the_simulator() -> None:
    with (SEEDS / "exchange_rates.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["currency"], row["valid_from"]) for row in rows]
    assert len(keys) == len(set(keys))
    assert all(float(row["units_per_eur"]) > 0 for row in rows)
    months = sorted({month for _, month in keys})
    assert months[0] == "2005-01-01"
    assert all(month.endswith("-01") for month in months)
    first, last = (dt.date.fromisoformat(month) for month in (months[0], months[-1]))
    assert len(months) == (last.year - first.year) * 12 + last.month
    # Some of the simulator's currencies begin later, but all before its first week.
    for currency in {country.currency for country in COUNTRIES} | {"EUR", "USD"}:
        of_currency = [month for name, month in keys if name == currency]
        assert of_currency == months[-len(of_currency) :]
        assert of_currency[0] <= "2010-01-01"
