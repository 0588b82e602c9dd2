"""Read the marts all the time while builds replace them, and look for wrong reads.

python scripts/study_readers.py [--builds N] [--target NAME] [--vars YAML]

Every second build is up to an earlier week. It fails if a read returned rows that are
not those after one of the builds.
"""

from __future__ import annotations

import argparse
import sys

from user_states.benchmarks.reader_study import study_readers
from user_states.commands.options import add_count, add_dbt_options, describe_script
from user_states.console import progress_bar, run_command
from user_states.errors import UserError
from user_states.warehouse.dbt_project import DbtProject


def main() -> None:
    """Build and read, and print what readers got."""
    options = _parse_arguments()
    project = DbtProject.load(options.target, options.vars)
    with progress_bar(options.builds, "building", "builds") as bar:
        study = study_readers(project, options.builds, bar.update)
    print(f"{study.n_builds} builds")
    print(f"{study.n_sound} reads of the page's rows equal the marts after a build")
    for reason, n_refused in study.refusals.most_common():
        print(f"{n_refused} reads were refused: {reason}")
    print(
        f"{study.n_careless_empty} of {study.n_careless} careless reads of state_flows "
        f"found no rows, {study.n_careless_failed} no table"
    )
    if study.n_mixed:
        raise UserError(
            f"found {study.n_mixed} reads with other rows than after any build; "
            "expected none"
        )


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    add_count(parser, "--builds", "builds", 20)
    add_dbt_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
