{#
    Everyone in a state in the earlier week of a pair is in exactly one state in the later
    week, because users never leave the panel. Arrivals in a state do not exceed the users
    that state_sizes counts there. Both hold in hindsight, and as known where both weeks
    have it.
#}
with

state_flows as (

    select * from {{ ref('state_flows') }}

),

state_sizes as (

    select * from {{ ref('state_sizes') }}

),

pairs as (

    select
        from_week_start,
        to_week_start,
        count(n_users_as_known) > 0 as is_known
    from state_flows
    group by from_week_start, to_week_start

),

departures as (

    select
        from_week_start,
        to_week_start,
        from_state_id as state_id,
        sum(n_users) as n_users,
        sum(n_users_as_known) as n_users_as_known
    from state_flows
    group by from_week_start, to_week_start, from_state_id

),

-- Every state of the earlier week, including those that no flow leaves.
compared_with_the_earlier as (

    select
        pairs.from_week_start,
        pairs.to_week_start,
        state_sizes.state_id,
        departures.n_users,
        departures.n_users_as_known,
        state_sizes.n_users as n_users_in_sizes,
        state_sizes.n_users_as_known as n_users_known_in_sizes
    from pairs
    inner join state_sizes
        on pairs.from_week_start = state_sizes.week_start
    left join departures
        on
            pairs.from_week_start = departures.from_week_start
            and pairs.to_week_start = departures.to_week_start
            and state_sizes.state_id = departures.state_id
    where
        coalesce(departures.n_users, 0) <> state_sizes.n_users
        or pairs.is_known
        and coalesce(departures.n_users_as_known, 0)
        is distinct from state_sizes.n_users_as_known

),

arrivals as (

    select
        from_week_start,
        to_week_start,
        to_state_id as state_id,
        sum(n_users) as n_users,
        sum(n_users_as_known) as n_users_as_known
    from state_flows
    group by from_week_start, to_week_start, to_state_id

),

compared_with_the_later as (

    select
        arrivals.from_week_start,
        arrivals.to_week_start,
        arrivals.state_id,
        arrivals.n_users,
        arrivals.n_users_as_known,
        state_sizes.n_users as n_users_in_sizes,
        state_sizes.n_users_as_known as n_users_known_in_sizes
    from arrivals
    left join state_sizes
        on
            arrivals.to_week_start = state_sizes.week_start
            and arrivals.state_id = state_sizes.state_id
    where
        arrivals.n_users > coalesce(state_sizes.n_users, 0)
        or arrivals.n_users_as_known > coalesce(state_sizes.n_users_as_known, 0)

),

combined as (

    select * from compared_with_the_earlier
    union all
    select * from compared_with_the_later

)

select * from combined
