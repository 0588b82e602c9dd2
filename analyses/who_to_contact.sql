{#
    Whom to act on now: users who are in an audience and not held out, with their
    forecast. Write the users you reached into the exposure log.
#}
with

audiences as (

    select * from {{ ref('audiences') }}

),

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

last_week as (

    select max(as_of_week_start) as as_of_week_start from user_outlook

)

select
    audiences.audience,
    audiences.user_id,
    audiences.entered_week_start,
    user_outlook.state_name,
    round(cast(user_outlook.ride_probability_4_weeks as {{ type_exact() }}), 2)
        as ride_probability_4_weeks,
    round(cast(user_outlook.expected_rides_4_weeks as {{ type_exact() }}), 1)
        as expected_rides_4_weeks
from audiences
cross join last_week
inner join user_outlook
    on
        audiences.user_id = user_outlook.user_id
        and last_week.as_of_week_start = user_outlook.as_of_week_start
where audiences.left_week_start is null and not audiences.is_holdout
order by
    audiences.audience asc,
    user_outlook.expected_rides_4_weeks desc,
    audiences.user_id asc
