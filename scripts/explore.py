"""Write the explorer: the states as one page that opens from disk.

python scripts/explore.py [--target NAME] [--vars YAML] [--out FILE]

Reads the marts only, and writes nothing into the warehouse.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from user_states.commands.options import add_dbt_options
from user_states.console import run_command
from user_states.explorer.page import PageOptions, build_page
from user_states.marts.mart_reader import read_marts
from user_states.project_folder import PROJECT_FOLDER
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")

DEFAULT_PAGE = PROJECT_FOLDER / "target" / "explorer.html"


def main() -> None:
    """Parse the command line, write the page, and say where it is."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    write_page(project, arguments.out)


def write_page(project: DbtProject, path: Path = DEFAULT_PAGE) -> None:
    """Read the marts of a target and write the page of them.

    Raises
    ------
    UserError
        If no model has been fitted, or a mart has not been built.
    """
    page = build_page(read_marts(project), page_options(project))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8", newline="\n")
    address = path.resolve().as_uri()
    logger.info("the explorer, %.1f MB: open %s", len(page.encode()) / 1e6, address)


def page_options(project: DbtProject) -> PageOptions:
    """Return what the target and the vars of the project say of the page."""
    return PageOptions(
        project.relation, float(project.vars["picture_min_edge_probability"])
    )


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_dbt_options(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=DEFAULT_PAGE,
        metavar="FILE",
        help="where the page goes; by default target/explorer.html",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
