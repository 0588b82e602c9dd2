"""What a pulse takes beside a full build, and whether both make the same tables."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass

from user_states.benchmarks.outbox_benchmark import BENCH_SECRET, local_receiver
from user_states.benchmarks.table_digests import table_digests
from user_states.errors import UserError
from user_states.project_folder import PROJECT_FOLDER
from user_states.warehouse.connection import connect, execute, fetch_all
from user_states.warehouse.dbt_project import PULSE_MODELS, DbtProject

# The goals: seconds to the posted messages, and the share of a build.
MOST_SECONDS = 60.0
MOST_OF_A_BUILD = 1 / 20
# Events of a session, a minute apart.
SESSION_EVENTS = 5
DAYS = 200
# What is compared: of messages those of the trigger that a pulse follows, because
# others wait for a build.
PULSE_ROWS = {
    "int_recent_events": "true",
    "int_recent_moments": "true",
    "int_recent_cohort_changes": "true",
    "outbox_messages": "trigger = 'vip_offer'",
}


@dataclass(frozen=True)
class PulseTiming:
    """What a pulse and a build took.

    Attributes
    ----------
    n_users, n_events, n_new : int
    n_messages : int
        That the pulse wrote and sent.
    seconds : float
        From the insert of new events to the end of the pulse, with the start of Python.
    pulse_node_seconds, build_node_seconds : float
        Of models alone.
    """

    n_users: int
    n_events: int
    n_new: int
    n_messages: int
    seconds: float
    pulse_node_seconds: float
    build_node_seconds: float

    @property
    def share(self) -> float:
        """Node-seconds of a pulse over those of a build."""
        return self.pulse_node_seconds / self.build_node_seconds


def time_pulse(
    project: DbtProject, n_users: int, n_events: int, n_new: int
) -> PulseTiming:
    """Build a log of events, add new ones, pulse, build again and compare.

    Raises
    ------
    UserError
        If a table differs after the pulse and after the build.
    """
    uri = project.connection_uri
    with closing(connect(uri, autocommit=True)) as connection:
        for statement in _log_of(n_users, n_events):
            execute(connection, statement)
    project.run("seed", label="seeds")
    project.run("run", label="first build")
    with closing(connect(uri, autocommit=True)) as connection:
        schema, _ = project.source("outbox", "deliveries")
        execute(
            connection,
            f"update {schema}.trigger_beginnings "
            "set begins_at = now() - interval '2 h'",
        )
        execute(
            connection,
            f"update {project.relation('webhooks')} set is_enabled = true, "
            "allow_private = true where endpoint = 'own_service'",
        )
        with local_receiver() as url:
            execute(connection, _events(n_users, n_new, "interval '1 hour'", "new"))
            began = time.perf_counter()
            environment = os.environ | {
                "OUTBOX_OWN_URL": url,
                "OUTBOX_OWN_SECRET": BENCH_SECRET,
            }
            subprocess.run(
                [sys.executable, str(PROJECT_FOLDER / "scripts" / "pulse.py")],
                check=True,
                env=environment,
            )
            seconds = time.perf_counter() - began
        ((n_messages,),) = fetch_all(
            connection,
            f"select count(*) from {schema}.deliveries where status = 'delivered'",
        )
        # Once more, in this process, to know the seconds of its models.
        pulse_nodes = project.run("run", "--select", PULSE_MODELS, label="pulse")
        by_pulse = table_digests(connection, project, PULSE_ROWS)
        build_nodes = project.run("run", label="second build")
        by_build = table_digests(connection, project, PULSE_ROWS)
    different = [name for name in PULSE_ROWS if by_pulse[name] != by_build[name]]
    if different:
        raise UserError(
            f"found {', '.join(different)} different after a pulse and after a build; "
            "expected the same rows: see docs/outbox.md for what a pulse cannot know"
        )
    return PulseTiming(
        n_users,
        n_events,
        n_new,
        int(n_messages),
        seconds,
        sum(pulse_nodes.values()),
        sum(build_nodes.values()),
    )


def describe_pulse_timing(timing: PulseTiming) -> list[str]:
    """Return the result as lines."""
    nodes = f"{timing.pulse_node_seconds:.1f} of {timing.build_node_seconds:.0f}"
    sent = (
        f"{timing.n_events:,} events of {timing.n_users:,} users, "
        f"{timing.n_new:,} of them new: {timing.n_messages:,} messages sent after "
        f"{timing.seconds:.1f} s"
    )
    return [
        sent,
        f"node-seconds of models: {nodes}, {timing.share:.1%}",
        "tables after the pulse and after a build: the same",
    ]


def _log_of(n_users: int, n_events: int) -> list[str]:
    columns = (
        "source text, event_type text, occurred_at timestamptz, user_id text, "
        "anonymous_id text, event_id text"
    )
    return [
        "create schema if not exists app",
        f"create table app.events ({columns})",
        "select setseed(0.5)",
        _events(n_users, n_events, f"interval '{DAYS} days'", "old"),
        "analyze app.events",
    ]


def _events(n_users: int, n_events: int, span: str, kind: str) -> str:
    """Return a statement that adds sessions of random users, in the last span."""
    return f"""
        insert into app.events
        select
            'app', 'page', sessions.began_at + step * interval '1 minute',
            'u' || sessions.person, 'd' || sessions.person,
            '{kind} ' || sessions.number || ' ' || step
        from (
            select
                number, floor(random() * {n_users}) as person,
                now() - interval '{SESSION_EVENTS} minutes' - random() * {span}
                    as began_at
            from generate_series(1, {n_events // SESSION_EVENTS}) as number
        ) as sessions
        cross join generate_series(0, {SESSION_EVENTS - 1}) as step
    """
