{#
    Every request of a week that has a state is counted once in state_rhythms, and once for
    each attribute in state_attributes.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

state_rhythms as (

    select * from {{ ref('state_rhythms') }}

),

state_attributes as (

    select * from {{ ref('state_attributes') }}

),

expected as (

    select
        user_weekly_states.state_id,
        count(rides.ride_id) as n_requests,
        count(case when rides.is_completed then 1 end) as n_rides
    from user_weekly_states
    left join rides
        on
            user_weekly_states.user_id = rides.user_id
            and user_weekly_states.week_start = rides.week_start
    group by user_weekly_states.state_id

),

counted as (

    select
        state_id,
        'rhythm' as counted_by,
        sum(n_requests) as n_requests,
        sum(n_rides) as n_rides
    from state_rhythms
    group by state_id
    union all
    select
        state_id,
        attribute_name as counted_by,
        sum(n_requests) as n_requests,
        sum(n_rides) as n_rides
    from state_attributes
    group by state_id, attribute_name

),

compared as (

    select
        expected.state_id,
        counted.counted_by,
        expected.n_requests as n_requests_expected,
        counted.n_requests,
        expected.n_rides as n_rides_expected,
        counted.n_rides
    from expected
    left join counted
        on expected.state_id = counted.state_id
    where
        expected.n_requests > 0
        and (
            counted.n_requests is distinct from expected.n_requests
            or counted.n_rides is distinct from expected.n_rides
        )

)

select * from compared
