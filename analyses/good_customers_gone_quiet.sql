{#
    Which good customers have not ridden for two to eight weeks? The tenth of all users with
    most spend so far (rides in a log without prices), those with most expected rides first.
#}
with

user_list as (

    select * from {{ ref('user_list') }}

),

ranked as (

    select
        *,
        percent_rank() over (order by coalesce(lifetime_spend, lifetime_rides) desc)
            as share_above
    from user_list
    where lifetime_rides > 0

)

select
    user_id,
    state_name,
    home_city,
    platform,
    weeks_since_last_completed_ride,
    lifetime_rides,
    round(cast(lifetime_spend as {{ type_exact() }}), 2) as lifetime_spend,
    round(cast(ride_probability_4_weeks as {{ type_exact() }}), 2)
        as ride_probability_4_weeks
from ranked
where share_above < 0.1 and weeks_since_last_completed_ride between 2 and 8
order by expected_rides_4_weeks desc, user_id asc
