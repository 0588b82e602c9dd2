"""The features of customers timed against a plain count, as a ratio.

Both read the same generated events of the window of one as-of week, and the same table
that says whose each event is. The rival joins them and counts kinds of events: one
query that fills one row a customer. Ours are all models between these tables and the
features: phases, days, names that count once, sessions with medians, CRM records. Each
writes tables, on a server of its own, in turn. Compared are seconds of the processor,
those of all processes of the server: the rival joins with several.

Each person has about fifty events, on the web by an anonymous id and in the product by
a user id, in sessions of five.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from user_states.benchmarks.panel_benchmark import build_without_tests, describe_cores
from user_states.benchmarks.server_processor import server_processor_seconds
from user_states.console import format_table
from user_states.events.load_simulated_events import EventWriter
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import Connection, connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import temporary_server

FEATURE_MODELS = (
    "int_customer_phases",
    "int_phase_days",
    "int_phase_names",
    "int_phase_name_steps",
    "int_customer_window_events",
    "int_customer_window_sessions",
    "int_customer_records_as_of",
    "int_customer_features",
)
_INPUTS = (
    *("int_events", "int_customer_events", "int_customer_ids_as_of"),
    *("int_sessions", "int_snapshot_weeks"),
)
_EVENTS_PER_PERSON, _EVENTS_PER_SESSION = 50, 5
_AS_OF_WEEK, _WINDOW_DAYS = "2026-06-01", 90

# Otherwise its work would be counted too.
_QUIET = {"autovacuum": "off"}
# What int_customer_events has of events.
_EVENT_COLUMNS = (
    *("source", "event_type", "raw_event_type", "occurred_at", "occurred_local"),
    *("local_date", "week_start", "user_id", "anonymous_id", "session_key"),
    *("page_path", "content_type", "feature_name", "is_advanced_feature"),
    *("value_in_reporting_currency", "platform"),
)

# Kinds of events by the last two digits of a hash: up to which digits, and what.
_WEB = (
    (45, "page_view"),
    (70, "product_view"),
    (78, "video_start"),
    (84, "download"),
    (90, "filter_use"),
    (95, "add_to_cart"),
    (99, "purchase"),
)
_PRODUCT = ((60, "feature_use"), (85, "app_open"), (99, "ride_completed"))

_GENERATED = """
create table generated.events as
with sessions as (
    select
        number,
        1 + abs(hashint8(number * 7)) % {n_people} as person,
        abs(hashint8(number * 11)) % 2 = 0 as is_web,
        timestamp '{first_day}'
        + abs(hashint8(number * 13)) % ({window_days} * 86400 - 3600)
        * interval '1 second' as started_local
    from generate_series(1, {n_sessions}) as numbers (number)
)
select
    md5(number || ':' || place) as event_key,
    number as session_number, person, is_web, place, started_local,
    started_local + place * interval '2 minutes' as occurred_local,
    abs(hashint8(number * 10 + place)) % 100 as kind,
    abs(hashint8(number * 10 + place + 17)) as name,
    (array['ios', 'android', 'web'])[1 + person % 3] as platform
from sessions
cross join generate_series(0, {events_per_session} - 1) as places (place)
"""

_FILLED = """
insert into {int_events} (
    event_key, source, event_type, occurred_at, occurred_local, user_id,
    anonymous_id, session_key, page_path, content_type, feature_name,
    value_in_reporting_currency, platform, used_time_zone, is_known_event_type,
    local_date, week_start
)
select
    event_key, source, event_type, occurred_local at time zone 'UTC', occurred_local,
    case when not is_web then 'u' || person end,
    case when is_web then 'a' || person end,
    md5('session' || session_number),
    case
        when is_web then '/' || coalesce(content_type, 'page') || '/' || name % 200
    end,
    content_type,
    case when event_type = 'feature_use' then 'feature ' || name % 12 end,
    case when event_type in ('purchase', 'ride_completed') then 5 + name % 40 end,
    platform, 'UTC', true, occurred_local::date,
    date_trunc('week', occurred_local)::date
from (
    select
        kinds.*,
        case
            when event_type = 'download' then 'whitepaper'
            when event_type = 'page_view' and name % 3 = 0 then 'blog'
        end as content_type
    from (
        select
            events.*,
            case when is_web then 'web' else 'product' end as source,
            case when is_web then {web} else {product} end as event_type
        from generated.events as events
    ) as kinds
) as typed;

