"""The command of scripts/forget.py: forget a user in the warehouse and in files."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

from user_states.console import format_table
from user_states.errors import UserError
from user_states.explorer.page_file import DEFAULT_PAGE
from user_states.privacy.forgotten_rows import UserRows
from user_states.privacy.user_files import remove_from_files
from user_states.project_folder import PROJECT_FOLDER
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def forget_user(
    project: DbtProject,
    user_id: str,
    *,
    with_rides: bool,
    page: Path = DEFAULT_PAGE,
    folder: Path = PROJECT_FOLDER,
) -> None:
    """Forget a user, and log what was removed. The log never has the id.

    Parameters
    ----------
    project : DbtProject
    user_id : str
        White space around it does not count, as in builds.
    with_rides : bool
        Delete the user's rows of the company's tables, too.
    page : Path
        The explorer.
    folder : Path
        The project, whose written files are searched.

    Raises
    ------
    UserError
        If there is no such user, a table may not be changed, or a fit, load
        or build is running. Then no row is deleted.
    """
    user_id = user_id.strip()
    if not user_id:
        raise UserError(
            "found no user id; expected one: make forget USER_ID=…, or its text as the "
            "input of scripts/forget.py. Nothing was changed"
        )
    files: list[Path] = []

    def remove_files(texts: Collection[str]) -> int:
        files.extend(remove_from_files(user_id, page, folder, texts))
        return len(files)

    # What has read the user would write the user's rows afterwards.
    with project.only_writer("fit"), project.only_writer("load"):
        forgotten = UserRows(project, user_id).delete(
            with_rides=with_rides, remove_files=remove_files
        )
    n_rows = forgotten.by_table
    table = [(name, f"{n:,}") for name, n in sorted(n_rows.items())]
    for line in format_table(("table", "rows deleted or blanked"), table):
        logger.info("%s", line)
    for path in files:
        logger.info("  removed from %s", path)
    logger.info(
        "the user is forgotten, and %d other identifiers of this person: %s rows in %d "
        "tables, %d files. Counts in the marts "
        "and the page follow with `make build` and `make explore`. Backups, files that "
        "you loaded, and copies of page and tables are not reached (docs/privacy.md)",
        forgotten.n_identifiers,
        f"{n_rows.total():,}",
        len(n_rows),
        len(files),
    )
    if forgotten.other_users:
        logger.warning(
            "found other users of the same customer: %s. They stay, and so does what "
            "they have in common. If they are the same person, forget each of "
            "them, too",
            ", ".join(forgotten.other_users),
        )
