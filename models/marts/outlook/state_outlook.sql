{#
    What the champion expects of each state: one column per measure and per end of its
    interval. Rides and spend are means over the users who are in the state now, so they
    agree with user_outlook. The interval of the rides was learned at the fit; it moves in
    proportion with them.
#}
with

outlooks as (

    select * from {{ ref('stg_hmm__state_outlooks') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

user_forecasts as (

    select * from {{ ref('int_user_forecasts') }}

),

spend_forecasts as (

    select * from {{ ref('int_user_spend_forecasts') }}

),

-- Means of exact numbers, which do not depend on the order of the users.
of_users as (

    select
        {%- for column in state_outlook_columns() %}
        cast(
            avg(cast({{ column }} as decimal)) as {{ type_double() }}
        ) as {{ column }},
        {%- endfor %}
        user_forecasts.run_id,
        user_forecasts.state_key
    from user_forecasts
    inner join spend_forecasts
        on user_forecasts.user_id = spend_forecasts.user_id
    group by user_forecasts.run_id, user_forecasts.state_key

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
        -- Of a state without users, what the chain expects.
        coalesce(of_users.expected_rides_12_weeks, pivoted.expected_rides_12_weeks)
            as expected_rides_12_weeks,
        {%- for end in ['low', 'high'] %}
        pivoted.expected_rides_12_weeks_{{ end }} * coalesce(
            of_users.expected_rides_12_weeks
            / nullif(pivoted.expected_rides_12_weeks, 0),
            1
        ) as expected_rides_12_weeks_{{ end }},
        {%- endfor %}
        {%- for column in state_outlook_columns()
            if column != 'expected_rides_12_weeks' %}
        of_users.{{ column }},
        {%- endfor %}
        pivoted.run_id
    from pivoted
    inner join states
        on
            pivoted.run_id = states.run_id
            and pivoted.state_id = states.state_id
    left join of_users
        on
            states.run_id = of_users.run_id
            and states.state_key = of_users.state_key

)

select * from named
