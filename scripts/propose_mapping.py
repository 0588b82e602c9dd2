"""Propose a mapping for a file of rides, and show five rides as they would load.

python scripts/propose_mapping.py FILE [--map MAPPING.yml] [--force]
"""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from pathlib import Path

from user_states.commands.options import describe_script
from user_states.console import run_command
from user_states.errors import UserError
from user_states.rides.proposing.proposal import propose_mapping, write_proposal
from user_states.rides.source_files import expand_paths

logger = logging.getLogger("user_states")


def main() -> None:
    """Write the mapping file, and say what it could not guess."""
    arguments = _parse_arguments()
    path = Path(arguments.map)
    if path.exists() and not arguments.force:
        raise UserError(
            f"found {path}; expected none, because a mapping that you corrected is not "
            "overwritten: name another file (MAP=other.yml), or add FORCE=1."
        )
    proposal = propose_mapping(expand_paths([arguments.file])[0], arguments.map)
    write_proposal(proposal, path, force=arguments.force)
    print("\n".join([f"wrote {path}", "", proposal.text]))
    print("\n".join(proposal.preview))
    for question in proposal.questions:
        logger.info("? %s", question)
    if not proposal.is_complete:
        raise UserError(
            f"found no column of times in {arguments.file}; expected one: complete "
            f"{path}, where it is asked for"
        )
    file, mapping = map(shlex.quote, (arguments.file, arguments.map))
    logger.info("next: make demo RIDES=%s MAP=%s", file, mapping)


def _parse_arguments() -> argparse.Namespace:
    parser = describe_script(__doc__)
    parser.add_argument("file", metavar="FILE", help="CSV or *.parquet file")
    parser.add_argument(
        "--map",
        default="mapping.yml",
        metavar="FILE",
        help="the file to write (default: mapping.yml)",
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite an earlier mapping"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_command(main))
