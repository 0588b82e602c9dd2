{#
    How far each state is from every other, by the champion: the weeks it takes, and
    the difference in rides. That difference is an association, because no user was
    moved at random.
#}
with

outlooks as (

    select * from {{ ref('stg_hmm__state_pair_outlooks') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

pivoted as (

    select
        run_id,
        from_state_id,
        to_state_id,
        max(case when measure = 'expected_weeks_to_reach' then value end)
            as expected_weeks_to_reach,
        max(case when measure = 'expected_weeks_to_reach' then low end)
            as expected_weeks_to_reach_low,
        max(case when measure = 'expected_weeks_to_reach' then high end)
            as expected_weeks_to_reach_high,
        max(case when measure = 'rides_gained_12_weeks' then value end)
            as associational_rides_gained_12_weeks,
        max(case when measure = 'rides_gained_12_weeks' then low end)
            as associational_rides_gained_12_weeks_low,
        max(case when measure = 'rides_gained_12_weeks' then high end)
            as associational_rides_gained_12_weeks_high
    from outlooks
    group by run_id, from_state_id, to_state_id

),

named as (

    select
        pivoted.from_state_id,
        from_states.state_key as from_state_key,
        from_states.state_name as from_state_name,
        from_states.state_sort_name as from_state_sort_name,
        pivoted.to_state_id,
        to_states.state_key as to_state_key,
        to_states.state_name as to_state_name,
        to_states.state_sort_name as to_state_sort_name,
        pivoted.expected_weeks_to_reach,
        pivoted.expected_weeks_to_reach_low,
        pivoted.expected_weeks_to_reach_high,
        pivoted.associational_rides_gained_12_weeks,
        pivoted.associational_rides_gained_12_weeks_low,
        pivoted.associational_rides_gained_12_weeks_high,
        pivoted.run_id
    from pivoted
    inner join states as from_states
        on
            pivoted.run_id = from_states.run_id
            and pivoted.from_state_id = from_states.state_id
    inner join states as to_states
        on
            pivoted.run_id = to_states.run_id
            and pivoted.to_state_id = to_states.state_id

)

select * from named
