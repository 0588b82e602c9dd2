"""`make map`: a mapping for a file of which nothing is known, as far as it tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import propose_mapping as script
from ride_files import ReadRides, read_rides
from user_states.errors import UserError
from user_states.rides.proposing.proposal import Proposal, propose_mapping

N_ROWS = 60


def moments() -> list[dt.datetime]:
    """Return times in the first three months of a year, in order."""
    start = dt.datetime(2024, 1, 3, 8, 15, tzinfo=dt.UTC)
    return [start + dt.timedelta(hours=35 * n) for n in range(N_ROWS)]


def proposed(
    folder: Path,
    header: str,
    row: Callable[[int, dt.datetime], str],
    encoding: str = "utf-8",
) -> tuple[Proposal, ReadRides]:
    """Write a file, and return what is proposed and what is read by it."""
    rows = [row(n, moment) for n, moment in enumerate(moments())]
    path = folder / "export.csv"
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    proposal = propose_mapping(path, "mapping.yml")
    assert proposal.is_complete
    return proposal, read_rides(path, proposal.text)


def test_the_trip_history_of_a_ride_app(tmp_path: Path) -> None:
    proposal, read = proposed(
        tmp_path,
        "City,Trip or Order Status,Request Time,Dropoff Time,Dropoff Address,"
        "Fare Amount,Fare Currency",
        lambda n, moment: (
            f"São Paulo,{'CANCELED' if n % 5 == 0 else 'COMPLETED'},"
            f"{moment:%Y-%m-%d %H:%M:%S} +0000 UTC,{moment:%Y-%m-%d %H:%M} +0000 UTC,"
            f'"R. A, 12\nSão Paulo, SP",{n}.5,BRL'
        ),
    )
    assert read.lines == (2 * N_ROWS + 1, 2 * N_ROWS, 0, 1)
    assert read.values("requested_at") == moments()
    assert set(read.values("user_id")) == {"one user"}
    assert len(set(read.values("ride_id"))) == N_ROWS
    assert read.values("status")[:2] == ["cancelled", "COMPLETED"]
    assert set(read.values("currency")) == {"BRL"}
    questions = " ".join(proposal.questions)
    assert "no column of users was found" in questions
    assert "no column of ids was found" in questions


def test_the_trips_of_a_company(tmp_path: Path) -> None:
    proposal, read = proposed(
        tmp_path,
        "Trip ID,Request Date (Local),Request Time (Local),Email,Fare in Local "
        "Currency,Local Currency Code,,",
        lambda n, moment: (
            f"t{n},{moment:%m/%d/%Y},{moment:%I:%M %p},u{n % 7}@example.org,{n},USD,,"
        ),
    )
    assert read.values("requested_at") == moments()
    assert read.values("ride_id") == [f"t{n}" for n in range(N_ROWS)]
    assert len(set(read.values("user_id"))) == 7
    assert read.values("price") == list(range(N_ROWS))
    assert "in which time zone are these clocks?" in proposal.questions


def test_order_lines_of_a_spreadsheet(tmp_path: Path) -> None:
    proposal, read = proposed(
        tmp_path,
        "Order ID,Order Date,Customer ID,Quantity,Unit Price,Sales",
        lambda n, moment: "\n".join(
            f"A-{n},{moment.month}/{moment.day}/{moment.year},"
            f'c{n % 9},2,$1,"$1,{n:03d}.5"'
            for _ in range(1 + n % 3)
        ),
    )
    assert "sum_lines: true" in proposal.text
    assert 'price: "Sales"' in proposal.text
    assert max(read.values("price")) == pytest.approx(1059.5)
    assert len(set(read.values("ride_id"))) == N_ROWS
    assert not read.rejected


def test_a_log_with_commas_in_numbers_and_another_encoding(tmp_path: Path) -> None:
    proposal, read = proposed(
        tmp_path,
        "Fahrtnummer;Kunde;Bestelldatum;Zustand;Fahrpreis;Zahlungsart;Straße",
        lambda n, moment: (
            f"{n};K{n % 7};{moment:%d.%m.%Y %H:%M};"
            f"{'storniert' if n % 5 == 0 else 'ausgeführt'};1.0{n:02d},50 €;"
            f"{'bar' if n % 2 else 'Kreditkarte'};Königsallee"
        ),
        encoding="cp1252",
    )
    assert read.values("requested_at") == moments()
    assert read.values("status")[:2] == ["cancelled", "completed"]
    assert read.values("payment_mode")[:2] == ["card", "cash"]
    assert float(read.values("price")[7]) == 1007.5
    assert set(read.values("currency")) == {"EUR"}
    assert read.lines == (N_ROWS + 1, N_ROWS, 0, 1)
    assert 'encoding: "cp1252"' in proposal.text


@pytest.mark.parametrize("unit", [1, 1000, 1_000_000])
def test_events_with_epochs(tmp_path: Path, unit: int) -> None:
    proposal, read = proposed(
        tmp_path,
        "user_id\tsession_id\tevent\tts\tplatform\tvalue",
        lambda n, moment: (
            f"u{n % 7}\ts{n // 2}\t{'purchase' if n % 3 == 0 else 'open'}\t"
            f"{int(moment.timestamp()) * unit}\tios\t{n if n % 3 == 0 else ''}"
        ),
    )
    assert read.values("requested_at") == moments()
    assert read.values("status")[:2] == ["completed", "open"]
    assert len(set(read.values("ride_id"))) == N_ROWS
    assert any(
        "neither completed nor cancelled: 'open'" in q for q in proposal.questions
    )


@pytest.mark.parametrize(
    ("titles", "n_lines"),
    [
        ("Rides of our company,\nJanuary to March\n\n", 3),
        # A spreadsheet writes delimiters to the end.
        ("Rides,,,\nfrom,2024-01-01,,\n", 2),
    ],
)
def test_titles_above_the_header(tmp_path: Path, titles: str, n_lines: int) -> None:
    proposal, read = proposed(
        tmp_path,
        titles + "id,user,date,price",
        lambda n, moment: f"{n},u{n % 7},{moment:%Y-%m-%d %H:%M},{n}",
    )
    assert f"skip_lines: {n_lines}" in proposal.text
    assert read.values("requested_at") == moments()
    assert read.lines == (N_ROWS + 1 + n_lines, N_ROWS, 0, 1)
    assert read.n_skipped_lines == n_lines


def test_no_ride_is_taken_for_the_header(tmp_path: Path) -> None:
    path = tmp_path / "short_header.csv"
    rows = [f"{n},u{n % 5},2024-01-{n + 1:02d},{n}" for n in range(20)]
    path.write_text("\n".join(["id,user,date", *rows]), encoding="utf-8")
    with pytest.raises(UserError, match="found a header and no rows"):
        propose_mapping(path, "mapping.yml")


def test_a_parquet_file(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "trip_id": range(N_ROWS),
            "rider": [f"u{n % 7}" for n in range(N_ROWS)],
            "requested_at": pd.to_datetime(moments()),
            "is_cancelled": [n % 5 == 0 for n in range(N_ROWS)],
            "fare": [n / 2 for n in range(N_ROWS)],
        }
    )
    path = tmp_path / "rides.parquet"
    frame.to_parquet(path)
    read = read_rides(path, propose_mapping(path, "mapping.yml").text)
    assert read.values("requested_at") == moments()
    assert read.values("status")[:2] == ["cancelled", "completed"]


def test_day_and_month_are_told_apart_by_the_order_of_the_log(tmp_path: Path) -> None:
    days = [dt.date(2024, month, day) for month in range(1, 13) for day in (1, 5, 11)]
    for pattern in ("%d/%m/%Y", "%m/%d/%Y"):
        path = tmp_path / "log.csv"
        rows = [f"{n},u{n % 5},{day:{pattern}}" for n, day in enumerate(days)]
        path.write_text("\n".join(["id,user,date", *rows]), encoding="utf-8")
        proposal = propose_mapping(path, "mapping.yml")
        read = read_rides(path, proposal.text)
        assert [moment.date() for moment in read.values("requested_at")] == days
        assert any("other way round" in question for question in proposal.questions)


def test_names_that_yaml_would_change_are_written_safely(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    names = ["yes: #id", "user \\ 'x'", "date"]
    rows = [f"{n},u{n % 5},2024-01-{n + 1:02d}" for n in range(20)]
    path.write_text("\n".join([",".join(names), *rows]), encoding="utf-8")
    read = read_rides(path, propose_mapping(path, "mapping.yml").text)
    assert read.values("ride_id")[:2] == ["0", "1"]
    assert read.values("user_id")[:2] == ["u0", "u1"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"a,b\n", "a header and no rows"),
        (b"a\n1\n", "found one column"),
        (b"PK\x03\x04 a spreadsheet", "save a spreadsheet as CSV"),
    ],
)
def test_files_without_rides_are_refused(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=words):
        propose_mapping(path, "mapping.yml")


# --- The command line -----------------------------------------------------


def test_the_command_writes_a_mapping_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{n},u{n % 5},2024-01-{n + 1:02d},{n}" for n in range(20)]
    text = "\n".join(["id,user,date,price", *rows])
    (tmp_path / "rides.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["propose_mapping.py", "rides.csv"])
    script.main()
    shown = capsys.readouterr().out
    assert "the first 20 rows: 20 would load, 0 would be rejected" in shown
    # Five rides, and no sixth.
    assert "2024-01-05 00:00:00Z" in shown
    assert "2024-01-06 00:00:00Z" not in shown

    mapping = tmp_path / "mapping.yml"
    mapping.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="add FORCE=1"):
        script.main()
    assert mapping.read_text(encoding="utf-8") == "mine"
    monkeypatch.setattr("sys.argv", ["propose_mapping.py", "rides.csv", "--force"])
    script.main()
    assert "columns:" in mapping.read_text(encoding="utf-8")


def test_a_file_without_times_gives_a_mapping_with_a_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rides.csv").write_text("id,user\n1,u\n2,u\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["propose_mapping.py", "rides.csv"])
    with pytest.raises(UserError, match="found no column of times"):
        script.main()
    text = (tmp_path / "mapping.yml").read_text(encoding="utf-8")
    assert "# ? no column of times was found" in text
    assert "# requested_at:" in text
