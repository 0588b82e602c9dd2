"""What builds record about themselves, and reads that notice when a table is replaced.

dbt replaces a table by renaming a new one and dropping the old one. A snapshot that
first touches the table after that finds it empty, without an error. The hooks in
macros/builds record each swap in the swap's own transaction, so what they recorded,
compared before and after, tells whether a snapshot can be trusted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import adbc_driver_manager

from user_states.errors import UserError
from user_states.warehouse.connection import (
    Connection,
    connect,
    execute,
    fetch_all,
    quoted,
)

Read = TypeVar("Read")

# How often a read is repeated before it gives up.
ATTEMPTS = 3


class TablesReplacedError(UserError):
    """A build replaced a table while it was read; the rows must not be used."""


@dataclass(frozen=True)
class TableState:
    """What one table was made from, as macros/builds/record_table_state.sql says.

    Attributes
    ----------
    table, build_id : str
    weeks : tuple of date or None
        First and last as-of week among the tables that it was made from.
    runs : tuple of str or None
        First and last champion, in the same way.
    """

    table: str
    build_id: str
    weeks: tuple[dt.date | None, dt.date | None]
    runs: tuple[str | None, str | None]


@dataclass(frozen=True)
class Snapshots:
    """Opens snapshots of tables that builds replace.

    Attributes
    ----------
    uri : str
        libpq URL of the warehouse.
    schema : str
        Unquoted name of the schema `operations`, with the target's prefix.
    """

    uri: str
    schema: str

    @contextmanager
    def of(self, tables: Collection[str]) -> Iterator[Connection]:
        """Open a connection whose reads all see the same state of some tables.

        Parameters
        ----------
        tables : collection of str
            Names of the models and seeds that will be read.

        Raises
        ------
        TablesReplacedError
            At the end, if a build replaced one of the tables meanwhile, also if
            reading it failed.
        """
        with closing(connect(self.uri)) as connection:
            execute(
                connection, "set transaction isolation level repeatable read, read only"
            )
            before = self.builds_of(connection, tables)
            try:
                yield connection
            except (UserError, adbc_driver_manager.Error):
                # The error may have been of the connection: this needs a new one.
                with closing(connect(self.uri)) as another:
                    self._require_unchanged(another, before, tables)
                raise
            # Ends the snapshot, so that the same connection sees what happened since.
            connection.rollback()
            self._require_unchanged(connection, before, tables)

    def read(self, tables: Collection[str], read: Callable[[Connection], Read]) -> Read:
        """Read tables in one snapshot, again if a build replaced one meanwhile.

        Raises
        ------
        TablesReplacedError
            If that happened three times.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                with self.of(tables) as connection:
                    return read(connection)
            except TablesReplacedError:
                continue
        with self.of(tables) as connection:
            return read(connection)

    def builds_of(
        self, connection: Connection, tables: Collection[str]
    ) -> dict[str, str]:
        """Return the build that made each table; none before builds were recorded."""
        return {
            state.table: state.build_id
            for state in table_states(connection, self.schema)
            if state.table in tables
        }

    def _require_unchanged(
        self, connection: Connection, before: dict[str, str], tables: Collection[str]
    ) -> None:
        after = self.builds_of(connection, tables)
        replaced = sorted(name for name in after if after[name] != before.get(name))
        if replaced:
            raise TablesReplacedError(
                f"the build {after[replaced[0]]} replaced {', '.join(replaced)} while "
                "they were read; expected them to stay: wait until the build has "
                "ended, then do it again"
            )


def require_same_builds(
    now: Mapping[str, str], then: Mapping[str, str], command: str
) -> None:
    """Raise UserError if a build replaced a table since it was read.

    Parameters
    ----------
    now, then : mapping of str to str
        The build that made each table.
    command : str
        What to run again, such as `make segments`.
    """
    if replaced := sorted(name for name in now if now[name] != then.get(name)):
        raise UserError(
            f"found {', '.join(replaced)} changed by a build since it was read; "
            f"expected it to stay. Nothing was written: run `{command}` again"
        )


def table_states(connection: Connection, schema: str) -> list[TableState]:
    """Return what every table was made from; nothing before builds were recorded."""
    if not _is_recorded(connection, schema):
        return []
    return [
        TableState(table, build_id, (first_week, last_week), (first_run, last_run))
        for table, build_id, first_week, last_week, first_run, last_run in fetch_all(
            connection,
            "select table_name, build_id, first_as_of_week_start, "
            "last_as_of_week_start, first_run_id, last_run_id "
            f"from {quoted(schema)}.table_states order by table_name",
        )
    ]


def require_one_state(
    connection: Connection, schema: str, marts: Collection[str]
) -> None:
    """Check that the marts of a warehouse belong together.

    A warehouse whose builds were never recorded passes: nothing is known about it.

    Parameters
    ----------
    connection : Connection
    schema : str
        Unquoted name of the schema `operations`.
    marts : collection of str
        Names of all marts of the project.

    Raises
    ------
    UserError
        If the newest build of marts is running, was killed or failed, or if the marts
        stem from several as-of weeks or champions.
    """
    if not _is_recorded(connection, schema):
        return
    _require_sound_build(connection, schema)
    states = [s for s in table_states(connection, schema) if s.table in marts]
    missing = sorted(set(marts) - {state.table for state in states})
    if states and missing:
        raise UserError(
            f"found no record of a build of {_some(missing)}, but of {len(states)} "
            "other marts; expected all marts to be built from one as-of week: run "
            "`make build`"
        )
    _require_one("as-of weeks", [(state.table, state.weeks) for state in states])
    _require_one("champions", [(state.table, state.runs) for state in states])


def _require_sound_build(connection: Connection, schema: str) -> None:
    builds = fetch_all(
        connection,
        "select builds.build_id, builds.selection, builds.owner, builds.outcome, "
        "to_char(builds.begun_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"'), "
        "lock.build_id is not null "
        f"from {quoted(schema)}.builds as builds "
        f"left join {quoted(schema)}.build_lock as lock "
        "on builds.build_id = lock.build_id "
        "where builds.n_marts > 0 order by builds.begun_at desc limit 1",
    )
    for build_id, selection, owner, outcome, begun_at, has_lock in builds:
        if outcome == "succeeded":
            continue
        name = f"the newest build of marts, {build_id} ({selection}, by {owner})"
        if outcome == "failed":
            what, then = "failed", "correct its errors and run `make build`"
        elif has_lock:
            what = "begun, not finished: it is running, or was killed"
            then = "wait until it has ended, or run `make build` again"
        else:
            what, then = "begun, not finished: it was killed", "run `make build` again"
        raise UserError(
            f"found {name} of {begun_at}: {what}; expected a build that succeeded, "
            f"because some marts may be newer than others: {then}"
        )


def _require_one(
    name: str, values: Sequence[tuple[str, tuple[object, object]]]
) -> None:
    """Raise UserError if tables stem from different weeks or champions."""
    found: dict[object, list[str]] = {}
    for table, pair in values:
        for value in dict.fromkeys(pair):
            if value is not None:
                found.setdefault(value, []).append(table)
    if len(found) > 1:
        listed = "; ".join(
            f"{value}: {_some(sorted(tables))}"
            for value, tables in sorted(found.items(), key=str)
        )
        raise UserError(
            f"found marts of {len(found)} {name} ({listed}); expected one: run "
            "`make build`"
        )


def _some(names: list[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _is_recorded(connection: Connection, schema: str) -> bool:
    ((is_recorded,),) = fetch_all(
        connection,
        "select to_regclass($1) is not null",
        (f"{quoted(schema)}.table_states",),
    )
    return bool(is_recorded)
