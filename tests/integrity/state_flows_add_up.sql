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

left_from as (

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
        left_from.n_users,
        left_from.n_users_as_known,
        state_sizes.n_users as n_users_in_sizes,
        state_sizes.n_users_as_known as n_users_known_in_sizes
    from pairs
    inner join state_sizes
        on pairs.from_week_start = state_sizes.week_start
    left join left_from
        on
            pairs.from_week_start = left_from.from_week_start
            and pairs.to_week_start = left_from.to_week_start
            and state_sizes.state_id = left_from.state_id
    where
        coalesce(left_from.n_users, 0) <> state_sizes.n_users
        or pairs.is_known
        and coalesce(left_from.n_users_as_known, 0)
        is distinct from state_sizes.n_users_as_known

),

arrived as (

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
        arrived.from_week_start,
        arrived.to_week_start,
        arrived.state_id,
        arrived.n_users,
        arrived.n_users_as_known,
        state_sizes.n_users as n_users_in_sizes,
        state_sizes.n_users_as_known as n_users_known_in_sizes
    from arrived
    left join state_sizes
        on
            arrived.to_week_start = state_sizes.week_start
            and arrived.state_id = state_sizes.state_id
    where
        arrived.n_users > coalesce(state_sizes.n_users, 0)
        or arrived.n_users_as_known > coalesce(state_sizes.n_users_as_known, 0)

),

combined as (

    select * from compared_with_the_earlier
    union all
    select * from compared_with_the_later

)

select * from combined
