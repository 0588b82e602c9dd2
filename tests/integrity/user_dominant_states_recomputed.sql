{#
    Recomputes the dominant states from the weeks: a state is dominant if no other state of
    the user has more weeks or, with as many, a later last week. Without a champion there are
    no weeks to compare.
#}
{%- set spans = {
    'dominant': 'n_weeks', 'recent': 'n_recent_weeks', 'active': 'n_active_weeks',
} -%}

with

user_weekly_states as {{ read_each_time() }} (

    select * from {{ ref('user_weekly_states') }}

),

user_dominant_states as (

    select * from {{ ref('user_dominant_states') }}

),

last_week as (

    select max(week_start) as week_start from user_weekly_states

),

counted as (

    select
        weeks.user_id,
        weeks.state_id,
        count(*) as n_weeks,
        sum(
            case
                when
                    weeks.week_start
                    > {{ add_days('last_week.week_start', -7 * var('recent_weeks')) }}
                    then 1
                else 0
            end
        ) as n_recent_weeks,
        sum(case when weeks.n_rides > 0 then 1 else 0 end) as n_active_weeks,
        min(weeks.week_start) as first_week_start,
        max(weeks.week_start) as last_week_start
    from user_weekly_states as weeks
    cross join last_week
    group by weeks.user_id, weeks.state_id

),

{% for span, n_weeks in spans.items() -%}

{{ span }}_unbeaten as (

    select
        mine.user_id,
        mine.state_id,
        mine.{{ n_weeks }} as n_state_weeks
    from counted as mine
    left join counted as other
        on
            mine.user_id = other.user_id
            and mine.state_id <> other.state_id
            and (
                mine.{{ n_weeks }} < other.{{ n_weeks }}
                or (
                    mine.{{ n_weeks }} = other.{{ n_weeks }}
                    and mine.last_week_start < other.last_week_start
                )
            )
    where
        other.user_id is null
        and mine.{{ n_weeks }} > 0

),

{% endfor -%}

user_totals as (

    select
        user_id,
        sum(n_weeks) as n_weeks,
        sum(n_recent_weeks) as n_recent_weeks,
        sum(n_active_weeks) as n_active_weeks,
        min(first_week_start) as first_week_start,
        max(last_week_start) as last_week_start
    from counted
    group by user_id

),

current_stays as (

    select
        user_totals.user_id,
        last_weeks.state_id,
        user_totals.first_week_start,
        user_totals.last_week_start,
        max(elsewhere.last_week_start) as last_week_elsewhere
    from user_totals
    inner join user_weekly_states as last_weeks
        on
            user_totals.user_id = last_weeks.user_id
            and user_totals.last_week_start = last_weeks.week_start
    left join counted as elsewhere
        on
            last_weeks.user_id = elsewhere.user_id
            and last_weeks.state_id <> elsewhere.state_id
    group by
        user_totals.user_id,
        last_weeks.state_id,
        user_totals.first_week_start,
        user_totals.last_week_start

),

recomputed as (

    select
        user_totals.user_id,
        dominant_unbeaten.state_id as dominant_state_id,
        user_totals.n_weeks as n_weeks_observed,
        recent_unbeaten.state_id as recent_state_id,
        active_unbeaten.state_id as active_state_id,
        user_totals.n_active_weeks,
        current_stays.state_id as current_state_id,
        cast(dominant_unbeaten.n_state_weeks as {{ type_double() }})
        / user_totals.n_weeks as dominant_share,
        cast(recent_unbeaten.n_state_weeks as {{ type_double() }})
        / user_totals.n_recent_weeks as recent_share,
        cast(active_unbeaten.n_state_weeks as {{ type_double() }})
        / nullif(user_totals.n_active_weeks, 0) as active_share,
        case
            when current_stays.last_week_elsewhere is not null
                then {{ weeks_between(
                    'current_stays.last_week_elsewhere',
                    'current_stays.last_week_start'
                ) }}
            else {{ weeks_between(
                'current_stays.first_week_start',
                'current_stays.last_week_start'
            ) }} + 1
        end as n_weeks_in_current_state
    from user_totals
    left join dominant_unbeaten
        on user_totals.user_id = dominant_unbeaten.user_id
    left join recent_unbeaten
        on user_totals.user_id = recent_unbeaten.user_id
    left join active_unbeaten
        on user_totals.user_id = active_unbeaten.user_id
    left join current_stays
        on user_totals.user_id = current_stays.user_id

),

{%- set columns = [
    'user_id', 'dominant_state_id', 'dominant_share', 'n_weeks_observed',
    'recent_state_id', 'recent_share', 'active_state_id', 'active_share',
    'n_active_weeks', 'current_state_id', 'n_weeks_in_current_state',
] %}

compared as (

    select
        recomputed.user_id,
        recomputed.dominant_state_id,
        recomputed.recent_state_id,
        recomputed.active_state_id,
        recomputed.current_state_id,
        found.user_id as found_user_id,
        found.dominant_state_id as found_dominant_state_id,
        found.recent_state_id as found_recent_state_id,
        found.active_state_id as found_active_state_id,
        found.current_state_id as found_current_state_id
    from recomputed
    full outer join user_dominant_states as found
        on recomputed.user_id = found.user_id
    where
        (recomputed.{{ columns | join(', recomputed.') }})
        is distinct from (found.{{ columns | join(', found.') }})

)

select * from compared
