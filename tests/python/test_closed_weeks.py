"""Builds that keep closed weeks make the same tables as builds that open every week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from conftest import run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    KEPT_WEEKS,
    TWO_MORE_WEEKS,
    Digest,
    query,
    warehouse_digest,
)

# Says what was known when the row was written: the panel reads it in open weeks only.
NOT_COMPARED = "next_week_start"
# Every ride gets the week in which it arrives: a fifth up to four weeks late. Some
# change their city, so that users travel, and some ids come again.
ARRIVALS = """
    create table public.arrivals as
    select
        *,
        date_trunc('week', requested_at) + interval '1 week' * case
            when noise < 0.8 then 0 else floor((noise - 0.8) * 25)
        end as arrives_at
    from (
        select
            *,
            ('x' || substr(md5(ride_id || requested_at || '{seed}'), 1, 6))::bit(24)
            ::int / 16777216.0 as noise
        from (
            select * from app.rides
            union all
            select * from app.rides
            where md5(ride_id || 'again {seed}') < '04'
        ) as log
    ) as with_noise;
    update public.arrivals set city = 'Elsewhere'
    where md5(ride_id || 'city {seed}') < '10';
    truncate app.rides;
"""


def let_arrive(address: LocalServerAddress, last_week: date) -> None:
    """Fill the log with what has arrived by the end of a week."""
    columns = ", ".join(
        name
        for (name,) in query(
            address,
            "select column_name from information_schema.columns "
            "where table_schema = 'app' and table_name = 'rides'",
        )
    )
    run_as_admin(
        address,
        "truncate app.rides",
        f"insert into app.rides ({columns}) select {columns} from public.arrivals "
        f"where arrives_at is null or arrives_at <= '{last_week}' order by noise",
    )


def built(
    address: LocalServerAddress, project: DbtProject, last_week: date, weeks: str
) -> dict[str, tuple[int, str]]:
    """Build up to the panel as of a week, and return the digests of the tables."""
    let_arrive(address, last_week)
    project.run(
        "run",
        "--select",
        "+int_kept_weeks",
        "--vars",
        f"{{closed_weeks: {weeks}, as_of_date: '{last_week + timedelta(days=6)}'}}",
        label=f"{weeks} {last_week}",
    )
    return {
        name: query(
            address,
            f"select count(*), md5(string_agg(content, '' order by content)) from "
            f"(select md5(cast(to_jsonb(r) - '{NOT_COMPARED}' as text)) as content "
            f"from intermediate.{name} as r) as rows",
        )[0]
        for name in KEPT_WEEKS
    }


def first_open_week(address: LocalServerAddress) -> object:
    ((week,),) = query(
        address, "select first_open_week_start from intermediate.int_open_weeks"
    )
    return week


@pytest.mark.parametrize(
    ("seed", "weeks_back"), [(1, (9, 8, 4)), (2, (8, 8, 0))], ids=str
)
def test_any_cut_into_builds_makes_the_same_tables(
    panel_warehouse: LocalServerAddress,
    project: DbtProject,
    seed: int,
    weeks_back: Sequence[int],
) -> None:
    run_as_admin(panel_warehouse, ARRIVALS.format(seed=seed))
    ((newest,),) = query(
        panel_warehouse, "select max(week_start) from intermediate.user_week_panel"
    )
    weeks = [newest - timedelta(weeks=back) for back in weeks_back]
    opened = [date(1, 1, 1), *(week - timedelta(weeks=4) for week in weeks)]
    kept = []
    for week, first_open in zip(weeks, opened, strict=False):
        kept.append(built(panel_warehouse, project, week, "keep"))
        assert first_open_week(panel_warehouse) == first_open
    for week, digests in list(zip(weeks, kept, strict=True))[1:]:
        assert digests == built(panel_warehouse, project, week, "rebuild")


def test_what_closed_weeks_lack_is_counted_and_waits_for_a_full_refresh(
    panel_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    def build(*options: str) -> None:
        project.run(
            "run",
            *("--select", "+int_kept_weeks", "--vars", "{closed_weeks: keep}"),
            *options,
            label="kept",
        )

    def found() -> tuple[str, int, int]:
        ((reason, n_waiting, n_rides),) = query(
            panel_warehouse,
            "select reason, n_waiting_rides, (select count(*) from "
            "intermediate.int_rides where ride_id like 'too-late-%') "
            "from intermediate.int_open_weeks",
        )
        return reason, n_waiting, n_rides

    build()
    assert found() == ("no build has kept weeks yet", 0, 0)
    run_as_admin(
        panel_warehouse,
        "insert into app.rides (ride_id, user_id, requested_at) "
        "select 'too-late-' || n, 'u', min(requested_at) + interval '30 days' "
        "from app.rides cross join generate_series(1, 3) as n group by n",
    )
    build()
    assert found() == ("closed weeks are kept", 3, 0)
    # A build that opens every week counts them.
    build("--full-refresh")
    assert found() == ("a full refresh was asked for", 0, 3)
    build()
    assert found() == ("closed weeks are kept", 0, 3)
    run_as_admin(
        panel_warehouse, "delete from app.rides where ride_id like 'too-late-%'"
    )
    build()
    assert found() == ("3 rides of closed weeks are no longer in the log", 0, 0)
    changed = "{closed_weeks: keep, rolling_price_rides: 3}"
    project.run(
        "run", "--select", "+int_user_ride_weeks", "--vars", changed, label="half"
    )
    reason, *_ = found()
    assert reason == "settings, models, seeds, columns or forgotten users changed"
    # The settings are the old ones again, but half of the tables are not.
    build()
    reason, *_ = found()
    assert reason == "the build before opened every week and did not finish"


# What user_weekly_states is made of after the panel, and the sums of it that are kept.
# Marts wait for all models.
STATE_MODELS = (
    "int_settled_weeks",
    "int_state_names",
    "int_champion_states",
    "int_belief_window",
    "int_user_beliefs",
    "int_user_known_states",
    "int_user_attributes",
    "user_weekly_states",
    "int_closed_user_spells",
    "path:models/intermediate/state_weeks",
    "path:models/intermediate/week_sums",
    "+int_customer_events",
    "int_closed_customer_sources",
    "int_kept_states",
)
# Kept in a log of rides only.
KEPT_EVENTS = "intermediate.int_customer_events"
# Marts that add up these sums, and those that rides or states of closed weeks are in.
MARTS_OF_SUMS = (
    "calendar",
    "int_customer_sources",
    "customer_sources",
    "int_expected_rides",
    "int_expected_spend",
    "retention_cohorts",
    "state_attributes",
    "state_profiles",
    "state_rhythms",
    "state_sizes",
    "state_sizes_by_city",
    "state_sizes_by_city_and_platform",
    "state_sizes_by_month",
    "state_transitions",
    "state_weekly_flows",
    "states",
    "user_state_spells",
    "users",
)
COMPARED = (
    KEPT_EVENTS,
    "intermediate.int_user_attributes",
    "intermediate.int_user_known_states",
    "intermediate.int_user_ride_months",
    "marts.user_weekly_states",
    *(
        f"{'intermediate' if name.startswith('int_') else 'marts'}.{name}"
        for name in MARTS_OF_SUMS
    ),
)
# Sums of doubles, whose last digits depend on the order of rows.
ROUNDED_PROFILES = """
    select count(*), coalesce(md5(string_agg(content, '' order by content)), '')
    from (
        select
            concat_ws(
                ' ', state_id, feature, feature_position, n_user_weeks,
                round(mean_value::numeric, 9), round(mean_of_everyone::numeric, 9),
                round(standard_deviations_from_everyone::numeric, 9)
            ) as content
        from marts.state_profiles
    ) as profiles
