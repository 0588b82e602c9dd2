{#
    Who are the best customers of each state? The 20 users of each state, as known now, with
    most spend in the last 12 weeks, or most rides in a log without prices.
#}
with

user_list as (

    select * from {{ ref('user_list') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by state_id
            order by
                coalesce(spend_12_weeks, n_rides_12_weeks) desc,
                n_rides_12_weeks desc,
                user_id asc
        ) as place_in_state
    from user_list

)

select
    state_sort_name,
    place_in_state,
    user_id,
    state_since_week_start,
    home_city,
    platform,
    n_rides_12_weeks,
    round(cast(spend_12_weeks as {{ type_exact() }}), 2) as spend_12_weeks,
    round(cast(expected_rides_4_weeks as {{ type_exact() }}), 1)
        as expected_rides_4_weeks,
    weeks_since_last_completed_ride
from ranked
where place_in_state <= 20
order by state_id, place_in_state
