"""Ask LIME and ELI5 whether they name the reasons that SHAP names.

python scripts/check_explanations.py [--target NAME] [--vars YAML]

For the champion of each propensity, on 200 customers who were kept out of its fit. The
next build shows the result in marts.explanation_checks, and the page beside the
reasons. `make explanation-checks` installs the two packages first.
"""

from __future__ import annotations

import argparse
import logging
import sys

from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.fit.second_opinions_job import ask_second_opinions
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Compare, and store what was found."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    if not ask_second_opinions(project):
        logging.getLogger("user_states").info(
            "nothing to compare: no propensity is published"
        )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
