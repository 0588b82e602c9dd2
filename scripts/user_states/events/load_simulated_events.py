"""Write what simulated people do besides rides into the warehouse."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from user_states.events.event_contract import CUSTOMERS, EVENTS, IDENTITIES
from user_states.events.later_events import drop_later_events
from user_states.events.simulated_batches import (
    crm_rows,
    event_rows,
    identifier_rows,
    identity_rows,
    name_identifiers,
    people_rows,
)
from user_states.events.simulated_errors import add_errors
from user_states.events.simulated_events import EventSettings, draw_events
from user_states.events.simulated_people import draw_people
from user_states.events.simulated_tables import EVENT_ERRORS, EVENT_TRUTH_TABLES
from user_states.rides.landing import (
    DEFAULT_TABLES,
    AppTables,
    analyze,
    append,
    is_marked,
    prepare_table,
)
from user_states.rides.simulation import SimulatedBlock, SimulationSettings
from user_states.rides.truth_tables import TRUTH_SCHEMA
from user_states.warehouse.connection import Connection

_WRITER = "simulate_rides.py"
# Random numbers of events are others than those of rides, so that the rides of a seed
# are the same with and without events.
_STREAM_OF_EVENTS = 1


class EventWriter:
    """Writes the events of each block of users while its rides are simulated.

    Parameters
    ----------
    settings : EventSettings
    app : AppTables

    Attributes
    ----------
    n_events : int
        Events written so far.
    """

    def __init__(
        self,
        settings: EventSettings | None = None,
        app: AppTables = DEFAULT_TABLES,
    ) -> None:
        self.n_events = 0
        self._settings = settings or EventSettings()
        self._app = app
        self._errors: Counter[str] = Counter()

    def prepare(self, connection: Connection, *, replace: bool = False) -> None:
        """Create the tables, or empty them.

        Raises
        ------
        UserError
            If this project did not write one of the tables and `replace` is false.
        """
        app = self._app
        drop_later_events(connection)
        for table, spec in (
            (app.events, EVENTS),
            (app.customers, CUSTOMERS),
            (app.identities, IDENTITIES),
        ):
            prepare_table(
                connection,
                spec,
                app.schema,
                table,
                writer=_WRITER,
                replace=replace,
            )
        for table, spec in EVENT_TRUTH_TABLES.items():
            prepare_table(connection, spec, TRUTH_SCHEMA, table, writer=_WRITER)

    def is_present(self, connection: Connection) -> bool:
        """Return whether this project wrote the table of events."""
        return is_marked(connection, self._app.schema, self._app.events)

    def write(
        self,
        connection: Connection,
        block: SimulatedBlock,
        settings: SimulationSettings,
    ) -> None:
        """Write what the people of a block do."""
        if block.people is None:
            return
        number, population, requests, _ = block.people
        spawn_key = (number, _STREAM_OF_EVENTS)
        rng = np.random.default_rng(
            np.random.SeedSequence(settings.seed, spawn_key=spawn_key)
        )
        n_weeks = settings.n_weeks
        user_ids = block.users.column(0)
        people = draw_people(rng, len(user_ids))
        names = name_identifiers(number, user_ids, people)
        events = draw_events(rng, people, population, requests, n_weeks, self._settings)
        records = crm_rows(
            *(rng, people, population, events, names, settings.first_week, n_weeks)
        )
        identities = identity_rows(rng, people, names, settings.first_week, n_weeks)
        if self._settings.has_errors:
            events, counts = add_errors(
                rng, events, n_weeks, is_first_block=number == 0
            )
            self._errors.update(counts)
        rows = event_rows(number, events, names, settings.first_week)
        self.n_events += rows.num_rows
        app = self._app
        for table, batch in (
            (app.events, rows),
            (app.customers, records),
            (app.identities, identities),
        ):
            append(connection, app.schema, table, batch)
        append(connection, TRUTH_SCHEMA, "people", people_rows(number, people))
        append(
            *(connection, TRUTH_SCHEMA, "person_identifiers"),
            identifier_rows(number, people, names),
        )

    def finish(self, connection: Connection) -> None:
        """Write the numbers of errors, and update the planner's statistics."""
        rows = [{"kind": kind, "n_events": n} for kind, n in self._errors.items()]
        batch = pa.RecordBatch.from_pylist(rows, EVENT_ERRORS.arrow_schema)
        append(connection, TRUTH_SCHEMA, "event_errors", batch)
        app = self._app
        for table in (app.events, app.customers, app.identities):
            analyze(connection, app.schema, table)
        for table in EVENT_TRUTH_TABLES:
            analyze(connection, TRUTH_SCHEMA, table)


def clear_simulated_events(connection: Connection, writer: EventWriter) -> None:
    """Empty what a writer wrote: the rides that it belonged to were replaced."""
    if writer.is_present(connection):
        writer.prepare(connection)
        connection.commit()
