"""Write the marts, charts and a dashboard into Apache Superset.

python scripts/superset_dashboard.py [--superset URL] [--user NAME] [--target NAME]
    [--vars YAML]

SUPERSET_PASSWORD is the password of the user. READER_URL is the address of the
warehouse for Superset, with a role that may only read (docs/bi_tools.md); without it,
Superset gets the connection of the target.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys

from user_states.bi_client.charts import CHARTS
from user_states.bi_client.superset_api import SupersetApi
from user_states.bi_client.superset_objects import write_dashboard
from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject

logger = logging.getLogger("user_states")


def main() -> None:
    """Write the dashboard, and say where it is."""
    arguments = _parse_arguments()
    password = os.environ.get("SUPERSET_PASSWORD")
    if not password:
        raise UserError(
            "found no SUPERSET_PASSWORD among the environment variables; expected the "
            f"password of the user {arguments.user} of Superset"
        )
    project = DbtProject.load(arguments.target, arguments.vars)
    warehouse_url = os.environ.get("READER_URL")
    if not warehouse_url:
        logger.warning(
            "found no READER_URL: Superset gets the connection of the target %s, "
            "which may do more than read (docs/bi_tools.md)",
            project.target,
        )
        warehouse_url = project.connection_uri
    api = SupersetApi(arguments.superset, arguments.user, password)
    print(f"open {write_dashboard(project, api, warehouse_url, CHARTS)}")


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.add_argument(
        "--superset",
        default="http://127.0.0.1:8088",
        metavar="URL",
        help="address of Superset (default: http://127.0.0.1:8088)",
    )
    parser.add_argument(
        "--user", default="admin", metavar="NAME", help="user (default: admin)"
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
