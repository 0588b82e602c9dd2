"""The lists of this week as files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from conftest import run_as_admin
from user_states.commands.audience_files import HEADER, write_audience_files
from user_states.errors import UserError
from user_states.privacy.user_files import remove_from_files
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query


def lists(folder: Path) -> dict[str, list[dict[str, str]]]:
    found = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def test_each_audience_has_a_file_that_only_its_owner_can_read(
    published_warehouse: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    folder = tmp_path / "audiences"
    folder.mkdir()
    header = ",".join(HEADER)
    (folder / "an_old_list.csv").write_text(f"{header}\nu1,,,,,,\n", "utf-8")
    of_an_earlier_version = ",".join(HEADER[:5])
    (folder / "older.csv").write_text(f"{of_an_earlier_version}\n", "utf-8")
    (folder / "of_somebody.csv").write_text("user_id\nu1\n", "utf-8")
    paths = write_audience_files(project, folder)
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert [path.stem for path in paths] == [
        "likely_to_lapse",
        "new_regulars",
        "ready_to_ride",
        "win_back",
    ]
    found = lists(folder)
    assert found.pop("of_somebody") == [{"user_id": "u1"}]
    assert set(found) == {path.stem for path in paths}
    expected = query(
        published_warehouse,
        """
        select
            audience, user_id, state_name, round(expected_rides_4_weeks::numeric, 2),
            to_char(suggested_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            coalesce(crm_id, '')
        from marts.audience_lists where list_status = 'write'
        """,
    )
    assert len(expected) > 20
    assert {
        (
            audience,
            row["user_id"],
            row["state_name"],
            row["expected_rides_4_weeks"],
            row["suggested_at"],
            row["crm_id"],
        )
        for audience, rows in found.items()
        for row in rows
    } == {(*row[:3], f"{row[3]:.2f}", *row[4:]) for row in expected}
    everyone = [row for rows in found.values() for row in rows]
    # Spend is known as well, and there is a moment for everyone.
    assert all(row["expected_spend_4_weeks"] for row in everyone)
    assert all(row["suggested_moment"] for row in everyone)
    held_out = query(
        published_warehouse,
        "select user_id from marts.audiences where is_holdout and left_at is null",
    )
    assert held_out
    assert not {user for (user,) in held_out} & {row["user_id"] for row in everyone}


def test_a_paused_audience_has_a_file_without_rows(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_as_admin(
        published_warehouse,
        "update marts.audience_lists set list_status = 'paused' "
        "where audience = 'win_back' and list_status = 'write'",
        "update marts.audience_summary set n_paused = n_users_to_write, "
        "is_paused = true, why_paused = 'No effect was found.' "
        "where audience = 'win_back'",
    )
    ((n_users,),) = query(
        published_warehouse,
        "select n_paused from marts.audience_summary where audience = 'win_back'",
    )
    with caplog.at_level("INFO", logger="user_states"):
        write_audience_files(project, tmp_path)
    assert lists(tmp_path)["win_back"] == []
    found = f"paused: no effect was found ({n_users:,} users)"
    assert any(found in message for message in caplog.messages)


def test_a_name_that_is_no_file_name_is_refused(
    published_warehouse: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    run_as_admin(
        published_warehouse,
        "update marts.audience_summary set audience = '../mine' "
        "where audience = 'win_back'",
    )
    with pytest.raises(UserError, match=r"found the audience '\.\./mine'"):
        write_audience_files(project, tmp_path / "audiences")
    assert not list(tmp_path.rglob("*.csv"))


def test_an_id_with_quotes_is_forgotten_in_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    path = folder / "target/audiences/win_back.csv"
    path.parent.mkdir(parents=True)
    path.write_text('user_id\n"o""hara"\n', "utf-8")
    assert remove_from_files('o"har', tmp_path / "page", folder) == []
    assert remove_from_files('o"hara', tmp_path / "page", folder) == [path]
    assert not path.exists()
