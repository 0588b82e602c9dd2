"""Fit the hidden Markov model on the panel, and write it back; promote it if sound.

python scripts/fit_hmm.py [--states 8 | --states 2-13] [--sample-users N]
    [--starts N] [--seed N] [--dry-run | --no-promote | --force] [--target NAME]
    [--vars YAML]

What is not given comes from the vars hmm_* of dbt_project.yml.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from typing import Any

import yaml

from console import run_command
from segmentation.fit_options import FitOptions
from segmentation.job import fit_and_publish
from warehouse.dbt_project import DbtProject


def main() -> None:
    """Parse the command line, and fit."""
    arguments = _parse_arguments()
    project = DbtProject.load(arguments.target, arguments.vars)
    project.check_settings()
    options = FitOptions.from_vars(
        project.vars,
        n_states=arguments.states,
        n_starts=arguments.starts,
        seed=arguments.seed,
        sample_users=arguments.sample_users,
        dry_run=arguments.dry_run,
        force=arguments.force,
        promote=not arguments.no_promote,
    )
    fit_and_publish(project, options)


def parse_states(text: str) -> tuple[int, ...]:
    """Return the numbers of states that `8` or `2-13` mean.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is neither, or the range runs backwards.
    """
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if match:
        first = int(match[1])
        last = int(match[2] or first)
        if 1 <= first <= last:
            return tuple(range(first, last + 1))
    raise argparse.ArgumentTypeError(
        f"got {text!r}; expected a number of states such as 8, or a range such as 2-13"
    )


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--states", type=parse_states, metavar="K", help="8, or a range such as 2-13"
    )
    parser.add_argument(
        "--sample-users", type=positive, metavar="N", help="users to fit on, by hash"
    )
    parser.add_argument(
        "--starts", type=positive, metavar="N", help="starts of EM for each number"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed of all chance")
    what_to_do = parser.add_mutually_exclusive_group()
    what_to_do.add_argument("--dry-run", action="store_true", help="write nothing")
    what_to_do.add_argument(
        "--no-promote",
        action="store_true",
        help="store the run, and leave the champion (see scripts/runs.py)",
    )
    what_to_do.add_argument(
        "--force", action="store_true", help="promote in spite of defects"
    )
    parser.add_argument("--target", metavar="NAME", help="target of the dbt profile")
    parser.add_argument(
        "--vars", type=parse_vars, metavar="YAML", help="as dbt's --vars"
    )
    return parser.parse_args()


def parse_vars(text: str) -> dict[str, Any]:
    """Return the mapping that the text of `--vars` means; dates stay text.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no YAML, or no mapping.
    """
    try:
        parsed = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"got {text!r}, which cannot be read as YAML: {error}"
        ) from None
    if not isinstance(parsed, dict):
        raise argparse.ArgumentTypeError(
            f"got {text!r}; expected a mapping such as '{{hmm_seed: 2}}'"
        )
    return {
        name: str(value) if isinstance(value, dt.date) else value
        for name, value in parsed.items()
    }


def positive(text: str) -> int:
    """Return the number from 1 up that a text means.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a number from 1 up")
    return int(text)


if __name__ == "__main__":
    sys.exit(run_command(main))
