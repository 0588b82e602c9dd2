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
    own = server.cpu_times()
    seconds = own.user + own.system + own.children_user + own.children_system
    for child in server.children():
        times = child.cpu_times()
        seconds += times.user + times.system
    return float(seconds)
