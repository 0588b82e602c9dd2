"""Forecast past weeks from what was known before them, and score the forecasts.

python scripts/backtest_outlook.py [--users N] [--first-weeks 30] [--refresh-weeks 13]
    [--states 1-8] [--starts N] [--short] [--dry-run] [--target NAME] [--vars YAML]

Fits again at every refresh, compares with simpler rivals, and writes the scores to the
tables hmm.backtest*, which the mart outlook_backtest shows after the next build. No run
is published. --short forecasts the newest half year only, in seconds, with the number
of states of the model in use. Options that are not given come from the vars of
dbt_project.yml.
"""

from __future__ import annotations

import argparse
import sys

from user_states.backtest.backtest_job import backtest_outlook, short_backtest
from user_states.backtest.backtest_report import describe
from user_states.backtest.rolling_origins import Plan
from user_states.commands.options import (
    add_count,
    add_dbt_options,
    add_states,
    describe_script,
)
from user_states.console import run_command
from user_states.hmm.fit_options import FitOptions
from user_states.panel.traits import LEAST_WEEKS
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Forecast, and print the scores."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = FitOptions.from_vars(
        project.vars,
        n_states=arguments.states,
        n_starts=arguments.starts,
        sample_users=arguments.users,
    )
    if arguments.short:
        tables = short_backtest(project, options)
    else:
        plan = Plan(arguments.first_weeks, arguments.refresh_weeks)
        tables = backtest_outlook(project, options, plan, dry_run=arguments.dry_run)
    print("\n".join(describe(tables) if tables else []))


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--users", "users to read, chosen by hash")
    add_count(parser, "--first-weeks", "weeks before the first forecast", LEAST_WEEKS)
    add_count(parser, "--refresh-weeks", "weeks from one fit to the next", 13)
    add_states(parser)
    add_count(parser, "--starts", "starts of EM for each number of states")
    parser.add_argument("--short", action="store_true", help="the newest half year")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
