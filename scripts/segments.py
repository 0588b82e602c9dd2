"""Judge ways to divide customers into segments, and publish one if it is worth it.

python scripts/segments.py [--dry-run | --no-promote | --force] [--target NAME]
    [--vars YAML]

Other settings are the vars segment_… of dbt_project.yml; docs/segments.md explains
them, and how to read the certificate.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import add_dbt_options, describe_script
from user_states.console import run_command
from user_states.fit.segments_job import SegmentOptions, fit_segments
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Fit, and write the run."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = SegmentOptions.from_vars(
        project.vars,
        force=arguments.force,
        dry_run=arguments.dry_run,
        promote=not arguments.no_promote,
    )
    fit_segments(project, options)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    outcome = parser.add_mutually_exclusive_group()
    outcome.add_argument("--dry-run", action="store_true", help="write nothing")
    outcome.add_argument(
        "--no-promote",
        action="store_true",
        help="store the run and keep the champion (see scripts/runs.py)",
    )
    outcome.add_argument(
        "--force",
        action="store_true",
        help="publish the best division even if none is worth it",
    )
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
