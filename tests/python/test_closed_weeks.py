"""Builds that keep closed weeks make the same tables as builds that open every week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from conftest import run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import KEPT_WEEKS, TWO_MORE_WEEKS, query

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


# What user_weekly_states is made of after the panel. Marts wait for all models.
STATE_MODELS = (
    "int_settled_weeks",
    "int_state_names",
    "int_champion_states",
    "int_belief_window",
    "int_user_beliefs",
    "user_weekly_states",
)


def test_weekly_states_keep_closed_weeks(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    def states(weeks: str) -> tuple[tuple[int, str], int]:
        """Build the states; return their digest, and how many rows were not touched."""
        ((before,),) = query(published_warehouse, "select pg_current_xact_id()")
        project.run(
            *("run", "--select", "+int_kept_weeks", *STATE_MODELS),
            *("--vars", f"{{closed_weeks: {weeks}}}"),
            label=weeks,
        )
        ((n_rows, digest, n_untouched),) = query(
            published_warehouse,
            f"""
            select
                count(*),
                md5(string_agg(cast(states as text), '' order by user_id, week_start)),
                count(case when xmin::text::bigint < {before} then 1 end)
            from marts.user_weekly_states as states
            """,
        )
        return (n_rows, digest), n_untouched

    def n_closed() -> int:
        ((n_rows,),) = query(
            published_warehouse,
            "select count(*) from marts.user_weekly_states where week_start < "
            "(select first_open_week_start from intermediate.int_open_weeks)",
        )
        return int(n_rows)

    _, n_untouched = states("keep")
    assert n_untouched == 0
    run_as_admin(published_warehouse, TWO_MORE_WEEKS)
    kept, n_untouched = states("keep")
    assert n_untouched == n_closed() > 0
    # Names are in all rows.
    run_as_admin(
        published_warehouse,
        "insert into seeds.state_labels (state_key, state_name, description) "
        "select min(state_key), 'Another name', 'Another.' from marts.states",
    )
    renamed, n_untouched = states("keep")
    assert n_untouched == 0
    assert n_closed() > 0
    assert renamed == states("rebuild")[0]
    run_as_admin(published_warehouse, "truncate seeds.state_labels")
    assert kept == states("rebuild")[0]