insert into {int_customer_events} (
    event_key, identifier_key, customer_id, is_by_last_login, {event_columns}
)
select
    event_key,
    coalesce('user_id:' || user_id, 'anonymous_id:' || anonymous_id),
    'c' || substr(coalesce(user_id, anonymous_id), 2),
    false,
    {event_columns}
from {int_events};

create table owners as
select event_key, customer_id from {int_customer_events};

insert into {int_customer_ids_as_of} (
    identifier_key, from_week_start, customer_id, is_newest
)
select
    kind || person, date '{as_of_week}' - 7, 'c' || person, true
from generate_series(1, {n_people}) as people (person)
cross join (values ('anonymous_id:a'), ('user_id:u')) as kinds (kind);

insert into {int_sessions} (
    session_key, source, first_event_key, platform, started_at, started_local,
    duration_seconds, is_duration_complete, is_duration_imputed
)
select
    md5('session' || session_number), case when is_web then 'web' else 'product' end,
    event_key, platform, started_local at time zone 'UTC', started_local,
    480 + name % 300, name % 10 > 0, name % 10 = 0
from generated.events
where place = 0;

insert into {int_snapshot_weeks} (
    as_of_week_start, ends_on, ends_at, window_starts_on, is_backfilled
)
values (
    date '{as_of_week}', date '{as_of_week}' + 7,
    (date '{as_of_week}' + 7)::timestamp at time zone 'UTC',
    date '{as_of_week}' + 7 - {window_days}, false
)
"""

_PLAIN = """
create table plain.counts as
select
    owners.customer_id,
    count(*) as n_events,
    count(case when source = 'product' then 1 end) as n_product_events,
    count(case when source = 'web' then 1 end) as n_web_events,
    count(case when event_type = 'page_view' then 1 end) as n_website_views,
    count(case when event_type = 'video_start' then 1 end) as n_videos_started,
    count(case when event_type = 'filter_use' then 1 end) as n_filters_used,
    count(case when event_type = 'feature_use' then 1 end) as n_feature_interactions,
    count(case when event_type = 'purchase' then 1 end) as n_purchases,
    count(case when event_type = 'ride_completed' then 1 end) as n_rides,
    sum(value_in_reporting_currency) as spend,
    min(local_date) as first_seen_on,
    max(local_date) as last_seen_on
from {int_events} as events
inner join owners
    on events.event_key = owners.event_key
where
    events.local_date >= date '{as_of_week}' + 7 - {window_days}
    and events.local_date < date '{as_of_week}' + 7
