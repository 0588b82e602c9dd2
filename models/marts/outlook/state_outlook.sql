{#
    What the champion expects of each state: one column per measure and per end of its
    interval.
#}
with

outlooks as (

    select * from {{ ref('stg_hmm__state_outlooks') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

pivoted as (

    select
        run_id,
        state_id,
        max(case when measure = 'expected_stay_weeks' then value end)
            as expected_stay_weeks,
        max(case when measure = 'expected_stay_weeks' then low end)
            as expected_stay_weeks_low,
        max(case when measure = 'expected_stay_weeks' then high end)
            as expected_stay_weeks_high,
        max(case when measure = 'long_run_share' then value end) as long_run_share,
        max(case when measure = 'long_run_share' then low end) as long_run_share_low,
        max(case when measure = 'long_run_share' then high end) as long_run_share_high,
        max(case when measure = 'expected_rides_12_weeks' then value end)
            as expected_rides_12_weeks,
        max(case when measure = 'expected_rides_12_weeks' then low end)
            as expected_rides_12_weeks_low,
        max(case when measure = 'expected_rides_12_weeks' then high end)
            as expected_rides_12_weeks_high
    from outlooks
    group by run_id, state_id

),

named as (

    select
        pivoted.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        pivoted.expected_stay_weeks,
        pivoted.expected_stay_weeks_low,
        pivoted.expected_stay_weeks_high,
        pivoted.long_run_share,
        pivoted.long_run_share_low,
        pivoted.long_run_share_high,
        pivoted.expected_rides_12_weeks,
        pivoted.expected_rides_12_weeks_low,
        pivoted.expected_rides_12_weeks_high,
        pivoted.run_id
    from pivoted
    inner join states
        on
            pivoted.run_id = states.run_id
            and pivoted.state_id = states.state_id

)

select * from named
