{#
    Who moved from a heavy to a lapsing state this month: heavy four weeks ago,
    lapsing now. A heavy state has more rides a week than the mean of all states, a
    lapsing state less than a tenth of it, so the definition fits any number of states.
    Both weeks are as known when they ended: hindsight of the newest week cannot see
    the silence to come, and would miss users who have just moved. After a fit that
    found other states there is nothing to compare for four weeks.
#}
with

states as (

    select * from {{ ref('states') }}

),

recorded as (

    select * from {{ ref('user_weekly_states_as_of') }}
    where revision = 0

),

users as (

    select * from {{ ref('users') }}

),

overall as (

    select {{ share('sum(n_rides_all_weeks)', 'sum(n_user_weeks)') }} as mean_rides
    from states
    where state_id > 0

),

graded as (

    select
        states.state_key,
        states.state_name,
        states.mean_rides > overall.mean_rides as is_heavy,
        states.mean_rides < 0.1 * overall.mean_rides as is_lapsing
    from states
    cross join overall
    where states.state_id > 0

),

last_week as (

    select max(week_start) as week_start from recorded

),

moved as (

    select
        this_week.user_id,
        graded_before.state_name as state_four_weeks_ago,
        graded_now.state_name as state_now
    from recorded as this_week
    inner join last_week
        on this_week.week_start = last_week.week_start
    inner join recorded as earlier
        on
            this_week.user_id = earlier.user_id
            and earlier.week_start
            = {{ add_days('this_week.week_start', -28) }}
    inner join graded as graded_before
        on
            earlier.state_key = graded_before.state_key
            and graded_before.is_heavy
    inner join graded as graded_now
        on
            this_week.state_key = graded_now.state_key
            and graded_now.is_lapsing

)

select
    moved.user_id,
    moved.state_four_weeks_ago,
    moved.state_now,
    users.home_city,
    users.last_ride_at,
    users.lifetime_rides,
    round(cast(users.lifetime_spend as {{ type_exact() }}), 2) as lifetime_spend
from moved
inner join users
    on moved.user_id = users.user_id
order by users.lifetime_spend desc, moved.user_id asc
