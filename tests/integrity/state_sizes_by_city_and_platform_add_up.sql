{#
    Users, riders, rides and spend by city and platform are those of user_weekly_states,
    in hindsight and as known, in every week and state.
#}
with

sizes as (

    select * from {{ ref('state_sizes_by_city_and_platform') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

known_states as (

    select * from {{ ref('int_user_known_states') }}
    where {{ is_tested_week('week_start', of_states=true) }}

),

added as (

    select
        week_start,
        state_id,
        sum(n_users) as n_users,
        sum(n_riders) as n_riders,
        sum(n_rides) as n_rides,
        {{ exact_sum('spend') }} as spend,
        coalesce(sum(n_users_as_known), 0) as n_users_as_known,
        coalesce(sum(n_rides_as_known), 0) as n_rides_as_known,
        coalesce({{ exact_sum('spend_as_known') }}, 0) as spend_as_known
    from sizes
    group by week_start, state_id

),

counted as (

    select
        week_start,
        state_id,
        count(*) as n_users,
        count(case when is_active then 1 end) as n_riders,
        sum(n_rides) as n_rides,
        {{ exact_sum('spend') }} as spend
    from user_weekly_states
    group by week_start, state_id

),

counted_as_known as (

    select
        known_states.week_start,
        known_states.state_id,
        count(*) as n_users,
        sum(user_weekly_states.n_rides) as n_rides,
        coalesce({{ exact_sum('user_weekly_states.spend') }}, 0) as spend
    from known_states
    inner join user_weekly_states
        on
            known_states.user_id = user_weekly_states.user_id
            and known_states.week_start = user_weekly_states.week_start
    group by known_states.week_start, known_states.state_id

),

compared as (

    select
        added.week_start,
        added.state_id,
        added.n_users,
        added.n_rides,
        added.spend,
        added.n_users_as_known
    from added
    left join counted
        on
            added.week_start = counted.week_start
            and added.state_id = counted.state_id
    left join counted_as_known
        on
            added.week_start = counted_as_known.week_start
            and added.state_id = counted_as_known.state_id
    where
        added.n_users <> coalesce(counted.n_users, 0)
        or added.n_riders <> coalesce(counted.n_riders, 0)
        or added.n_rides <> coalesce(counted.n_rides, 0)
        or (added.spend <> coalesce(counted.spend, 0))
        or (added.spend is null and counted.spend is not null)
        or added.n_users_as_known <> coalesce(counted_as_known.n_users, 0)
        or added.n_rides_as_known <> coalesce(counted_as_known.n_rides, 0)
        or added.spend_as_known <> coalesce(counted_as_known.spend, 0)

)

select * from compared
