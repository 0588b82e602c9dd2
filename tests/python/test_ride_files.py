"""Files as programs write them: every line counted, every value read as it is meant."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ride_files import PLAIN, read_rides
from user_states.errors import UserError
from user_states.rides.contract import ColumnType
from user_states.rides.mapping_file import parse_mapping, read_mapping
from user_states.rides.text_formats import TextFormats
from user_states.rides.text_parsing import parse_column

HEADER = "id,user,at,price,note\n"


def row(number: int, note: str = "x") -> str:
    return f"{number},u{number % 3},2024-01-{number:02d}T10:00:00Z,10,{note}\n"


def written(folder: Path, content: str | bytes, name: str = "rides.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


# --- Every line is counted ------------------------------------------------


@pytest.mark.parametrize(
    "note",
    [
        "\"Joe's corner",  # never closed
        '"said \\"no\\""',  # escaped by a backslash, which the mapping does not say
        '"said \\""',
        '"a" b',
        '"""',
    ],
)
@pytest.mark.parametrize("batch_rows", [1, 7, 50_000])
def test_a_bad_quote_costs_its_own_line(
    tmp_path: Path, note: str, batch_rows: int
) -> None:
    rows = [row(n, note if n in (10, 20) else "x") for n in range(1, 29)]
    path = written(tmp_path, HEADER + "".join(rows))
    read = read_rides(path, PLAIN, batch_rows)
    assert read.lines == (29, 26, 2, 1)
    assert [line for line, _, _ in read.rejected] == [11, 21]
    ids = [str(n) for n in range(1, 29) if n not in (10, 20)]
    assert read.values("ride_id") == ids


def test_a_quote_that_closes_many_lines_later_swallows_no_rides(
    tmp_path: Path,
) -> None:
    rows = [row(n) for n in range(1, 29)]
    # As text this is one field of eleven lines; the lines in it are rides.
    rows[9], rows[19] = row(10, '"Joe'), row(20, '12"')
    read = read_rides(written(tmp_path, HEADER + "".join(rows)), PLAIN)
    assert read.lines == (29, 27, 1, 1)
    assert read.rejected == [(11, None, "has a quote that is never closed")]


def test_a_field_over_several_lines_is_one_ride(tmp_path: Path) -> None:
    note = '"12 Main Street\n\nSpringfield, IL, 62704\nDoor 5"'
    content = HEADER + row(1, note) + "\n" + row(2) + "\r\n" + row(3, '"a\rb"')
    read = read_rides(written(tmp_path, content), PLAIN)
    assert read.values("ride_id") == ["1", "2", "3"]
    assert read.lines == (10, 7, 0, 3)


def test_an_escape_of_the_mapping_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + row(1, r'"said \"no\", left"'))
    mapping = PLAIN + 'escape: "\\\\"\n'
    with_note = mapping.replace("price: price", "price: price, city: note")
    assert read_rides(path, with_note).values("city") == ['said "no", left']


def test_quotes_can_be_off_or_others(tmp_path: Path) -> None:
    path = written(tmp_path, 'id\tuser\tat\tprice\n1\t"u\t2024-01-01\t5\n')
    read = read_rides(path, PLAIN + 'delimiter: "\\t"\nquote: ""\n')
    assert read.values("user_id") == ['"u']
    path = written(tmp_path, "id,user,at,price\n1,'a,b',2024-01-01,5\n")
    assert read_rides(path, PLAIN + 'quote: "\'"\n').values("user_id") == ["a,b"]


def test_very_many_open_quotes_are_read_in_seconds(tmp_path: Path) -> None:
    # Each line begins a field that no line closes.
    path = written(tmp_path, HEADER + '1,u,"a","b\n' * 20_000)
    started = time.monotonic()
    assert read_rides(path, PLAIN).lines == (20_001, 0, 20_000, 1)
    assert time.monotonic() - started < 60


def test_a_very_long_field_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + row(1, '"' + "x" * 200_000 + '"'))
    assert read_rides(path, PLAIN).lines == (2, 1, 0, 1)


