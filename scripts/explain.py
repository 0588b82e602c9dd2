"""Explain the scores of propensities that are made of trees, for whom it matters.

python scripts/explain.py [--target NAME] [--vars YAML]

These are the customers of this week's lists and the 5,000 highest scores of each
target. SQL explains linear models itself. The next build shows the reasons in
marts.prediction_reasons; docs/propensities.md explains them.
"""

from __future__ import annotations

import argparse
import logging
import sys

from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.fit.explain_job import explain_propensities
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Explain, and replace what was explained before."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    if not explain_propensities(project):
        logging.getLogger("user_states").info(
            "nothing to explain: no champion is made of trees and has scored customers"
        )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
