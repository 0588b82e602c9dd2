"""Post the messages of the outbox to the endpoints of seeds/webhooks.csv.

python scripts/send_outbox.py [--wait SECONDS] [--timeout SECONDS] [--threads N]
    [--enable ENDPOINT] [--revive ENDPOINT] [--target NAME] [--vars YAML]

--wait stays for retries and new messages. --enable lets an endpoint that answered "410
Gone" get messages again, --revive sends again what was given up. Any number of these
may run at the same time. docs/outbox.md has the rest.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.outbox.outbox_job import (
    enable_endpoint,
    revive_dead_letters,
    send_outbox,
)
from user_states.outbox.sending import SenderOptions
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Parse the command line and send."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    if arguments.enable:
        enable_endpoint(project, arguments.enable)
    if arguments.revive:
        revive_dead_letters(project, arguments.revive)
    send_outbox(
        project,
        SenderOptions(
            timeout=arguments.timeout,
            n_threads=arguments.threads,
            wait=arguments.wait,
            max_age_days=project.vars["outbox_max_age_days"],
        ),
    )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="stay for retries"
    )
    parser.add_argument(
        "--timeout", type=float, default=20.0, metavar="SECONDS", help="for an answer"
    )
    parser.add_argument(
        "--threads", type=int, default=16, metavar="N", help="posts at the same time"
    )
    parser.add_argument("--enable", metavar="ENDPOINT", help="after a 410")
    parser.add_argument("--revive", metavar="ENDPOINT", help="its dead messages")
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
