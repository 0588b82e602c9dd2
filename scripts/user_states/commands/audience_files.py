"""The lists of this week as files: of audiences, cohorts, segments and drop-offs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import logging
import re
from collections.abc import Sequence
from pathlib import Path

from user_states.errors import UserError
from user_states.marts.audience_rows import (
    LIST_COLUMNS,
    AudienceListRow,
    AudienceSummaryRow,
)
from user_states.marts.customer_list_rows import (
    CUSTOMER_FOLDERS,
    CustomerListRow,
    customer_list_file,
)
from user_states.marts.log_words import LogWords
from user_states.marts.mart_reader import read_marts
from user_states.project_folder import PROJECT_FOLDER
from user_states.warehouse.dbt_project import DbtProject
from user_states.written_files import PRIVATE, write_file

logger = logging.getLogger("user_states")

DEFAULT_FOLDER = PROJECT_FOLDER / "target" / "audiences"
HEADER = tuple(LIST_COLUMNS)

CUSTOMER_HEADER = ("customer_id", "user_id", "crm_id", "since_at", "list_title")

# Files of earlier versions begin with the same columns.
N_FIRST_COLUMNS = 5


def write_audience_files(
    project: DbtProject, folder: Path = DEFAULT_FOLDER, mode: int = PRIVATE
) -> list[Path]:
    """Write a CSV file for each audience, and log how many users each has.

    Lists of customers, by cohort, segment and drop-off, are in folders of their own.

    Held-out users are in no file, and nobody is in two. An audience without users, or
    whose list is paused, gets a file without rows. The file of an audience that is gone
    is removed, so that no old list stays there.

    Parameters
    ----------
    project : DbtProject
    folder : Path
    mode : int
        Permissions of the files.

    Returns
    -------
    list of Path
        The files, in the order of the audiences' priorities.

    Raises
    ------
    UserError
        If a mart has not been built, or the name of an audience makes no file name.
    """
    marts = read_marts(project, [AudienceSummaryRow, AudienceListRow, CustomerListRow])
    words = LogWords(project.vars["log_words"])
    summaries = marts.rows(AudienceSummaryRow)
    for row in summaries:
        _check_name(row.audience)
    members = marts.rows(AudienceListRow)
    paths = []
    for row in summaries:
        listed = [m for m in members if m.audience == row.audience]
        path = folder / f"{row.audience}.csv"
        write_file(path, _as_csv(listed), mode)
        paths.append(path)
        title = words.within(row.title)
        logger.info("%s: %s: %s", title, _as_words(row, len(listed)), path)
    _remove_old_lists(folder, paths)
    write_customer_lists(marts.rows(CustomerListRow), folder, mode)
    return paths


def write_customer_lists(
    rows: Sequence[CustomerListRow], folder: Path, mode: int
) -> None:
    """Write a file for each list of customers, and remove the files of other lists.

    Parameters
    ----------
    rows : sequence of CustomerListRow
    folder : Path
        Each kind of list has a folder in it.
    mode : int
        Permissions of the files.
    """
    by_path: dict[Path, list[CustomerListRow]] = {}
    for row in rows:
        path = folder / customer_list_file(row.list_kind, row.list_name)
        by_path.setdefault(path, []).append(row)
    for kind in CUSTOMER_FOLDERS.values():
        for path in set((folder / kind).glob("*.csv")) - set(by_path):
            path.unlink()
    for path, members in by_path.items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(CUSTOMER_HEADER)
        for row in members:
            since, title = _in_utc(row.since_at), row.list_title
            writer.writerow((row.customer_id, row.user_id, row.crm_id, since, title))
        write_file(path, text.getvalue(), mode)
    if by_path:
        logger.info(
            "%s lists of cohorts, segments and drop-offs: %s", len(by_path), folder
        )


def _check_name(audience: str) -> None:
    if not re.fullmatch("[a-z0-9_]+", audience):
        raise UserError(
            f"found the audience {audience!r}; expected a name of lower-case letters, "
            "digits and underscores, which becomes the name of a file: correct "
            "seeds/audience_definitions.csv and seeds/audience_rules.csv"
        )


def _as_words(row: AudienceSummaryRow, n_listed: int) -> str:
    if row.why_paused is not None:
        reason = row.why_paused[:1].lower() + row.why_paused[1:].rstrip(".")
        return f"paused: {reason} ({row.n_paused:,} users)"
    return f"{n_listed:,} to write to, {row.n_held_out:,} held out"


def _as_csv(rows: Sequence[AudienceListRow]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(
            (
                row.user_id,
                row.state_name,
                _rounded(row.expected_rides_4_weeks),
                _rounded(row.expected_spend_4_weeks),
                row.suggested_moment,
                _in_utc(row.suggested_at),
                _in_utc(row.last_exposed_at),
                row.home_city,
                row.platform,
                "yes" if row.is_usual_moment else "no",
                row.crm_id,
            )
        )
    return text.getvalue()


def _rounded(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"


def _in_utc(instant: dt.datetime | None) -> str:
    if instant is None:
        return ""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _remove_old_lists(folder: Path, written: Sequence[Path]) -> None:
    """Remove lists that an earlier call wrote; files of other kinds stay."""
    header = ",".join(HEADER[:N_FIRST_COLUMNS])
    for path in set(folder.glob("*.csv")) - set(written):
        with path.open(encoding="utf-8", errors="replace") as file:
            is_list = file.readline().startswith(header)
        if is_list:
            path.unlink()
