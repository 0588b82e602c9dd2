"""Measure on simulated people how well identifiers are joined to customers.

python scripts/study_identity.py [--users N] [--target NAME] [--vars YAML]

It needs an empty database: `make study-identity` starts a server for it. It fails if
precision, recall or the canary misses what is demanded.
"""

from __future__ import annotations

import argparse
import sys

from user_states.benchmarks.identity_study import (
    KNOWN_TOLERANCE,
    LEAST_IN_HINDSIGHT,
    LEAST_PRECISION,
    LEAST_RECALL,
    study_identity,
)
from user_states.commands.options import add_count, add_dbt_options, describe_script
from user_states.console import run_command
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Simulate, join and judge."""
    options = _parse_arguments()
    project = DbtProject.load(options.target, options.vars)
    study = study_identity(project, options.users)
    print(study)
    if not study.is_passed:
        raise UserError(
            f"found the figures above; expected a precision of {LEAST_PRECISION} and a "
            f"recall of {LEAST_RECALL} or more, 0.5 ± {KNOWN_TOLERANCE} as known, and "
            f"more than {LEAST_IN_HINDSIGHT} in hindsight"
        )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--users", "users to simulate", 20_000)
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
