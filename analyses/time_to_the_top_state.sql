{#
    How fast do new users get to the most active state? Users by the weeks from their first
    ride to their first week there; those who never got there are not in the table.
#}
with

user_state_spells as (

    select * from {{ ref('user_state_spells') }}

),

users as (

    select * from {{ ref('users') }}

),

states as (

    select * from {{ ref('states') }}

),

top_state as (

    select state_id
    from states
    where state_id > 0 and n_user_weeks > 0
    order by mean_rides desc, state_id asc
    limit 1

),

arrived as (

    select
        user_state_spells.user_id,
        min(user_state_spells.from_week_start) as arrived_week_start
    from user_state_spells
    inner join top_state
        on user_state_spells.state_id = top_state.state_id
    group by user_state_spells.user_id

),

timed as (

    select
        {{ weeks_between('users.first_ride_week_start', 'arrived.arrived_week_start') }}
            as weeks_after_first_ride
    from arrived
    inner join users
        on arrived.user_id = users.user_id

),

counted as (

    select
        weeks_after_first_ride,
        count(*) as n_users
    from timed
    group by weeks_after_first_ride

)

select
    weeks_after_first_ride,
    n_users,
    round(
        cast(
            {{ share(
                'sum(n_users) over (order by weeks_after_first_ride'
                ~ ' rows between unbounded preceding and current row)',
                'sum(n_users) over ()'
            ) }} as {{ type_exact() }}
        ),
        3
    ) as share_by_then
from counted
order by weeks_after_first_ride
