"""How many messages a second the sender of the outbox posts, and its memory."""

from __future__ import annotations

import multiprocessing as mp
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil

from user_states.outbox.deliveries import OutboxTables
from user_states.outbox.endpoints import Endpoint, EndpointRow
from user_states.outbox.sending import EndpointSender, SenderOptions
from user_states.warehouse.connection import connect, execute
from user_states.warehouse.dbt_project import DbtProject

# What the issue of this part asked for.
LEAST_A_SECOND = 200
BENCH_SCHEMA = "bench_outbox"
BENCH_SECRET = "whsec_" + "A" * 43 + "="


@dataclass(frozen=True)
class OutboxTiming:
    """What sending took.

    Attributes
    ----------
    n_messages : int
    seconds : float
    n_a_second : float
    first_mebibytes, last_mebibytes : float
        Memory of the process after the first tenth and at the end.
    """

    n_messages: int
    seconds: float
    n_a_second: float
    first_mebibytes: float
    last_mebibytes: float


def time_outbox(project: DbtProject, n_messages: int) -> OutboxTiming:
    """Write messages into an empty warehouse, and time their way to a receiver."""
    for macro in ("create_exposure_log", "create_outbox_tables"):
        project.run("run-operation", macro, label=macro)
    tables = _made_tables(project, n_messages)
    with local_receiver() as url:
        row = EndpointRow(
            "bench", "*", "URL", "SECRET", None, "default", None, "user_id", True
        )
        endpoint = Endpoint.of(row, {"URL": url, "SECRET": BENCH_SECRET})
        uri, options = project.connection_uri, SenderOptions()
        process = psutil.Process()
        # The first tenth warms up, and is not timed.
        n_first = n_messages // 10
        _release(uri, tables, endpoint, n_first)
        EndpointSender(uri, tables, endpoint, options).run()
        first = process.memory_info().rss / 2**20
        _release(uri, tables, endpoint, n_messages)
        began = time.perf_counter()
        counts = EndpointSender(uri, tables, endpoint, options).run()
        seconds = time.perf_counter() - began
        last = process.memory_info().rss / 2**20
    n_timed = counts["delivered"]
    return OutboxTiming(n_timed, seconds, n_timed / seconds, first, last)


def describe_outbox_timing(timing: OutboxTiming) -> list[str]:
    """Return the result as lines."""
    first, last = timing.first_mebibytes, timing.last_mebibytes
    speed = f"{timing.seconds:.1f} s: {timing.n_a_second:,.0f} a second"
    return [
        f"{timing.n_messages:,} messages in {speed}",
        f"memory: {first:.0f} MB after the first tenth, {last:.0f} MB at the end",
    ]


def _made_tables(project: DbtProject, n_messages: int) -> OutboxTables:
    """Make up messages and identifiers of as many customers."""
    with closing(connect(project.connection_uri, autocommit=True)) as connection:
        for statement in (
            f"create schema {BENCH_SCHEMA}",
            f"create table {BENCH_SCHEMA}.left_alone (customer_id text, user_id text)",
            f"""
            create table {BENCH_SCHEMA}.messages as
            select
                'm' || n as message_id, cast(n as bigint) as message_number,
                'vip' as trigger, 'offers.vip' as topic, 'c' || n as customer_id,
                cast(null as text) as user_id, 'vip' as audience,
                now() as happened_at, now() as written_at,
                '{{"title": "VIP", "message": "Thanks", "offer": "10% off"}}'
                    as properties
            from generate_series(1, {n_messages}) as n
            """,
            f"create unique index on {BENCH_SCHEMA}.messages (message_id)",
            f"""
            create table {BENCH_SCHEMA}.identifiers as
            select
                'c' || n as customer_id, 'user_id' as identifier_type,
                'u' || n as identifier, now() as last_seen_at
            from generate_series(1, {n_messages}) as n
            """,
            f"create index on {BENCH_SCHEMA}.identifiers (customer_id)",
            f"analyze {BENCH_SCHEMA}.messages",
            f"analyze {BENCH_SCHEMA}.identifiers",
        ):
            execute(connection, statement)
    schema, table = project.source("activation", "exposures")
    outbox, _ = project.source("outbox", "deliveries")
    return OutboxTables(
        messages=f"{BENCH_SCHEMA}.messages",
        identifiers=f"{BENCH_SCHEMA}.identifiers",
        left_alone_customers=f"{BENCH_SCHEMA}.left_alone",
        left_alone_users=f"{BENCH_SCHEMA}.left_alone",
        deliveries=f"{outbox}.deliveries",
        endpoints=f"{outbox}.endpoints",
        exposures=f"{schema}.{table}",
    )


def _release(
    uri: str, tables: OutboxTables, endpoint: Endpoint, n_messages: int
) -> None:
    """Let the first messages wait, and no others."""
    with closing(connect(uri, autocommit=True)) as connection:
        execute(
            connection,
            f"update {tables.messages} set written_at = case "
            f"when message_number <= {n_messages} then now() "
            "else now() - interval '30 days' end",
        )


@contextmanager
def local_receiver() -> Iterator[str]:
    """Run a receiver that takes everything, in a process of its own."""
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}/hook"
    finally:
        process.terminate()
        process.join()


class _Taking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _serve(pipe: mp.connection.Connection[int, int]) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Taking)
    server.daemon_threads = True
    pipe.send(server.server_port)
    server.serve_forever()
