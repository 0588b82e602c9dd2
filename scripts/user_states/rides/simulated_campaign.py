"""A campaign in a simulated log: messages, and the rides that they bring.

The rides after the campaign's Monday are hidden until the messages were sent, so that
lists are made as a company makes them: from what is known on that day. A message brings
rides like those that the user took before. The truth is kept in the schema
`simulation`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from user_states.rides.contract import RIDES
from user_states.rides.landing import (
    AppTables,
    analyze,
    append,
    landing,
)
from user_states.rides.later_rows import hide_later_rows
from user_states.rides.simulated_world import (
    EXTRA_RIDE_WEEKS,
    OFFERS,
    REACHED_SHARE,
    RIDES_REPEATED,
    Offer,
)
from user_states.rides.truth_tables import (
    LATER_RIDES,
    TRUTH_SCHEMA,
    TRUTH_TABLES,
)
from user_states.warehouse.connection import Connection, execute, fetch_all, quoted

# On the campaign's Monday: when the lists are made, and in which hours after that
# messages are sent. By then that Monday has begun in every city.
LISTED_AT = dt.timedelta(hours=16)
_SENT_HOURS = (1, 72)
_HOUR = 3600


@dataclass(frozen=True)
class CampaignTables:
    """Quoted names of the tables that a campaign reads and writes.

    Attributes
    ----------
    spells, lists : str
        The marts audiences and audience_lists.
    exposures : str
        The log of messages.
    """

    spells: str
    lists: str
    exposures: str


@dataclass(frozen=True)
class CampaignReport:
    """What a campaign did."""

    n_messages: int
    n_extra_rides: int

    def __str__(self) -> str:
        return (
            f"{self.n_messages:,} messages to users of the lists; they bring "
            f"{self.n_extra_rides:,} rides"
        )


def listed_at(monday: dt.date) -> dt.datetime:
    """Return the moment at which the lists of a campaign's Monday are made."""
    return dt.datetime.combine(monday, dt.time(), dt.UTC) + LISTED_AT


def hide_later_rides(connection: Connection, app: AppTables, monday: dt.date) -> None:
    """Move the rides after the lists are made out of the table of rides.

    Rides with a wrong clock, years ahead, stay.
    """
    hide_later_rows(
        connection,
        RIDES,
        (app.schema, app.rides),
        "requested_at",
        since=listed_at(monday),
        hidden_in=LATER_RIDES,
    )


def run_campaign(
    connection: Connection,
    app: AppTables,
    tables: CampaignTables,
    monday: dt.date,
    seed: int = 0,
) -> CampaignReport:
    """Send messages to the lists, and let the rides since then happen.

    Parameters
    ----------
    connection : Connection
    app : AppTables
    tables : CampaignTables
    monday : date
        Day on which the lists were made, in the demo's own time: the records of the
        spells get it, because the build that made them ran later.
    seed : int
    """
    rng = np.random.default_rng(seed)
    n_messages = n_rides = 0
    with landing(connection):
        execute(
            connection,
            f"update {tables.spells} set entered_at = $1 where entered_week_start = $2",
            (listed_at(monday), monday - dt.timedelta(weeks=1)),
        )
        for offer in OFFERS:
            users = _reached_users(connection, rng, tables.lists, offer)
            sent_at = _draw_instants(rng, len(users), monday)
            messages = _messages(users, sent_at, offer)
            append(connection, TRUTH_SCHEMA, "campaign_messages", messages)
            rides = _extra_rides(rng, users, offer)
            append(connection, TRUTH_SCHEMA, "campaign_rides", rides)
            _log_messages(connection, tables.exposures, offer)
            n_messages, n_rides = n_messages + len(users), n_rides + rides.num_rows
        _add_rides(connection, app, monday)
        for table in TRUTH_TABLES:
            analyze(connection, TRUTH_SCHEMA, table)
    return CampaignReport(n_messages, n_rides)


def _reached_users(
    connection: Connection, rng: np.random.Generator, lists: str, offer: Offer
) -> list[str]:
    rows = fetch_all(
        connection,
        f"select user_id from {lists} "
        "where audience = $1 and list_status = 'write' order by user_id",
        (offer.audience,),
    )
    is_reached = rng.random(len(rows)) < REACHED_SHARE
    return [user for (user,), reached in zip(rows, is_reached, strict=True) if reached]


def _draw_instants(
    rng: np.random.Generator, n_messages: int, monday: dt.date
) -> npt.NDArray[np.datetime64]:
    first, last = (hour * _HOUR for hour in _SENT_HOURS)
    seconds = rng.integers(first, last, n_messages)
    begin = np.datetime64(listed_at(monday).replace(tzinfo=None), "us")
    instants: npt.NDArray[np.datetime64] = begin + seconds.astype("timedelta64[s]")
    return instants


