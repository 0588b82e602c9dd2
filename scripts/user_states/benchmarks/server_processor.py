"""Seconds of the processor that a PostgreSQL server on this machine has used."""

from __future__ import annotations

import psutil

from user_states.errors import UserError
from user_states.warehouse.connection import Connection, fetch_all


def server_processor_seconds(connection: Connection) -> float:
    """Return the processor seconds of all processes of a connection's server.

    Processes that have ended count, too. Only Linux reports their seconds.

    Parameters
    ----------
    connection : Connection
        To a server on this machine, which runs Linux.

    Raises
    ------
    UserError
        If the server has no process here.
    """
    ((pid,),) = fetch_all(connection, "select pg_backend_pid()")
    server = psutil.Process(pid).parent() if psutil.pid_exists(pid) else None
    if server is None:
        raise UserError(
            "found no process of the server; expected one on this machine, with Linux"
        )
    while True:
        before = server.cpu_times()
        try:
            children = [child.cpu_times() for child in server.children()]
        except psutil.NoSuchProcess:
            continue
        own = server.cpu_times()
        # Otherwise one has ended meanwhile, and counts twice or not at all.
        if own.children_user + own.children_system == (
            before.children_user + before.children_system
        ):
            break
    seconds = own.user + own.system + own.children_user + own.children_system
    seconds += sum(times.user + times.system for times in children)
    return float(seconds)
