{#
    Sizes in hindsight, and as known at the time. In the newest weeks hindsight is
    short: fewer users show what only later weeks reveal, such as silence. So compare
    settled weeks with each other or, for the newest weeks, what one run knew at the end
    of each.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

known_states as (

    select * from {{ ref('int_user_known_states') }}

),

settled_weeks as (

    select * from {{ ref('int_settled_weeks') }}

),

weeks as (

    select
        week_start,
        count(*) as n_users
    from user_weekly_states
    group by week_start

),

counted as (

    select
        week_start,
        state_id,
        cast(sum(n_rides) as {{ dbt.type_bigint() }}) as n_rides,
        count(*) as n_users
    from user_weekly_states
    group by week_start, state_id

),

known as (

    select
        week_start,
        state_id,
        count(*) as n_users
    from known_states
    group by week_start, state_id

),

known_weeks as (

    select distinct week_start from known

),

-- Every state in every week: an empty state is a zero, not a gap.
filled as (

    select
        weeks.week_start,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        coalesce(counted.n_users, 0) as n_users,
        coalesce(counted.n_rides, 0) as n_rides,
        {{ share('coalesce(counted.n_users, 0)', 'weeks.n_users') }}
            as user_share,
        case
            when known_weeks.week_start is not null
                then coalesce(known.n_users, 0)
        end as n_users_as_known,
        weeks.week_start <= settled_weeks.last_settled_week_start as is_settled,
        states.run_id
    from weeks
    cross join states
    cross join settled_weeks
    left join counted
        on
            weeks.week_start = counted.week_start
            and states.state_id = counted.state_id
    left join known_weeks
        on weeks.week_start = known_weeks.week_start
    left join known
        on
            weeks.week_start = known.week_start
            and states.state_id = known.state_id

)

select * from filled
