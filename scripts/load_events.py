"""Load CSV, Parquet or JSON-lines files of events into the table that dbt reads.

python scripts/load_events.py FILE... --map MAPPING.yml [--add] [--replace]
    [--target NAME]

Mappings for Segment and RudderStack, GA4's export, Snowplow and offline data are in
scripts/user_states/events/mappings.
"""

from __future__ import annotations

import sys

from user_states.commands.load_command import load_command
from user_states.console import run_command
from user_states.events.event_contract import EVENT_FILES
from user_states.events.load_event_files import load_event_files


def main() -> None:
    """Load the files, and say how many rows were loaded and rejected."""
    load_command(__doc__, "events", EVENT_FILES, load_event_files)


if __name__ == "__main__":
    sys.exit(run_command(main))