def test_a_line_that_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    content = ("sep=;\r\n" + HEADER + row(1)).replace(",", ";")
    read = read_rides(written(tmp_path, content), PLAIN + "delimiter: ';'\n")
    assert read.lines == (3, 1, 0, 2)


@pytest.mark.parametrize("titles", ["Rides of\nMarch, 2024\n\n", '"Rides\n","\n\n'])
@pytest.mark.parametrize("batch_rows", [1, 50_000])
def test_titles_above_the_header_are_skipped_and_counted(
    tmp_path: Path, titles: str, batch_rows: int
) -> None:
    path = written(tmp_path, titles + HEADER + row(1) + "\n" + row(2) + "3,u\n")
    read = read_rides(path, PLAIN + "skip_lines: 3\n", batch_rows)
    assert read.values("ride_id") == ["1", "2"]
    assert (read.lines, read.n_skipped_lines) == ((8, 2, 1, 2), 3)
    assert [line for line, _, _ in read.rejected] == [8]


@pytest.mark.parametrize(
    ("content", "skipped", "words"),
    [
        ("Rides of\nMarch\n" + HEADER, 0, "in line 3 of .*in line 1: .*skip_lines: 2`"),
        ('a "quote"\n' + HEADER, 0, "in line 2 of .*in line 1: .*skip_lines: 1`"),
        (HEADER + row(1), 1, "in line 1 of .*in line 2: .*skip_lines: 0`"),
        ("Rides of\nMarch\n" + row(1), 0, "lacks columns .*has the columns Rides of"),
        ("Rides of\nMarch\n", 2, "no line after the 2 that are skipped"),
        ("Rides\n", 2, "no line after the 2 that are skipped"),
    ],
)
def test_a_header_elsewhere_is_an_error(
    tmp_path: Path, content: str, skipped: int, words: str
) -> None:
    with pytest.raises(UserError, match=words):
        read_rides(written(tmp_path, content), f"{PLAIN}skip_lines: {skipped}\n")


@pytest.mark.parametrize("value", ["-1", "101", "two", "1.5", "[1]", '""'])
def test_a_wrong_number_of_lines_to_skip_is_an_error(value: str) -> None:
    with pytest.raises(UserError, match="expected a whole number from 0 to 100"):
        parse_mapping(f"{PLAIN}skip_lines: {value}\n", "map.yml")


def test_times_at_the_ends_of_the_calendar(tmp_path: Path) -> None:
    times = ["9999-12-31 23:59", "9999-12-31 12:00", "0001-01-01", "9999-12-29"]
    lines = [f"{n},u,{time},1,\n" for n, time in enumerate(times)]
    path = written(tmp_path, HEADER + "".join(lines))
    in_new_york = read_rides(path, PLAIN.replace("UTC", "America/New_York"))
    # The first one is in the year 10000 in UTC.
    assert [line for line, _, _ in in_new_york.rejected] == [2]
    assert in_new_york.values("requested_at") == [
        utc("9999-12-31T17:00"), utc("0001-01-01T04:56:02"), utc("9999-12-29T05:00"),
    ]  # fmt: skip
    in_tokyo = read_rides(path, PLAIN.replace("UTC", "Asia/Tokyo"))
    assert [line for line, _, _ in in_tokyo.rejected] == [4]
    assert in_tokyo.values("requested_at")[0] == utc("9999-12-31T14:59")


def test_white_space_around_ids_does_not_count(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "\t1 ,\u00a0u\u2003,2024-01-01,5,x\n")
    read = read_rides(path, PLAIN)
    assert (read.values("ride_id"), read.values("user_id")) == (["1"], ["u"])


# --- Columns that are not read cannot reject ------------------------------


def test_bytes_of_a_column_that_is_not_read_do_not_matter(tmp_path: Path) -> None:
    content = (HEADER + row(1, "café") + row(2)).encode("latin-1")
    assert read_rides(written(tmp_path, content), PLAIN).lines == (3, 2, 0, 1)


