"""The lock that keeps builds, loads and fits apart.

A build of dbt holds a row, because dbt opens a connection for each node (see
macros/builds). A script holds a lock of its session, which ends with the process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from user_states.errors import UserError
from user_states.warehouse.connection import (
    Connection,
    connect,
    execute,
    fetch_all,
    quoted,
)

# What each kind of script does, in words.
WRITERS = {"load": "load of rides", "fit": "fit or change of champion"}

# A build holds these locks itself for an instant, while it begins.
PATIENCE_SECONDS = 2.0


@contextmanager
def only_writer(uri: str, schema: str, kind: Literal["load", "fit"]) -> Iterator[None]:
    """Keep builds and scripts of the same kind away until the context ends.

    Parameters
    ----------
    uri : str
        libpq URL of the warehouse.
    schema : str
        Unquoted name of the schema `operations`, with the target's prefix.
    kind : {"load", "fit"}

    Raises
    ------
    UserError
        If a build or a script of the same kind is running.
    """
    # A lock of the session, which needs no open transaction.
    with connect(uri, autocommit=True) as connection:
        # A pulse takes a minute at most; none begins beside this script.
        pulse = f"user_states pulse in {schema}"
        fetch_all(connection, "select pg_advisory_lock(hashtext($1))", (pulse,))
        if not _locked(connection, f"user_states {kind} in {schema}"):
            raise UserError(
                f"found another {WRITERS[kind]} running ({schema}); expected one at a "
                "time: wait until it has ended"
            )
        _require_no_build(connection, schema)
        fetch_all(connection, "select pg_advisory_unlock(hashtext($1))", (pulse,))
        yield


@contextmanager
def only_pulse(uri: str, schema: str) -> Iterator[str | None]:
    """Let builds, loads and fits wait until the context ends, unless one is running.

    Parameters
    ----------
    uri, schema : str
        As in `only_writer`.

    Yields
    ------
    str or None
        What is running, in words: then nothing waits, and no table may be changed.
    """
    with connect(uri, autocommit=True) as connection:
        if not _is_free(connection, f"user_states pulse in {schema}"):
            yield "another pulse"
            return
        for kind, words in WRITERS.items():
            name = f"user_states {kind} in {schema}"
            if not _is_free(connection, name):
                yield f"a {words}"
                return
            fetch_all(connection, "select pg_advisory_unlock(hashtext($1))", (name,))
        try:
            _require_no_build(connection, schema)
        except UserError:
            yield "a build"
            return
        yield None


def _is_free(connection: Connection, name: str) -> bool:
    """Take the lock of a name if nobody has it, and return whether it was free."""
    ((is_ours,),) = fetch_all(
        connection, "select pg_try_advisory_lock(hashtext($1))", (name,)
    )
    return bool(is_ours)


def _locked(connection: Connection, name: str) -> bool:
    """Return whether the lock of a name could be taken, soon."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (is_ours := _is_free(connection, name)):
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return is_ours


def _require_no_build(connection: Connection, schema: str) -> None:
    """Raise UserError if a build holds the lock."""
    lock = f"{quoted(schema)}.build_lock"
    if fetch_all(connection, "select to_regclass($1) is null", (lock,)) == [(True,)]:
        return
    holders = fetch_all(
        connection,
        "select build_id, owner, "
        "to_char(begun_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"'), "
        "to_char(last_seen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"') "
        f"from {lock} where not ({IS_LEFT_OVER})",
    )
    for build_id, owner, begun_at, last_seen_at in holders:
        raise UserError(
            f"found the build {build_id} of {owner}, begun {begun_at}, last seen "
            f"{last_seen_at}; expected none meanwhile. Nothing was changed: wait until "
            "it has ended. If it was killed, `dbt run-operation release_build_lock` "
            "removes its lock"
        )


# As in macros/builds/stop_beside_a_build.sql: not renewed for ten minutes, and no
# session of its user and program.
IS_LEFT_OVER = """
last_seen_at < clock_timestamp() - interval '10 minutes'
and not exists (
    select 1 from pg_stat_activity as sessions
    where sessions.datname = current_database()
        and sessions.usename = build_lock.session_user_name
        and sessions.application_name = build_lock.session_application
)
"""


def release(uri: str, schema: str, build_id: str) -> None:
    """Remove the lock of a build that has ended without its last hook, and say so.

    Parameters
    ----------
    uri, schema : str
        As in `only_writer`.
    build_id : str
        The build; the lock of another one stays.
    """
    builds, lock = (f"{quoted(schema)}.{name}" for name in ("builds", "build_lock"))
    with connect(uri, autocommit=True) as connection:
        if fetch_all(connection, "select to_regclass($1) is null", (lock,)) == [
            (True,)
        ]:
            return
        execute(
            connection,
            f"update {builds} set outcome = 'failed', finished_at = clock_timestamp() "
            "where build_id = $1 and outcome is null",
            (build_id,),
        )
        execute(connection, f"delete from {lock} where build_id = $1", (build_id,))
