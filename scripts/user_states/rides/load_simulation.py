"""Write a simulated log and the true states of its users into the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from user_states.console import progress_bar
from user_states.rides.contract import (
    REJECTED_ROWS,
    REJECTED_ROWS_SCHEMA,
    REJECTED_ROWS_TABLE,
    RIDES,
    USERS,
)
from user_states.rides.landing import (
    DEFAULT_TABLES,
    AppTables,
    analyze,
    append,
    landing,
    prepare_table,
)
from user_states.rides.simulated_world import (
    START_PROBABILITIES,
    STATES,
    TRANSITION_MATRIX,
)
from user_states.rides.simulation import SimulatedBlock, SimulationSettings, simulate
from user_states.rides.truth_tables import (
    TRUTH_SCHEMA,
    TRUTH_TABLES,
    prepare_truth,
)
from user_states.warehouse.connection import Connection

_WRITER = "simulate_rides.py"


class BlockWriter(Protocol):
    """Writes something else about the people of each block, in the same transaction."""

    def prepare(self, connection: Connection, *, replace: bool = False) -> None:
        """Create the tables, or empty them."""

    def write(
        self,
        connection: Connection,
        block: SimulatedBlock,
        settings: SimulationSettings,
    ) -> None:
        """Write the rows of a block."""

    def finish(self, connection: Connection) -> None:
        """Write what is known at the end."""


@dataclass(frozen=True)
class SimulationReport:
    """The rows that were written, and how many rides have an error in them."""

    n_rides: int
    n_users: int
    n_dirty_rides: int

    def __str__(self) -> str:
        return (
            f"{self.n_rides:,} rides, {self.n_dirty_rides:,} of them with an error on "
            f"purpose, and {self.n_users:,} users, some of them without rides"
        )


def load_simulation(
    connection: Connection,
    settings: SimulationSettings,
    *,
    app: AppTables = DEFAULT_TABLES,
    replace: bool = False,
    events: BlockWriter | None = None,
    messages: BlockWriter | None = None,
) -> SimulationReport:
    """Replace the rows of rides, users and the truth with a simulated log.

    All this is one transaction.

    Parameters
    ----------
    connection : Connection
    settings : SimulationSettings
    app : AppTables
    replace : bool
        Also empty tables of rides and users that this project did not write.
    events, messages : BlockWriter or None
        Write what the same people do besides rides, and what they write.

    Raises
    ------
    UserError
        If this project did not write one of the tables. Nothing is changed then.
    """
    n_rides = n_users = n_dirty_rides = 0
    writers = [writer for writer in (events, messages) if writer]
    bar = progress_bar(settings.n_users, "simulating rides", "users")
    with bar, landing(connection):
        _prepare_tables(connection, app, replace)
        for writer in writers:
            writer.prepare(connection, replace=replace)
        for block in simulate(settings):
            append(connection, app.schema, app.rides, block.rides)
            append(connection, app.schema, app.users, block.users)
            append(connection, TRUTH_SCHEMA, "user_weekly_truth", block.truth)
            append(connection, TRUTH_SCHEMA, "dirt", block.dirt)
            n_rides += block.rides.num_rows
            n_users += block.users.num_rows
            n_dirty_rides += block.dirt.num_rows
            for writer in writers:
                writer.write(connection, block, settings)
            bar.update(block.users.num_rows)
        _write_world(connection)
        for writer in writers:
            writer.finish(connection)
        for table in (app.rides, app.users):
            analyze(connection, app.schema, table)
        for table in TRUTH_TABLES:
            analyze(connection, TRUTH_SCHEMA, table)
    return SimulationReport(n_rides, n_users, n_dirty_rides)


def _prepare_tables(connection: Connection, app: AppTables, replace: bool) -> None:
    for table, spec in ((app.rides, RIDES), (app.users, USERS)):
        prepare_table(
            connection, spec, app.schema, table, writer=_WRITER, replace=replace
        )
    # Rejected rows of an earlier load belong to rides that were replaced.
    prepare_table(
        connection,
        REJECTED_ROWS,
        REJECTED_ROWS_SCHEMA,
        REJECTED_ROWS_TABLE,
        writer=_WRITER,
    )
    prepare_truth(connection, writer=_WRITER)


def _write_world(connection: Connection) -> None:
    """Write the probabilities from which states were drawn."""
    names = [state.name for state in STATES]
    moves = [
        {"from_state": names[i], "to_state": names[j], "probability": float(p)}
        for i, row in enumerate(TRANSITION_MATRIX)
        for j, p in enumerate(row)
    ]
    starts = [
        {"state": name, "probability": float(p)}
        for name, p in zip(names, START_PROBABILITIES, strict=True)
    ]
    for table, rows in (("transition_matrix", moves), ("start_probabilities", starts)):
        schema = TRUTH_TABLES[table].arrow_schema
        append(
            connection, TRUTH_SCHEMA, table, pa.RecordBatch.from_pylist(rows, schema)
        )
