{#
    How many users who were in one state in an earlier week are in another, or the same,
    in a later one. Not between all weeks, which would be thousands of pairs: the last
    four weeks one by one, and every fourth one before.

    weeks back   104 … 12 8 4 3 2 1 0
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

placed as (

    select
        user_weekly_states.user_id,
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        {{ weeks_between(
            'user_weekly_states.week_start', 'as_of_week.as_of_week_start'
        ) }} as weeks_back
    from user_weekly_states
    cross join as_of_week

),

picked as (

    select
        user_id,
        week_start,
        state_id
    from placed
    where
        weeks_back <= {{ var('flow_weeks_back') }}
        and (weeks_back <= 4 or mod(weeks_back, 4) = 0)

),

-- Users of whom nothing is known in the earlier week are in no pair. Without the run,
-- for millions of pairs are counted, and text in the key takes a second of five.
counted as (

    select
        earlier.week_start as from_week_start,
        later.week_start as to_week_start,
        earlier.state_id as from_state_id,
        later.state_id as to_state_id,
        count(*) as n_users
    from picked as earlier
    inner join picked as later
        on
            earlier.user_id = later.user_id
            and earlier.week_start < later.week_start
    group by
        earlier.week_start,
        later.week_start,
        earlier.state_id,
        later.state_id

),

named as (

    select
        counted.from_week_start,
        counted.to_week_start,
        counted.from_state_id,
        counted.to_state_id,
        counted.n_users,
        champion.run_id
    from counted
    cross join champion

)

select * from named