def test_bytes_of_a_column_that_is_read_reject_its_row(tmp_path: Path) -> None:
    content = (HEADER + row(1, "café") + row(2)).encode("latin-1")
    mapping = PLAIN.replace("price: price", "price: price, city: note")
    read = read_rides(written(tmp_path, content), mapping)
    assert read.lines == (3, 1, 1, 1)
    assert read.rejected == [(2, None, "has bytes in 'note' that are not utf-8")]
    read = read_rides(written(tmp_path, content), mapping + "encoding: latin-1\n")
    assert read.values("city") == ["café", "x"]


def test_a_file_in_utf_16(tmp_path: Path) -> None:
    path = written(tmp_path, (HEADER + row(1, "Łódź")).encode("utf-16"))
    mapping = PLAIN.replace("price: price", "price: price, city: note")
    read = read_rides(path, mapping + "encoding: utf-16\n")
    assert read.values("city") == ["Łódź"]
    with pytest.raises(UserError, match="write `encoding: utf-16` in the mapping"):
        read_rides(path, mapping)
    # Half a character at the end of a damaged file.
    cut = written(tmp_path, (HEADER + row(1)).encode("utf-16-le") + b"\x31")
    assert read_rides(cut, PLAIN + "encoding: utf-16-le\n").lines == (3, 1, 1, 1)


def test_headers_that_are_not_read_may_be_blank_or_there_twice(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, "id,user,at,price,,,x,x\n1,u,2024-01-01,5,,,,\n")
    assert read_rides(path, PLAIN).lines == (2, 1, 0, 1)
    path = written(tmp_path, "id,user,at,at,price\n1,u,2024-01-01,2024-01-01,5\n")
    with pytest.raises(UserError, match="more than one column named 'at'"):
        read_rides(path, PLAIN)


def test_duplicate_columns_of_parquet(tmp_path: Path) -> None:
    values = [["1"], ["u"], ["2024-01-01"], [5.0]]
    names = ["id", "user", "at", "price"]
    path = tmp_path / "rides.parquet"
    pq.write_table(pa.table([*values, ["x"], ["y"]], [*names, "z", "z"]), path)
    assert read_rides(path, PLAIN).lines == (1, 1, 0, 0)
    pq.write_table(pa.table([*values, ["x"]], [*names, "user"]), path)
    with pytest.raises(UserError, match="more than one column named 'user'"):
        read_rides(path, PLAIN)


def test_very_wide_files_are_read_in_seconds(tmp_path: Path) -> None:
    names = [f"column {n}" for n in range(100_000)]
    started = time.monotonic()
    with pytest.raises(UserError, match="and 99,970 more") as caught:
        read_rides(written(tmp_path, ",".join(names) + "\n1\n"), PLAIN)
    assert len(str(caught.value)) < 10_000
    header = ",".join(["id", "user", "at", "price", *names])
    values = ",".join(["1", "u", "2024-01-01", "5", *["" for _ in names]])
    path = written(tmp_path, f"{header}\n{values}\n")
    assert read_rides(path, PLAIN).lines == (2, 1, 0, 1)
    assert time.monotonic() - started < 20


