"""Follow the newest events, write messages of triggers, and send them.

python scripts/pulse.py [--target NAME] [--vars YAML]

For cron, every minute: a pulse that finds another one, or a build, load or fit, leaves.
It updates only what depends on events of the last days; `make build` updates the same
tables, and all others. docs/outbox.md has the rest.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.outbox.pulse_job import pulse
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Parse the command line and do one pulse."""
    arguments = _parse_arguments()
    pulse(DbtProject.load(arguments.target, arguments.vars))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