def _messages(
    users: list[str], sent_at: npt.NDArray[np.datetime64], offer: Offer
) -> pa.RecordBatch:
    schema = TRUTH_TABLES["campaign_messages"].arrow_schema
    columns = [
        pa.array(users, pa.string()),
        pa.array([offer.audience] * len(users), pa.string()),
        pa.array(sent_at, pa.timestamp("us")).cast(schema.field("sent_at").type),
        pa.array([offer.extra_rides] * len(users), pa.float64()),
    ]
    return pa.record_batch(columns, schema=schema)


def _extra_rides(
    rng: np.random.Generator, users: list[str], offer: Offer
) -> pa.RecordBatch:
    counts = rng.poisson(offer.extra_rides, len(users))
    rows = np.repeat(np.arange(len(users)), counts)
    n_rides = len(rows)
    columns = [
        pa.array([f"{offer.audience}-{number:06d}" for number in range(n_rides)]),
        pa.array(users, pa.string()).take(pa.array(rows)),
        pa.array(rng.random(n_rides)),
        pa.array(rng.choice(len(EXTRA_RIDE_WEEKS), n_rides, p=EXTRA_RIDE_WEEKS)),
        pa.array(rng.integers(0, 60, n_rides)),
    ]
    schema = TRUTH_TABLES["campaign_rides"].arrow_schema
    typed = [
        column.cast(field.type) for column, field in zip(columns, schema, strict=True)
    ]
    return pa.record_batch(typed, schema=schema)


def _log_messages(connection: Connection, exposures: str, offer: Offer) -> None:
    execute(
        connection,
        f"insert into {exposures} "
        "(exposure_id, audience, user_id, exposed_at, channel, action) "
        "select audience || '-' || user_id, audience, user_id, sent_at, 'push', $1 "
        f"from {_name(TRUTH_SCHEMA, 'campaign_messages')} where audience = $2",
        (offer.text, offer.audience),
    )


def _add_rides(connection: Connection, app: AppTables, monday: dt.date) -> None:
    """Add the hidden rides, and those that the messages bring.

    An extra ride is on the day and in the hour of an earlier one, some weeks later,
    with a coupon. A ride before its message moves on by a week.
    """
    rides, later = _name(app.schema, app.rides), _name(TRUTH_SCHEMA, LATER_RIDES)
    columns = ", ".join(quoted(name) for name in RIDES.names)
    replaced = {
        "ride_id": "planned.new_ride_id",
        "requested_at": "case when planned.at_first < planned.sent_at "
        "then (planned.at_local + interval '7 days') at time zone planned.time_zone "
        "else planned.at_first end",
        "coupon_count": "1",
    }
    values = ", ".join(
        replaced.get(name, f"planned.{quoted(name)}") for name in RIDES.names
    )
    execute(
        connection,
        f"""
        insert into {rides} ({columns})
        with earlier as (
            select
                source.*,
                source.requested_at at time zone source.time_zone as local_time,
                row_number() over newest_first as number,
                count(*) over (partition by source.user_id) as n_rides
            from {rides} as source
            where
                source.status = 'completed'
                and source.price > 0
                and source.ride_id is not null
                and source.requested_at < $1
                and source.time_zone in (select name from pg_timezone_names)
                and source.currency <> 'XXX'
                and source.user_id in (
                    select user_id from {_name(TRUTH_SCHEMA, "campaign_rides")}
                )
            window newest_first as (
                partition by source.user_id
                order by source.requested_at desc, source.ride_id
            )
        ),
        moved as (
            select
                earlier.*,
                extra.ride_id as new_ride_id,
                messages.sent_at,
                $2::timestamp
                + extra.weeks_after * interval '7 days'
                + (
                    date_trunc('hour', earlier.local_time)
                    - date_trunc('week', earlier.local_time)
                )
                + extra.minute * interval '1 minute' as at_local
            from {_name(TRUTH_SCHEMA, "campaign_rides")} as extra
            inner join {_name(TRUTH_SCHEMA, "campaign_messages")} as messages
                on extra.user_id = messages.user_id
            inner join earlier
                on
                    extra.user_id = earlier.user_id
                    and earlier.number
                    = 1 + floor(extra.place * least(earlier.n_rides, {RIDES_REPEATED}))
        ),
        planned as (
            select
                moved.*,
                moved.at_local at time zone moved.time_zone as at_first
            from moved
        )
        select {values} from planned
        """,
        (listed_at(monday), dt.datetime.combine(monday, dt.time())),
    )
    execute(
        connection, f"insert into {rides} ({columns}) select {columns} from {later}"
    )
    execute(connection, f"drop table {later}")
    analyze(connection, app.schema, app.rides)


def _name(schema: str, table: str) -> str:
    return f"{quoted(schema)}.{quoted(table)}"
