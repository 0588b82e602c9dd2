"""Events to try the project on without any rides: those of a web shop.

31,106 events of 600 users in the first half of 2024, synthetic, with planted stories.
The file is in the wheel of retentioneering (Apache-2.0), which is downloaded and never
installed.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

from user_states.events.event_contract import EVENT_FILES
from user_states.events.load_event_files import (
    MAPPINGS,
    load_event_files,
)
from user_states.events.load_simulated_events import (
    EventWriter,
    clear_simulated_events,
)
from user_states.project_folder import PROJECT_FOLDER
from user_states.rides.contract import RIDES, USERS
from user_states.rides.landing import DEFAULT_TABLES, AppTables, prepare_table
from user_states.rides.load_files import LoadReport
from user_states.rides.mapping_file import read_mapping
from user_states.rides.truth_tables import clear_truth
from user_states.rides.wheel_files import WheelFile
from user_states.warehouse.connection import Connection

WHEEL_FOLDER = PROJECT_FOLDER / ".venv/ecom"
_FILE_OF_EVENTS = WheelFile(
    "retentioneering",
    "retentioneering/datasets/ecom.csv.gz",
    "the shop's events",
    data="ecom",
)
_SHA256 = "110716838facbec8143c6c9af74500eb0252197da212fd75aa4c47bf3b692090"
_WRITER = "load_events.py"


def load_ecom(
    connection: Connection,
    *,
    app: AppTables = DEFAULT_TABLES,
    folder: Path = WHEEL_FOLDER,
) -> LoadReport:
    """Replace the rows of the table of events with the shop's.

    Rides are emptied, and so are customers and identifiers of simulated people.

    Parameters
    ----------
    folder : Path
        Where the wheel was downloaded to.

    Raises
    ------
    UserError
        If there is no wheel, or if its file is another one; or as in
        `load_event_files`, or if this project did not write the table of rides.
    """
    content = ecom_csv(folder)
    for spec, table in ((RIDES, app.rides), (USERS, app.users)):
        prepare_table(connection, spec, app.schema, table, writer=_WRITER)
    clear_truth(connection)
    clear_simulated_events(connection, EventWriter(app=app))
    mapping = read_mapping(MAPPINGS / "retentioneering_ecom.yml", EVENT_FILES)
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "ecom.csv"
        path.write_bytes(content)
        return load_event_files(connection, [path], mapping, app=app)


def ecom_csv(folder: Path = WHEEL_FOLDER) -> bytes:
    """Return the shop's events as CSV; errors as in `load_ecom`."""
    return gzip.decompress(_FILE_OF_EVENTS.read(folder, _SHA256))