group by owners.customer_id
"""


@dataclass(frozen=True)
class FeaturesTiming:
    """What the plain count and the models of the features took.

    Attributes
    ----------
    events, customers : int
        Generated events, all in the window; customers with features.
    plain_processor, ours_processor : float
        Seconds of the processor; medians of the rounds, without the start of dbt.
    plain_elapsed, ours_elapsed : float
        The same on the clock.
    ratio : float
        Median of the rounds' ratios, ours to the plain count's, of the processor.
    model_seconds : dict of str to float
        Of the last round, by model, on the clock.
    rounds : int
    machine : str
    """

    events: int
    customers: int
    plain_processor: float
    ours_processor: float
    plain_elapsed: float
    ours_elapsed: float
    ratio: float
    model_seconds: Mapping[str, float]
    rounds: int
    machine: str


def measure_features(n_events: int, rounds: int = 3) -> FeaturesTiming:
    """Generate events on a server of its own, and time both contenders in turn.

    Parameters
    ----------
    n_events : int
        Events to generate, a multiple of five; 1,000,000 take about 1 GB.
    rounds : int
        Runs of each contender.

    Returns
    -------
    FeaturesTiming
    """
    with temporary_server(_QUIET) as server:
        os.environ.update(server.address.environment())
        project = DbtProject.load("demo")
        with closing(connect(project.connection_uri)) as connection:
            load_simulation(
                connection, SimulationSettings(50, 16), events=EventWriter()
            )
        # It makes the tables; their rows are replaced.
        build_without_tests(project, "+int_customer_features")
        with closing(connect(project.connection_uri, autocommit=True)) as connection:
            _generate(connection, project, n_events)
            plain, ours = [], []
            models: dict[str, float] = {}
            for _ in range(rounds):
                plain.append(_time_plain(connection, project))
                processor, models = _time_ours(connection, project)
                ours.append((processor, sum(models.values())))
            ((n_customers,),) = fetch_all(
                connection,
                f"select count(*) from {project.relation(FEATURE_MODELS[-1])}",
            )
    plain_processor, plain_elapsed = zip(*plain, strict=True)
    ours_processor, ours_elapsed = zip(*ours, strict=True)
    return FeaturesTiming(
        events=n_events,
        customers=n_customers,
        plain_processor=statistics.median(plain_processor),
        ours_processor=statistics.median(ours_processor),
        plain_elapsed=statistics.median(plain_elapsed),
        ours_elapsed=statistics.median(ours_elapsed),
        ratio=statistics.median(
            a / b for a, b in zip(ours_processor, plain_processor, strict=True)
        ),
        model_seconds=models,
        rounds=rounds,
        machine=describe_cores(),
    )


def describe_features(timing: FeaturesTiming) -> list[str]:
    """Return the timing as lines for a person to read."""
    return [
        f"{timing.customers:,} customers, {timing.events:,} events; {timing.machine}",
        *format_table(
            ("what", "seconds of the processor", "on the clock", "ratio"),
            [
                (
                    "plain count of events",
                    f"{timing.plain_processor:.1f}",
                    f"{timing.plain_elapsed:.1f}",
                    "1.00",
                ),
                (
                    "the models of the features",
                    f"{timing.ours_processor:.1f}",
                    f"{timing.ours_elapsed:.1f}",
                    f"{timing.ratio:.2f}",
                ),
                *(
                    (f"  {model}", "", f"{seconds:.1f}", "")
                    for model, seconds in timing.model_seconds.items()
                ),
            ],
        ),
    ]


def _generate(connection: Connection, project: DbtProject, n_events: int) -> None:
    names = {
        **{model: project.relation(model) for model in _INPUTS},
        "event_columns": ", ".join(_EVENT_COLUMNS),
        "n_people": max(1, n_events // _EVENTS_PER_PERSON),
        "n_sessions": n_events // _EVENTS_PER_SESSION,
        "events_per_session": _EVENTS_PER_SESSION,
        "as_of_week": _AS_OF_WEEK,
        "window_days": _WINDOW_DAYS,
        "first_day": "2026-03-10",
        "web": _kind_in_sql(_WEB),
        "product": _kind_in_sql(_PRODUCT),
    }
    execute(connection, "create schema generated")
    execute(connection, _GENERATED.format(**names))
    execute(connection, "truncate " + ", ".join(str(names[name]) for name in _INPUTS))
    for statement in _FILLED.format(**names).split(";\n\n"):
        execute(connection, statement)
    execute(connection, "drop schema generated cascade")
    for model in _INPUTS:
        execute(connection, f"vacuum analyze {names[model]}")
    execute(connection, "vacuum analyze owners")


def _kind_in_sql(kinds: tuple[tuple[int, str], ...]) -> str:
    cases = " ".join(f"when kind <= {up_to} then '{name}'" for up_to, name in kinds)
    return f"case {cases} end"


def _time_plain(connection: Connection, project: DbtProject) -> tuple[float, float]:
    """Return seconds of the processor, and on the clock."""
    names = {model: project.relation(model) for model in _INPUTS}
    execute(connection, "drop schema if exists plain cascade")
    execute(connection, "create schema plain")
    started, before = time.monotonic(), server_processor_seconds(connection)
    execute(
        connection,
        _PLAIN.format(**names, as_of_week=_AS_OF_WEEK, window_days=_WINDOW_DAYS),
    )
    execute(connection, "analyze plain.counts")
    processor = server_processor_seconds(connection) - before
    return processor, time.monotonic() - started


def _time_ours(
    connection: Connection, project: DbtProject
) -> tuple[float, dict[str, float]]:
    """Return seconds of the processor, and on the clock by model."""
    before = server_processor_seconds(connection)
    seconds = project.run("run", "--select", *FEATURE_MODELS, label="timing the models")
    processor = server_processor_seconds(connection) - before
    return processor, {model: seconds[model] for model in FEATURE_MODELS}
