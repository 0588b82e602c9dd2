"""Connections to the warehouse, by the library that also transfers rows in bulk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import adbc_driver_manager
from adbc_driver_manager.dbapi import Connection as Connection
from adbc_driver_postgresql import dbapi

from user_states.errors import UserError
from user_states.warehouse.permissions import PERMISSION_DENIED, permission_denied

# SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
DISK_FULL = "53100"


def connect(uri: str, *, autocommit: bool = False) -> Connection:
    """Open a connection.

    Parameters
    ----------
    uri : str
        A libpq URL, see libpq_url.py.
    autocommit : bool
        Commit each statement immediately instead of on `commit()`.

    Raises
    ------
    UserError
        If there is no server, or if it refuses the user, the password or the database.
    """
    try:
        connection: Connection = dbapi.connect(uri, autocommit=autocommit)
    except adbc_driver_manager.Error as error:
        parts = urlsplit(uri)
        raise UserError(
            f"cannot connect to PostgreSQL as {parts.username!r} at "
            f"{parts.hostname}:{parts.port}{parts.path}: {_server_text(error)}. "
            "Expected a running server and working credentials: check the target "
            "in profiles.yml and its environment variables; `make demo` starts "
            "the local server for you."
        ) from None
    return connection


def fetch_all(
    connection: Connection, sql: str, parameters: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    """Return all rows of a small query.

    Raises
    ------
    UserError
        If the role may not run it.
    """
    with _permitted(connection, sql), connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        # By columns: reading value by value, as `fetchall` does, takes longer.
        columns = cursor.fetch_arrow_table().columns
        return list(zip(*(column.to_pylist() for column in columns), strict=True))


def execute(connection: Connection, sql: str, parameters: tuple[Any, ...] = ()) -> None:
    """Run a statement and ignore what it returns.

    Raises
    ------
    UserError
        If the role may not run it.
    """
    with _permitted(connection, sql), connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)


def columns_of(connection: Connection, relation: str) -> list[str]:
    """Return the columns of a table or view.

    Parameters
    ----------
    connection : Connection
    relation : str
        Quoted name, with the schema.

    Raises
    ------
    UserError
        If the role may not read it.
    adbc_driver_manager.Error
        If there is none.
    """
    sql = f"select * from {relation} limit 0"
    with _permitted(connection, sql), connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetch_arrow_table().column_names)


@contextmanager
def _permitted(connection: Connection, sql: str) -> Iterator[None]:
    """Turn a missing right into a UserError."""
    try:
        yield
    except adbc_driver_manager.Error as error:
        if error.sqlstate != PERMISSION_DENIED:
            raise
        raise permission_denied(connection, sql, error) from None


def quoted(identifier: str) -> str:
    """Return an SQL identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return text as a literal of SQL.

    Use it in queries with large results: with parameters, ADBC does not use COPY but
    holds all rows in libpq, at several times their size.
    """
    return "'" + text.replace("'", "''") + "'"


def _server_text(error: Exception) -> str:
    """Return the message of the server, without that of the driver."""
    text = " ".join(str(error).split())
    for marker in ("FATAL:", "failed:", "connection: "):
        if marker in text:
            return text.split(marker, 1)[1].strip().rstrip(".")
    return text
