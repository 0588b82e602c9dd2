"""Load CSV, Parquet or JSON-lines files of messages into the table that dbt reads.

python scripts/load_messages.py FILE... --map MAPPING.yml [--add] [--replace]
    [--target NAME]

docs/personas.md has a mapping for an export of conversations.
"""

from __future__ import annotations

import argparse
import logging
import sys
from contextlib import closing

from user_states.commands.options import add_target, describe_script
from user_states.console import run_command
from user_states.messages.message_files import MESSAGE_FILES, load_message_files
from user_states.rides.landing import AppTables
from user_states.rides.mapping_file import read_mapping
from user_states.rides.source_files import expand_paths
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def main() -> None:
    """Load the files, and say how many rows were loaded and rejected."""
    arguments = _parse_arguments()
    # dbt takes seconds to start: report a misspelt name before that.
    mapping = read_mapping(arguments.map, MESSAGE_FILES)
    paths = expand_paths(arguments.files)
    project = DbtProject.load(arguments.target)
    app = AppTables.from_vars(project.vars)
    with (
        project.only_writer("load"),
        closing(connect(project.connection_uri)) as connection,
    ):
        report = load_message_files(
            connection,
            paths,
            mapping,
            app=app,
            adds=arguments.add,
            replace=arguments.replace,
        )
    logger.info("%s.%s: %s", app.schema, app.messages, report)
    if report.n_rejected:
        logger.info("see ingest.rejected_rows: file, line, value and reason")


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="files or patterns")
    parser.add_argument("--map", required=True, metavar="FILE", help="mapping (YAML)")
    parser.add_argument(
        "--add", action="store_true", help="keep the messages of earlier loads"
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="also write to a table of messages that this project did not create",
    )
    add_target(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
