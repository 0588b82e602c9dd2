"""States as known at the time: rows are only added, and never use later data."""

from __future__ import annotations

from typing import Any

from conftest import run_as_admin
from user_states.fit.fit_job import fit_and_publish
from user_states.warehouse.dbt_project import UP_TO_THE_PANEL, DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import TWO_MORE_WEEKS, champion, query, quick_options

RECORDED = """
    select md5(cast(recorded as text))
    from marts.user_weekly_states_as_of as recorded
"""


def recorded(address: LocalServerAddress) -> set[str]:
    """Return a hash of every row."""
    rows = query(address, RECORDED)
    hashes = {row for (row,) in rows}
    assert len(hashes) == len(rows) > 0
    return hashes


def build_what_was_known(project: DbtProject) -> None:
    project.run(
        "run", "--select", "+user_weekly_states_as_of", UP_TO_THE_PANEL, label="as of"
    )


def test_future_weeks_and_a_refit_change_nothing(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    first = champion(published_warehouse)
    before = recorded(published_warehouse)
    ((old_week, n_weeks),) = query(
        published_warehouse,
        "select max(week_start), count(distinct week_start) "
        "from marts.user_weekly_states_as_of",
    )
    # The first build records the weeks that late rides may still change.
    assert n_weeks == project.vars["late_ride_weeks"] + 1
    run_as_admin(published_warehouse, TWO_MORE_WEEKS)
    build_what_was_known(project)
    with_weeks = recorded(published_warehouse)
    assert with_weeks > before
    second = fit_and_publish(project, quick_options(project, n_states=(4,), seed=7))
    assert champion(published_warehouse) == second != first
    build_what_was_known(project)
    # All weeks are recorded already; another model changes no row.
    assert recorded(published_warehouse) == with_weeks
    run_as_admin(
        published_warehouse,
        TWO_MORE_WEEKS.replace("again-", "once-more-").replace("in-vain", "vainer"),
    )
    build_what_was_known(project)
    assert recorded(published_warehouse) > with_weeks
    found = query(
        published_warehouse,
        f"""
        select
            run_id,
            is_backfilled,
            count(distinct week_start),
            min(week_start) > '{old_week}'
        from marts.user_weekly_states_as_of
        group by run_id, is_backfilled
        order by min(week_start)
        """,
    )
    assert [row[:2] for row in found] == [
        (first, True),
        (first, False),
        (second, False),
    ]
    # Parameters that the fit learned from the last week are known at its end.
    assert found[0][2] == n_weeks - 1
    assert found[1][2] >= 3
    assert found[2][2] >= 2
    assert found[2][3]
    # Each row names its states by keys of its own run, and sums to one.
    assert query(
        published_warehouse,
        """
        select count(*)
        from marts.user_weekly_states_as_of as recorded
        cross join lateral (
            select
                sum(cast(items.value as double precision)) as total,
                max(cast(items.value as double precision)) as largest,
                count(segments.segment_key) as n_states
            from jsonb_each_text(recorded.state_probabilities) as items
            left join register.segments as segments
                on
                    segments.run_id = recorded.run_id
                    and segments.segment_key = items.key
        ) as added
        inner join register.runs as runs on runs.run_id = recorded.run_id
        where
            abs(added.total - 1) > 1e-9
            or abs(added.largest - recorded.state_probability) > 1e-12
            or cast(
                recorded.state_probabilities ->> recorded.state_key as double precision
            ) <> added.largest
            or added.n_states <> case when state_id = 0 then 0 else runs.n_segments end
        """,
    ) == [(0,)]


def test_a_late_ride_adds_a_revision(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    before = recorded(published_warehouse)
    ((user, week, n_weeks),) = query(
        published_warehouse,
        """
        select user_id, min(week_start), count(*)
        from marts.user_weekly_states_as_of as recorded
        cross join intermediate.int_as_of_week as as_of
        where
            week_start >= as_of_week_start - 14
            and not is_active
            and state_id > 0
        group by user_id
        having count(*) = 3
        order by user_id
        limit 1
        """,
    )
    run_as_admin(
        published_warehouse,
        "insert into app.rides (ride_id, user_id, requested_at, status, price) "
        f"values ('late', '{user}', date '{week}' + interval '60 hours', "
        "'completed', 9)",
    )
    build_what_was_known(project)
    after = recorded(published_warehouse)
    assert after > before
    assert len(after) == len(before) + n_weeks
    revisions = query(
        published_warehouse,
        f"""
        select
            user_id,
            week_start >= '{week}',
            revised.is_active,
            revised.state_probabilities <> first.state_probabilities
        from marts.user_weekly_states_as_of as revised
        inner join marts.user_weekly_states_as_of as first
            using (user_id, week_start)
        where revised.revision = 1 and first.revision = 0
        order by week_start
        """,
    )
    assert revisions == [(user, True, place == 0, True) for place in range(n_weeks)]
    build_what_was_known(project)
    assert recorded(published_warehouse) == after


# Shuffles the last week's rides among users. The first day is left out, because it may
# belong to the week before in another time zone.
SHUFFLED = """
    with chosen as (
        select ride_id, user_id, row_number() over (order by md5(ride_id)) as place
        from app.rides
        where requested_at >= (
            select as_of_week_start + 1 from intermediate.int_as_of_week
        )
    ),
    dealt as (
        select chosen.ride_id, others.user_id
        from chosen
        inner join chosen as others
            on others.place = 1 + (chosen.place + 16) % (select count(*) from chosen)
    )
    update app.rides set user_id = dealt.user_id
    from dealt
    where rides.ride_id = dealt.ride_id
"""
WITHOUT_TIME = """
    select week_start, count(*), md5(string_agg(
        cast(to_jsonb(recorded) - 'known_at' as text), '' order by user_id, revision
    ))
    from marts.user_weekly_states_as_of as recorded
    where week_start in (
        select as_of_week_start - 7 * weeks from intermediate.int_as_of_week
        cross join generate_series(0, 3) as weeks
    )
    group by week_start
    order by week_start
"""


def test_later_rides_change_no_earlier_row(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    """Compare builds with the same run, whose rides differ in the last week only."""
    known: list[list[tuple[Any, ...]]] = []
    for changes in ("select 1", SHUFFLED):
        run_as_admin(
            published_warehouse,
            changes,
            "truncate marts.user_weekly_states_as_of",
            "truncate intermediate.int_user_beliefs",
        )
        build_what_was_known(project)
        known.append(query(published_warehouse, WITHOUT_TIME))
    as_it_was, shuffled = known
    assert len(as_it_was) == 4
    assert shuffled[:3] == as_it_was[:3]
    assert shuffled[3] != as_it_was[3]