# --- Times ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("time_format", "text", "moment"),
    [
        (None, "2025-02-12 22:44:54 +0000 UTC", "2025-02-12 22:44:54"),
        (None, "2025-02-12 22:44:54 -0300 UTC", "2025-02-13 01:44:54"),
        (None, "2025-02-12T22:44:54 GMT", "2025-02-12 22:44:54"),
        (None, "0000-01-01", None),
        (None, "9999-12-31 23:59 -0100", None),
        ("d/m/y", "31/01/2024", "2024-01-31"),
        ("d/m/y", "1.2.24 9:05", "2024-02-01 09:05"),
        ("d/m/y", "01-02-2024, 09:05:07.5", "2024-02-01 09:05:07.500000"),
        ("d/m/y", "01/31/2024", None),
        ("d/m/y", "31/02/2024", None),
        ("m/d/y", "1/31/2024 2:15 PM", "2024-01-31 14:15"),
        ("m/d/y", "1/31/2024 12:15:01 a.m.", "2024-01-31 00:15:01"),
        ("m/d/y", "1/31/2024 12:15 pm", "2024-01-31 12:15"),
        ("m/d/y", "1/31/2024 13:15 pm", None),
        ("m/d/y", "1/31/2024 0:15 AM", None),
        ("m/d/y", "1/31/2024 10:00 +0200", "2024-01-31 08:00"),
        ("m/d/y", "31/1/2024", None),
        ("y/m/d", "2024/1/31 24:00", None),
        ("y/m/d", "2024.01.31 7:30", "2024-01-31 07:30"),
        ("epoch seconds", "1706695200", "2024-01-31 10:00"),
        ("epoch seconds", "1706695200.25", "2024-01-31 10:00:00.250000"),
        ("epoch milliseconds", "1706695200001", "2024-01-31 10:00:00.001000"),
        ("epoch microseconds", "1706695200000001", "2024-01-31 10:00:00.000001"),
        ("epoch seconds", "1706695200001000", None),
        ("epoch seconds", "2024-01-31", None),
        ("%d %b %Y, %I:%M %p", "31 Jan 2024, 02:15 PM", "2024-01-31 14:15"),
        ("%d %b %Y %H:%M %z", "31 Jan 2024 02:15 +0100", "2024-01-31 01:15"),
        ("%d %b %Y", "31 Foo 2024", None),
    ],
)
def test_times(time_format: str | None, text: str, moment: str | None) -> None:
    formats = TextFormats(timestamps_in="UTC", time_format=time_format)
    parsed = parse_column(pa.array([text]), ColumnType.TIMESTAMP, formats)
    assert parsed.values.to_pylist() == [utc(moment) if moment else None]
    assert bool(parsed.failures) == (moment is None)


def test_epochs_have_no_need_of_a_zone_and_clocks_do() -> None:
    for time_format, text, is_read in (
        ("epoch seconds", "1706695200", True),
        ("%d %b %Y %H:%M %z", "31 Jan 2024 02:15 +0100", True),
        ("d/m/y", "31/01/2024 10:00Z", True),
        ("d/m/y", "31/01/2024 10:00", False),
        ("%d %b %Y", "31 Jan 2024", False),
    ):
        parsed = parse_column(
            pa.array([text]), ColumnType.TIMESTAMP, TextFormats(time_format=time_format)
        )
        assert parsed.values.is_valid().to_pylist() == [is_read]


def test_date_and_time_in_two_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "user,day,clock\nu,31/01/2024,2:15 PM\nu,1/2/2024 00:00,00:30\nu,2/2/2024,\n"
        "u,,10:00\nu,3/2/2024,noon\n",
    )
    read = read_rides(
        path,
        """
        columns:
          ride_id: {from: file_and_line}
          user_id: user
          requested_at: {columns: [day, clock], format: d/m/y}
        timestamps_in: Asia/Kolkata
        """,
    )
    assert read.values("requested_at") == [
        utc("2024-01-31 08:45"),
        utc("2024-01-31 19:00"),
        utc("2024-02-01 18:30"),
        None,
    ]
    assert read.rejected == [
        (6, "requested_at", "is not a time in the format d/m/y"),
    ]
    # Local clocks give the rides their zone.
    assert set(read.values("time_zone")) == {"Asia/Kolkata"}


def test_a_zone_of_the_mapping_goes_before_that_of_the_clocks(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + row(1))
    text = PLAIN + "constants: {time_zone: Europe/Madrid}\n"
    assert read_rides(path, text).values("time_zone") == ["Europe/Madrid"]
    assert read_rides(path, PLAIN).values("time_zone") == ["UTC"]


