"""Files and mappings of any content end in success or in a clear error.

CI tries a few of each kind. `make fuzz` tries more than ten thousand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generated_inputs import assert_clear, generated
from ride_files import PLAIN, read_rides
from user_states.errors import UserError
from user_states.rides.contract import RIDES
from user_states.rides.mapping_file import KEYS, parse_mapping, read_mapping
from user_states.rides.proposing.proposal import propose_mapping
from user_states.rides.text_formats import DATE_ORDERS, EPOCHS

# --- Files ----------------------------------------------------------------

LINE_ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"])
PIECES = st.sampled_from(
    [
        "a", "1", "-1", "1e9", "1e400", "nan", '"', '""', '\\"', ",", ";", "\t", "'",
        "é", "\x00", "\ufeff", "\u2028", " ", "5,50", "€", "2024-01-01",
        "2024-01-01T10:00:00Z", "31/12/2023 1:00 PM", "0000-01-01", "9999-12-31 23:59",
        "1706695200", "99999999999999999999", "True", "completed", "\\",
    ]
)  # fmt: skip
FIELDS = st.lists(PIECES, max_size=4).map("".join)
QUOTED_FIELDS = st.one_of(
    FIELDS, st.lists(st.one_of(PIECES, LINE_ENDS)).map(lambda p: f'"{"".join(p)}"')
)
MESSY_LINES = st.lists(QUOTED_FIELDS, max_size=6).map(",".join)
GOOD_LINES = st.integers(1, 28).map(
    lambda n: f"{n},u{n % 3},2024-01-{n:02d},{n}.5,note"
)
LINES = st.tuples(st.one_of(GOOD_LINES, MESSY_LINES, st.just("")), LINE_ENDS).map(
    "".join
)
TITLES = st.sampled_from(
    ["", "", "", "Rides\n", 'Rides,,,,\n\n"of 5"" in\n', "sep=,\n"]
)
CSV_TEXTS = st.tuples(TITLES, st.lists(LINES, max_size=12)).map(
    lambda parts: parts[0] + "id,user,at,price,note\n" + "".join(parts[1])
)
CSV_BYTES = st.one_of(
    CSV_TEXTS.map(str.encode),
    CSV_TEXTS.map(lambda text: text.encode("latin-1", "replace")),
    CSV_TEXTS.map(lambda text: text.encode("utf-16")),
    st.tuples(CSV_TEXTS.map(str.encode), st.binary(max_size=60)).map(b"".join),
    st.binary(max_size=300),
)
MAPPINGS = st.sampled_from(
    [
        PLAIN,
        PLAIN + "encoding: latin-1\n",
        PLAIN + "encoding: utf-16\n",
        PLAIN + "encoding: shift_jis\n",
        PLAIN + 'quote: ""\n',
        PLAIN + 'quote: "\'"\n',
        PLAIN + 'escape: "\\\\"\n',
        PLAIN + "skip_lines: 1\n",
        PLAIN + 'decimal: ","\nthousands: "."\ncurrency_signs: ["€"]\n',
        PLAIN.replace("UTC", "America/New_York"),
        PLAIN.replace("requested_at: at", "requested_at: {column: at, format: d/m/y}"),
        PLAIN.replace("requested_at: at", "requested_at: {columns: [at, note]}"),
        PLAIN.replace(
            "requested_at: at", "requested_at: {column: at, format: epoch seconds}"
        ),
        PLAIN.replace(
            "requested_at: at", 'requested_at: {column: at, format: "%Y-%m-%d"}'
        ),
        PLAIN.replace("ride_id: id", "ride_id: {columns: [id, note]}"),
        PLAIN.replace("ride_id: id", "ride_id: {from: file_and_line}"),
        PLAIN.replace(
            "price: price",
            "price: price, city: note, coupon_count: price,"
            " is_painful_cancellation: id,"
            " status: {column: note, values: {note: completed}}",
        ),
    ]
)


def lines_of(content: bytes, encoding: str) -> int:
    """Return the lines of a file, counted in another way than the reader does."""
    text = content.decode(encoding, "replace")
    return len(re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@generated
@given(content=CSV_BYTES, mapping=MAPPINGS)
def test_every_line_of_any_file_is_counted(
    folder: Path, content: bytes, mapping: str
) -> None:
    path = folder / "rides.csv"
    path.write_bytes(content)
    try:
        read = read_rides(path, mapping)
    except UserError as error:
        assert_clear(error)
        return
    encoding = parse_mapping(mapping, "map.yml").encoding
    assert read.lines[0] == lines_of(content, encoding)
    numbers = [number for number, _, _ in read.rejected]
    assert len(set(numbers)) == len(numbers)
    assert all(0 < number <= read.lines[0] for number in numbers)
    # However a file is cut into batches, the same is read.
    for batch_rows in (1, 3):
        assert read_rides(path, mapping, batch_rows) == read


@generated
@given(
    before=st.lists(GOOD_LINES, max_size=4),
    bad=st.sampled_from(
        ['7,u,2024-01-07,7,"x', '7,u,2024-01-07,7,"x\\""', "7,u", '7,"']
    ),
    after=st.lists(GOOD_LINES, min_size=1, max_size=6),
)
def test_reading_goes_on_at_the_line_after_a_bad_one(
    folder: Path, before: list[str], bad: str, after: list[str]
) -> None:
    path = folder / "rides.csv"
    path.write_text("\n".join(["id,user,at,price,note", *before, bad, *after]), "utf-8")
    read = read_rides(path, PLAIN)
    assert read.values("ride_id") == [line.split(",")[0] for line in [*before, *after]]
    assert [number for number, _, _ in read.rejected] == [len(before) + 2]


@generated
@given(content=CSV_BYTES)
def test_a_mapping_is_proposed_for_any_file(folder: Path, content: bytes) -> None:
    path = folder / "rides.csv"
    path.write_bytes(content)
    try:
        proposal = propose_mapping(path, "map.yml")
    except UserError as error:
        assert_clear(error)
        return
    proposal.text.encode()
    if proposal.is_complete:
        read = read_rides(path, proposal.text)
        assert proposal.preview
        assert read.lines[0] == sum(read.lines[1:]) + read.n_skipped_lines


# --- Mappings -------------------------------------------------------------

SCALARS = st.one_of(
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.binary(max_size=6),
    st.sampled_from(
        [*RIDES.names, *KEYS, *DATE_ORDERS, *EPOCHS, "id", "user", "at", "UTC", ","]
    ),
)
VALUES: st.SearchStrategy[Any] = st.deferred(
    lambda: st.one_of(
        SCALARS,
        st.lists(VALUES, max_size=3),
        st.dictionaries(SCALARS, VALUES, max_size=3),
    )
)
COLUMNS = st.fixed_dictionaries(
    {
        "ride_id": st.sampled_from(["id", {"columns": ["id", "at"]}]),
        "user_id": st.just("user"),
        "requested_at": st.just("at"),
    },
    optional={
        name: st.one_of(
            VALUES,
            st.fixed_dictionaries(
                {},
                optional={
                    "column": st.one_of(st.just("note"), VALUES),
                    "columns": VALUES,
                    "values": VALUES,
                    "format": st.one_of(st.sampled_from([*DATE_ORDERS]), VALUES),
                    "true": SCALARS,
                    "false": SCALARS,
                    "from": SCALARS,
                },
            ),
        )
        for name in (*RIDES.names, "fare")
        if name not in ("ride_id", "user_id", "requested_at")
    },
)
CONSTANTS = st.dictionaries(st.sampled_from(RIDES.names), SCALARS, max_size=3)
NEARLY_RIGHT = st.fixed_dictionaries(
    {"columns": st.one_of(COLUMNS, COLUMNS, VALUES)},
    optional={
        "constants": st.one_of(CONSTANTS, VALUES),
        "timestamps_in": st.one_of(st.just("UTC"), SCALARS),
        **{key: st.one_of(SCALARS, VALUES) for key in KEYS[3:]},
    },
)


def as_yaml(content: Any) -> str:
    return yaml.safe_dump(content, allow_unicode=True)


MAPPING_TEXTS = st.one_of(
    st.text(max_size=80),
    VALUES.map(as_yaml),
    NEARLY_RIGHT.map(as_yaml),
    NEARLY_RIGHT.map(as_yaml),
    st.tuples(st.just(PLAIN), st.text(max_size=30)).map("".join),
    st.lists(
        st.sampled_from(
            ["columns", ":", "\n", " ", "- ", "[", "{", "&a", "*a", "!!", "? ", "'",
             '"', "\\ud800", "<<", "|", ">", "%", "ride_id", "2024-13-45", "0x", "~"]
        ),
        max_size=20,
    ).map("".join),
)  # fmt: skip


@generated
@given(text=MAPPING_TEXTS)
def test_a_mapping_of_any_content_is_read_or_refused(folder: Path, text: str) -> None:
    path = folder / "rides.csv"
    path.write_text("id,user,at,price,note\n1,u,2024-01-01 10:00,5,x\n", "utf-8")
    mapping_path = folder / "map.yml"
    mapping_path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read = read_rides(path, read_mapping(mapping_path))
    except UserError as error:
        assert_clear(error)
        return
    assert read.lines[0] == 2
