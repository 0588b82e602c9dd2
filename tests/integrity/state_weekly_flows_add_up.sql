{#
    Users of a state and city are those of the week before, and those who entered,
    without those who left: in hindsight, and as known wherever both weeks are.
#}
with

state_weekly_flows as (

    select * from {{ ref('state_weekly_flows') }}

),

sizes as (

    select * from {{ ref('state_sizes_by_city') }}

),

followed as (

    select
        sizes.*,
        lag(sizes.n_users, 1, cast(0 as {{ dbt.type_bigint() }})) over city_states
            as n_users_before,
        lag(sizes.n_users_as_known, 1, cast(0 as {{ dbt.type_bigint() }}))
            over city_states as n_users_as_known_before
    from sizes
    window
        city_states as (
            partition by sizes.home_city, sizes.state_id order by sizes.week_start
        )

),

first_week as (

    select min(week_start) as week_start from sizes

),

compared as (

    select
        followed.week_start,
        followed.home_city,
        followed.state_id,
        followed.n_users,
        followed.n_users_before,
        flows.n_entered,
        flows.n_left
    from followed
    cross join first_week
    left join state_weekly_flows as flows
        on
            followed.week_start = flows.week_start
            and followed.home_city = flows.home_city
            and followed.state_id = flows.state_id
    where
        followed.week_start > first_week.week_start
        and (
            followed.n_users
            is distinct from followed.n_users_before + flows.n_entered - flows.n_left
            or followed.n_users_as_known
            <> followed.n_users_as_known_before
            + flows.n_entered_as_known
            - flows.n_left_as_known
            or flows.n_lapsed > flows.n_left
            or flows.n_lapsed_as_known > flows.n_left_as_known
            or flows.n_returned > flows.n_entered
            or flows.n_returned_as_known > flows.n_entered_as_known
        )

)

select * from compared
