"""Says which rights a role lacks, when the warehouse denies it something."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import adbc_driver_manager
from adbc_driver_manager.dbapi import Connection

from user_states.errors import UserError

# SQLSTATE of a statement that needs a right which the role does not have.
PERMISSION_DENIED = "42501"

# What a statement needs on a table, by its first word.
_PRIVILEGES = {
    "delete": "delete",
    "insert": "insert",
    "truncate": "truncate",
    "update": "update",
}
_PART = r'"(?:[^"]|"")+"|\w+'
_QUALIFIED_NAME = re.compile(rf"(?:{_PART})(?:\.(?:{_PART}))+")


def permission_denied(
    connection: Connection, sql: str, error: adbc_driver_manager.Error
) -> UserError:
    """Return the error for a statement that the role may not run.

    The transaction of the connection is rolled back.

    Parameters
    ----------
    connection : Connection
    sql : str
        The statement. Its tables are named with their schemas.
    error : adbc_driver_manager.Error
        What the warehouse answered, with the code `PERMISSION_DENIED`.
    """
    with suppress(adbc_driver_manager.Error):  # a connection that commits by itself
        connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("select current_user::text")
        ((role,),) = cursor.fetchall()
        grants = _missing_grants(cursor, sql)
    found = re.search(r"permission denied[^\n]*", str(error))
    reason = found.group().strip() if found else "permission denied"
    remedy = f": the owner can run `{'; '.join(grants)}`, or" if grants else ":"
    return UserError(
        f"found the role {role!r} without a right that it needs here ({reason}); "
        f"expected a role that may do this{remedy} name the role in the var "
        "reader_role, fitter_role, exposure_writer_role or sender_role, and the next "
        "build grants it what such a role needs (docs/operations.md)"
    )


def _missing_grants(cursor: Any, sql: str) -> list[str]:
    """Return the grants that the current role lacks on the tables of a statement."""
    parts = [re.findall(_PART, name) for name in _QUALIFIED_NAME.findall(sql)]
    # The last two of database, schema and table.
    names = {(_unquoted(schema), _unquoted(table)) for *_, schema, table in parts}
    privilege = _PRIVILEGES.get(sql.split(maxsplit=1)[0].lower(), "select")
    statements = []
    for schema, table in sorted(names):
        cursor.execute(
            """
            select
                case when not has_schema_privilege(pg_namespace.oid, 'usage') then
                    format(
                        'grant usage on schema %I to %I', nspname, current_user
                    )
                end,
                case when not has_table_privilege(pg_class.oid, $3) then
                    format(
                        'grant %s on %I.%I to %I', $3, nspname, relname, current_user
                    )
                end
            from pg_class
            inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
            where nspname = $1 and relname = $2
            """,
            (schema, table, privilege),
        )
        statements += [grant for row in cursor.fetchall() for grant in row if grant]
    return list(dict.fromkeys(statements))


def _unquoted(identifier: str) -> str:
    return identifier.removeprefix('"').removesuffix('"').replace('""', '"')
