"""Load CSV, Parquet or JSON-lines files of messages into the table that dbt reads.

python scripts/load_messages.py FILE... --map MAPPING.yml [--add] [--replace]
    [--target NAME]

docs/personas.md has a mapping for an export of conversations.
"""

from __future__ import annotations

import sys

from user_states.commands.load_command import load_command
from user_states.console import run_command
from user_states.messages.message_files import MESSAGE_FILES, load_message_files


def main() -> None:
    """Load the files, and say how many rows were loaded and rejected."""
    load_command(__doc__, "messages", MESSAGE_FILES, load_message_files)


if __name__ == "__main__":
    sys.exit(run_command(main))
