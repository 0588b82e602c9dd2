"""The command line that loads files into a table of events or of messages."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from contextlib import closing

from user_states.commands.options import add_target, describe_script
from user_states.rides.contract import FileContract
from user_states.rides.landing import AppTables
from user_states.rides.load_files import LoadReport
from user_states.rides.mapping_file import read_mapping
from user_states.rides.source_files import expand_paths
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def load_command(
    docstring: str | None,
    noun: str,
    contract: FileContract,
    load: Callable[..., LoadReport],
) -> None:
    """Load the files of the command line, and say how many rows came in.

    Parameters
    ----------
    docstring : str or None
        Of the script; its first line is the description.
    noun : str
        What a row is, in the plural: events. The same attribute of AppTables is the
        table.
    contract : FileContract
        What a mapping may fill.
    load : callable
        As `load_event_files`.

    Raises
    ------
    UserError
        If the mapping, a file or the table is not as expected.
    """
    arguments = _parse_arguments(docstring, noun)
    # dbt takes seconds to start: report a misspelt name before that.
    mapping = read_mapping(arguments.map, contract)
    paths = expand_paths(arguments.files)
    project = DbtProject.load(arguments.target)
    app = AppTables.from_vars(project.vars)
    with (
        project.only_writer("load"),
        closing(connect(project.connection_uri)) as connection,
    ):
        report = load(
            connection,
            paths,
            mapping,
            app=app,
            adds=arguments.add,
            replace=arguments.replace,
        )
    logger.info("%s.%s: %s", app.schema, getattr(app, noun), report)
    if report.n_rejected:
        logger.info("see ingest.rejected_rows: file, line, value and reason")


def _parse_arguments(docstring: str | None, noun: str) -> argparse.Namespace:
    parser = describe_script(docstring)
    parser.add_argument("files", nargs="+", metavar="FILE", help="files or patterns")
    parser.add_argument("--map", required=True, metavar="FILE", help="mapping (YAML)")
    parser.add_argument(
        "--add", action="store_true", help=f"keep the {noun} of earlier loads"
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help=f"also write to a table of {noun} that this project did not create",
    )
    add_target(parser)
    return parser.parse_args()
