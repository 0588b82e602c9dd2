{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
) }}
{#
    Steps from one decoded week to the next, added up by the later week and the states of
    both. Users who stay count, too. Sums of closed weeks are kept.
#}
{%- set first_week = first_open_week(of_features=true, of_states=true) %}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

-- The most probable states of single weeks are not a path, and change too often. One
-- week before the open ones, to know what they began with.
decoded as (

    select
        user_id,
        week_start,
        state_id
    from user_weekly_states
    where
        state_source = 'decoded'
        and week_start >= {{ add_days("cast('" ~ first_week ~ "' as date)", -7) }}

),

summed as (

    select
        next_week.week_start,
        this_week.state_id as from_state_id,
        next_week.state_id as to_state_id,
        count(*) as n_moves
    from decoded as this_week
    inner join decoded as next_week
        on
            this_week.user_id = next_week.user_id
            and this_week.week_start = {{ add_days('next_week.week_start', -7) }}
    group by next_week.week_start, this_week.state_id, next_week.state_id

)

select * from summed
