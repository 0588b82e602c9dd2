"""Judge ways to divide customers into segments, and publish one if it is worth it.

python scripts/segments.py [--dry-run | --no-promote | --force] [--target NAME]
    [--vars YAML]

Other settings are the vars segment_… of dbt_project.yml; docs/segments.md explains
them, and how to read the certificate.
"""

from __future__ import annotations

import argparse
import sys

from user_states.commands.options import (
    add_dbt_options,
    add_run_options,
    describe_script,
    run_options,
)
from user_states.console import run_command
from user_states.fit.segments_job import SegmentOptions, fit_segments
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Fit, and write the run."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = SegmentOptions.from_vars(project.vars, run_options(arguments))
    fit_segments(project, options)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_run_options(parser, force="publish the best division even if none is worth it")
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