# --- Numbers --------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "text", "value"),
    [
        (TextFormats(decimal=","), "9,50", "9.5"),
        (TextFormats(decimal=","), "9.50", None),
        (TextFormats(decimal=",", thousands="."), "-1.234,5", "-1234.5"),
        (TextFormats(decimal=",", thousands="."), "1.23", None),
        (TextFormats(thousands=","), "12,34,567.5", "1234567.5"),
        (TextFormats(thousands=","), "1234.5", "1234.5"),
        (TextFormats(thousands=","), "1,5", None),
        (TextFormats(decimal=",", thousands=" "), "1\u202f234,5", "1234.5"),
        (TextFormats(thousands="'"), "1'234.50", "1234.5"),
        (TextFormats(currency_signs=("$", "US$")), "-US$ 5", "-5"),
        (TextFormats(currency_signs=("€", "EUR")), "5.5 €", "5.5"),
        (TextFormats(currency_signs=("Rs.",)), "Rs. 5", "5"),
        (TextFormats(currency_signs=("€",)), "£5", None),
        (TextFormats(currency_signs=("€",)), "€", None),
        (TextFormats(currency_signs=(".*",)), "5x", None),
    ],
)
def test_numbers(formats: TextFormats, text: str, value: str | None) -> None:
    parsed = parse_column(pa.array([text]), ColumnType.NUMERIC, formats)
    assert parsed.values.to_pylist() == [None if value is None else Decimal(value)]
    assert bool(parsed.failures) == (value is None)


# --- Ids, statuses and prices ---------------------------------------------


def test_ids_of_lines_differ_between_files_and_stay_the_same(tmp_path: Path) -> None:
    mapping = PLAIN.replace("ride_id: id", "ride_id: {from: file_and_line}")
    content = HEADER + row(1) + row(1)
    first, again = (read_rides(written(tmp_path, content), mapping) for _ in range(2))
    other = read_rides(written(tmp_path, content, "other.csv"), mapping)
    ids = first.values("ride_id")
    assert ids == again.values("ride_id")
    assert len({*ids, *other.values("ride_id")}) == 4


def test_ids_of_several_columns(tmp_path: Path) -> None:
    mapping = PLAIN.replace("ride_id: id", "ride_id: {columns: [id, note]}")
    rows = [row(1, "1"), row(1, "1"), row(1, "2"), row(11, ""), "1,u,2024-01-01,5,1\n"]
    ids = read_rides(written(tmp_path, HEADER + "".join(rows)), mapping).values(
        "ride_id"
    )
    assert ids[0] == ids[1] == ids[4]
    assert len(set(ids)) == 3
    # Without any of the values there is no id.
    path = written(tmp_path, HEADER + ",u,2024-01-01,5,\n")
    assert read_rides(path, mapping).values("ride_id") == [None]


def test_statuses_and_payment_modes_are_translated(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "id,user,at,state,paid\n1,u,2024-01-01, Ausgeführt,Bar\n"
        "2,u,2024-01-01,storniert,\n3,u,2024-01-01,offen,Scheck\n",
    )
    read = read_rides(
        path,
        """
        columns:
          ride_id: id
          user_id: user
          requested_at: at
          status: {column: state, values: {ausgeführt: completed, storniert: cancelled}}
          payment_mode: {column: paid, values: {Bar: cash}}
        timestamps_in: UTC
        """,
    )
    assert read.values("status") == ["completed", "cancelled", "offen"]
    assert read.values("payment_mode") == ["cash", None, "Scheck"]


def test_a_log_without_prices_and_statuses(tmp_path: Path) -> None:
    mapping = PLAIN.replace(", price: price", "")
    read = read_rides(written(tmp_path, HEADER + row(1)), mapping)
    assert read.values("price") == [None]
    assert read.values("status") == ["completed"]


