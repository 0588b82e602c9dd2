"""Read the marts of a target, and write the page made from them."""

from __future__ import annotations

import datetime
import logging
from pathlib import Path
from zoneinfo import ZoneInfo

from user_states.explorer.all_parts import rows_of_page
from user_states.explorer.page import build_page
from user_states.explorer.scene import PageOptions
from user_states.marts.log_words import LogWords
from user_states.marts.mart_reader import read_marts
from user_states.project_folder import PROJECT_FOLDER
from user_states.warehouse.dbt_project import DbtProject
from user_states.written_files import PRIVATE, write_file

logger = logging.getLogger("user_states")

DEFAULT_PAGE = PROJECT_FOLDER / "target" / "explorer.html"


def write_page(
    project: DbtProject, path: Path = DEFAULT_PAGE, mode: int = PRIVATE
) -> None:
    """Read the marts of a target, write the page, and log where it is.

    If anything fails, or the process is killed, an earlier page stays.

    Parameters
    ----------
    project : DbtProject
    path : Path
    mode : int
        Permissions of the file.

    Raises
    ------
    UserError
        If there are neither states nor customers, or a mart has not been built.
    """
    page = build_page(read_marts(project, rows_of_page()), page_options(project))
    write_file(path, page, mode)
    address = path.resolve().as_uri()
    logger.info("the explorer, %.1f MB: open %s", len(page.encode()) / 1e6, address)


def page_options(project: DbtProject) -> PageOptions:
    """Return the settings of the page from the target and the vars of the project."""
    return PageOptions(
        project.relation,
        min_cell_users=int(project.vars["page_min_cell_users"]),
        min_filter_users=int(project.vars["page_min_filter_users"]),
        customer_window_days=int(project.vars["customer_window_days"]),
        today=datetime.datetime.now(
            ZoneInfo(str(project.vars["default_time_zone"]))
        ).date(),
        words=LogWords(project.vars["log_words"]),
    )