"""
# Many rides of three users elsewhere, where they are at home from then on.
THREE_USERS_MOVE = """
    insert into app.rides (
        ride_id, user_id, requested_at, status, price, city, platform
    )
    select
        'moved-' || rides.user_id || '-' || n, rides.user_id,
        as_of_week_start - interval '3 days' + n * interval '1 minute',
        'completed', 10, 'Elsewhere', 'web'
    from intermediate.int_as_of_week
    cross join generate_series(1, 1000) as n
    cross join (
        select distinct user_id from app.rides
        where user_id in (select user_id from marts.users where lifetime_rides > 9)
        order by user_id limit 3
    ) as rides
"""
# A fifth of the rides of the newest three weeks arrives a week later.
HOLD_BACK = """
    create table public.late as
    select * from app.rides
    where requested_at > (
        select as_of_week_start - 7 from intermediate.int_as_of_week
    ) and md5(ride_id) < '33';
    delete from app.rides using public.late where rides.ride_id = late.ride_id
"""
LATE_RIDES_ARRIVE = "insert into app.rides select * from public.late"


def test_weekly_states_keep_closed_weeks(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    def states(weeks: str, *models: str) -> tuple[Digest, int]:
        """Build; return digests, and how many weekly states were not touched."""
        ((before,),) = query(published_warehouse, "select pg_current_xact_id()")
        project.run(
            *("run", "--select", "+int_kept_weeks", *STATE_MODELS, *models),
            *("--vars", f"{{closed_weeks: {weeks}}}"),
            label=weeks,
        )
        ((n_untouched,),) = query(
            published_warehouse,
            "select count(*) from marts.user_weekly_states "
            f"where xmin::text::bigint < {before}",
        )
        found = warehouse_digest(published_warehouse, ["intermediate", "marts"])
        found["marts.state_profiles"] = query(published_warehouse, ROUNDED_PROFILES)[0]
        return {name: found[name] for name in COMPARED}, n_untouched

    def count(condition: str) -> int:
        ((n_rows,),) = query(published_warehouse, f"select count(*) from {condition}")
        return int(n_rows)

    n_closed = (
        "marts.user_weekly_states where week_start < "
        "(select first_open_week_start from intermediate.int_open_weeks)"
    )
    _, n_untouched = states("keep")
    assert n_untouched == 0
    run_as_admin(published_warehouse, TWO_MORE_WEEKS, HOLD_BACK)
    _, n_untouched = states("keep")
    assert n_untouched == count(n_closed) > 0
    run_as_admin(published_warehouse, LATE_RIDES_ARRIVE, THREE_USERS_MOVE)
    kept, n_untouched = states("keep", *MARTS_OF_SUMS)
    assert n_untouched == count(n_closed) > 0
    assert count("intermediate.int_moved_user_weeks") > 3
    assert kept == states("rebuild", *MARTS_OF_SUMS)[0]
    assert count("intermediate.int_moved_user_weeks") == 0
    # Names are in all rows.
    states("keep")
    run_as_admin(
        published_warehouse,
        "insert into seeds.state_labels (state_key, state_name, description) "
        "select min(state_key), 'Another name', 'Another.' from marts.states",
    )
    renamed, n_untouched = states("keep", *MARTS_OF_SUMS)
    assert n_untouched == 0
    assert count(n_closed) > 0
    assert renamed == states("rebuild", *MARTS_OF_SUMS)[0]


def test_events_besides_rides_open_every_week_of_events(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    def build() -> tuple[str, int]:
        """Return what was opened, and how many events were not touched."""
        ((before,),) = query(published_warehouse, "select pg_current_xact_id()")
        project.run(
            *("run", "--select", "+int_kept_weeks", *STATE_MODELS),
            *("--vars", "{closed_weeks: keep}"),
            label="kept",
        )
        [(reason, n_untouched)] = query(
            published_warehouse,
            f"select reason, (select count(*) from {KEPT_EVENTS} "
            f"where xmin::text::bigint < {before}) from intermediate.int_open_weeks",
        )
        return reason, n_untouched

    build()
    reason, n_untouched = build()
    ((n_closed,),) = query(
        published_warehouse,
        "select count(*) from intermediate.int_rides where week_start < "
        "(select first_open_week_start from intermediate.int_open_weeks)",
    )
    assert (reason, n_untouched) == ("closed weeks are kept", n_closed)
    run_as_admin(
        published_warehouse,
        "drop table if exists app.events cascade",
        "create table app.events "
        "(source text, event_type text, occurred_at timestamptz, email text)",
        "insert into app.events select 'web', 'page_view', "
        "min(requested_at) + interval '30 days', 'a@b.eu' from app.rides",
    )
    reason, _ = build()
    assert reason == "settings, models, seeds, columns or forgotten users changed"
    assert build() == ("closed weeks are kept", 0)
    assert query(
        published_warehouse,
        "select count(*) from intermediate.int_customer_events "
        "where event_type = 'page_view'",
    ) == [(1,)]