# --- Mappings -------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("ride_id: id, ", ""), "neither a column nor a constant for ride_id"),
        (("ride_id: id", "ride_id: {column: id, format: d/m/y}"), "only requested_at"),
        (("requested_at: at", "requested_at: {column: at, format: d/y}"), "m/d/y, "),
        (("requested_at: at", 'requested_at: {column: at, format: "%d %Z"}'), "%H:%M"),
        (("requested_at: at", 'requested_at: {column: at, format: "%Y%Y"}'), "%H:%M"),
        (("requested_at: at", "requested_at: {columns: [a, b, c]}"), "names 3 columns"),
        (("user_id: user", "user_id: {columns: [a, b]}"), "names 2 columns"),
        (("user_id: user", "user_id: {from: file_and_line}"), "only ride_id can be"),
        (("user_id: user", "user_id: {column: [a]}"), "expected the name of a column"),
        (("price: price", "price: {column: p, values: {a: b}}"), "translated values"),
        (("price: price", "price: "), "columns.price is ''"),
        (("price: price", "price: p, price: q"), "the key 'price' twice"),
        (("timestamps_in: UTC", "encoding: utf-9"), "encoding is 'utf-9'"),
        (("timestamps_in: UTC", "encoding: rot13"), "encoding is 'rot13'"),
        (("timestamps_in: UTC", "quote: ','"), "cannot be told apart"),
        (("timestamps_in: UTC", 'delimiter: "\\n"'), "expected one character"),
        (("timestamps_in: UTC", 'quote: "ab"'), 'or "" for none'),
        (("timestamps_in: UTC", "decimal: ';'"), "the mark before the cents"),
        (("timestamps_in: UTC", "thousands: '.'"), "another one than the decimal"),
        (("timestamps_in: UTC", "currency_signs: ['5']"), "stand before or after"),
        (("timestamps_in: UTC", "currency_signs: €"), "expected a list of texts"),
        (("timestamps_in: UTC", "sum_lines: perhaps"), "expected true or false"),
        (("timestamps_in: UTC", 'timestamps_in: "\\ud800"'), "half a character"),
        (("timestamps_in: UTC", "x: &a [*a]"), "is not valid YAML"),
        (("timestamps_in: UTC", "? [a, b]\n: c"), "is not valid YAML"),
        (("timestamps_in: UTC", "constants: {ride_id: 1}"), "file_and_line"),
        (
            ("ride_id: id, user_id: user, requested_at: at", "ride_id: id"),
            "user_id, requested_at",
        ),
        (("timestamps_in: UTC", "\x01: x"), "is not valid YAML"),
    ],
)
def test_mistakes_in_a_mapping_are_named(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = written(tmp_path, HEADER + row(1))
    assert change[0] in PLAIN
    text = PLAIN.replace(*change)
    if "constants: {ride_id" in text:
        text = text.replace("ride_id: id, ", "")
    with pytest.raises(UserError) as caught:
        read_rides(path, text)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_a_mapping_of_very_many_levels_is_refused() -> None:
    with pytest.raises(UserError, match="nested too deeply"):
        parse_mapping("- " * 5_000 + "x", "map.yml")


def test_a_mapping_is_a_short_file_of_text(tmp_path: Path) -> None:
    for content, words in (
        (b"#" * 2_000_000, "give the rides as RIDES"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
    ):
        with pytest.raises(UserError, match=words):
            read_mapping(written(tmp_path, content, "map.yml"))


def test_a_constant_time_is_refused(tmp_path: Path) -> None:
    text = PLAIN.replace("requested_at: at, ", "") + "constants: {requested_at: now}"
    with pytest.raises(UserError, match="gives all rows the same value"):
        read_rides(written(tmp_path, HEADER + row(1)), text)


def test_values_that_other_yaml_would_change_stay_text(tmp_path: Path) -> None:
    path = written(tmp_path, "id,user,at,1\n1,u,2024-01-01,null\n")
    text = """
    columns: {ride_id: id, user_id: user, requested_at: at, city: 1}
    constants: {country: NO, app_version: 1.10}
    null_values: [null]
    timestamps_in: UTC
    """
    read = read_rides(path, text)
    assert read.values("country") == ["NO"]
    assert read.values("app_version") == ["1.10"]
    assert read.values("city") == [None]
