{{ config(pre_hook="{{ without_nested_loops() }}") }}
{#
    What the champion would have expected of the next week at the ends of the four weeks
    before the as-of week, beside what came: rides, whether there was one, and spend.
    int_forecast_level adds it up.

    user  week before  expected rides  came  expected spend  came
    a     4            1.2             1     11.50           9.80
    a     3            1.3             2     12.40           24.10

    Over 170 lines, because the terms of the regressions are computed for other weeks than
    the as-of week.

    Without nested loops: where request weeks have an index by week, PostgreSQL would read a
    whole week for each user and week, which took 190 seconds in place of three.
#}
{% set rides = 'expected_rides_next_week' %}
{% set ride = 'ride_probability_next_week' %}
{% set spend = 'expected_spend_next_week' %}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

request_weeks as {{ read_each_time() }} (

    select * from {{ ref('int_user_request_weeks') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

state_forecasts as (

    select * from {{ ref('stg_hmm__state_forecasts') }}

),

outlook_coefficients as (

    select * from {{ ref('stg_hmm__outlook_coefficients') }}

),

coefficients as (
    {{ outlook_coefficients([rides, ride], 'outlook_coefficients') }}
),

spend_coefficients as (
    {{ outlook_spend_coefficients([spend], 'outlook_coefficients') }}
),

next_week as (

    select
        champion.run_id,
        {{ array_in_order(
            'state_forecasts.expected_rides',
            'state_forecasts.level_id, state_forecasts.state_id'
        ) }} as expected_rides,
        {{ array_in_order(
            'state_forecasts.ride_probability',
            'state_forecasts.level_id, state_forecasts.state_id'
        ) }} as ride_probability
    from state_forecasts
    inner join champion
        on state_forecasts.run_id = champion.run_id
    where state_forecasts.horizon_weeks = 1
    group by champion.run_id

),

-- What the states expect of each user at the end of each of these weeks.
origins as (

    select
        user_beliefs.user_id,
        user_beliefs.week_start as origin_week_start,
        user_beliefs.run_id,
        {{ weighted_sum('user_beliefs.belief', 'next_week.expected_rides') }}
            as rides_of_states,
        {{ weighted_sum('user_beliefs.belief', 'next_week.ride_probability') }}
            as probability_of_states
    from user_beliefs
    inner join next_week
        on user_beliefs.run_id = next_week.run_id
    cross join as_of_week
    where
        user_beliefs.week_start < as_of_week.as_of_week_start
        and user_beliefs.week_start
        >= {{ add_days('as_of_week.as_of_week_start', -7 * level_weeks()) }}

),

-- Each week with a ride stands until the next one.
ride_weeks as (

    select
        user_id,
        week_start,
        n_rides,
        coalesce(spend, 0) as spend,
        sum(n_rides) over user_weeks as n_rides_so_far,
        sum(coalesce(spend, 0)) over user_weeks as spend_so_far,
        row_number() over user_weeks as n_active_weeks,
        min(week_start) over user_weeks as first_ride_week_start,
        min(week_start) over () as first_week_start,
        lead(week_start) over user_weeks as next_ride_week_start
    from request_weeks
    where n_rides > 0
    window user_weeks as (partition by user_id order by week_start)

),

newest_ride_weeks as (

    select ride_weeks.*
    from ride_weeks
    cross join as_of_week
    where
        ride_weeks.next_ride_week_start is null
        or ride_weeks.next_ride_week_start
        > {{ add_days('as_of_week.as_of_week_start', -7 * (level_weeks() + 12)) }}

),

measured as (

    select
        origins.user_id,
        origins.origin_week_start,
        {{ weeks_between(
            'min(newest_ride_weeks.first_ride_week_start)',
            'origins.origin_week_start'
        ) }} as weeks_since_first_ride,
        {{ weeks_between(
            'max(newest_ride_weeks.week_start)', 'origins.origin_week_start'
        ) }} as weeks_since_last_ride,
        {{ weeks_between(
            'min(newest_ride_weeks.first_week_start)',
            'min(newest_ride_weeks.first_ride_week_start)'
        ) }} as weeks_before_first_ride,
        max(newest_ride_weeks.n_active_weeks) as n_active_weeks,
        cast(max(newest_ride_weeks.n_rides_so_far) as {{ type_double() }}) as n_rides,
        cast(max(newest_ride_weeks.spend_so_far) as {{ type_double() }}) as spend,
        {%- for weeks in [4, 12] %}
        {%- set is_recent -%}
            newest_ride_weeks.week_start
            > {{ add_days('origins.origin_week_start', -7 * weeks) }}
        {%- endset %}
        count(case when {{ is_recent }} then 1 end)
            as n_active_weeks_of_last_{{ weeks }},
        {%- for column in ['n_rides', 'spend'] %}
        cast(
            sum(
                case when {{ is_recent }} then newest_ride_weeks.{{ column }} else 0 end
            ) as {{ type_double() }}
        ) as {{ column }}_last_{{ weeks }}_weeks,
        {%- endfor %}
        {%- endfor %}
        sum(
            case
                when newest_ride_weeks.week_start = origins.origin_week_start
                    then newest_ride_weeks.n_rides
                else 0
            end
        ) as n_rides_this_week
    from origins
    inner join newest_ride_weeks
        on
            origins.user_id = newest_ride_weeks.user_id
            and origins.origin_week_start >= newest_ride_weeks.week_start
    group by origins.user_id, origins.origin_week_start

),

ride_history as (
    {{ ride_history_terms('measured', ['user_id', 'origin_week_start']) }}
),

expected as (

    select
        origins.user_id,
        origins.origin_week_start,
        origins.run_id,
        exp({{ outlook_score(rides, 'rides', 'origins.rides_of_states') }})
            as expected_rides,
        {{ published_probability(
            outlook_score(ride, 'probability', 'origins.probability_of_states')
        ) }} as ride_probability,
        ride_history.log_weeks_since_last_ride,
        ride_history.log_weeks_since_first_ride,
        ride_history.log_active_weeks
    from origins
    inner join ride_history
        on
            origins.user_id = ride_history.user_id
            and origins.origin_week_start = ride_history.origin_week_start
    inner join coefficients
        on origins.run_id = coefficients.run_id
    where
        coefficients.{{ rides }}__intercept is not null
        and coefficients.{{ ride }}__intercept is not null

),

priced as (

    select
        expected.*,
        spend_coefficients.mean_price,
        {%- for term in ['intercept'] + outlook_spend_terms('') | list %}
        spend_coefficients.{{ spend }}__{{ term }},
        {%- endfor %}
        {%- for weeks in [4, 12] %}
        measured.n_rides_last_{{ weeks }}_weeks,
        measured.spend_last_{{ weeks }}_weeks,
        {%- endfor %}
        {{ own_price('spend_coefficients', 'measured') }} as own_price
    from expected
    inner join measured
        on
            expected.user_id = measured.user_id
            and expected.origin_week_start = measured.origin_week_start
    inner join spend_coefficients
        on expected.run_id = spend_coefficients.run_id

),

-- Expected spend is null in a log without prices.
estimated as (

    select
        user_id,
        origin_week_start,
        run_id,
        expected_rides,
        ride_probability,
        {{ outlook_spend(spend, 'expected_rides') }} as expected_spend,
        {{ spend }}__log_expected_rides as spend_by_rides,
        mean_price
    from priced

),

compared as (

    select
        estimated.*,
        cast(coalesce(request_weeks.n_rides, 0) as {{ type_double() }}) as came_rides,
        cast(coalesce(request_weeks.spend, 0) as {{ type_double() }}) as came_spend
    from estimated
    left join request_weeks
        on
            estimated.user_id = request_weeks.user_id
            and {{ add_days('estimated.origin_week_start', 7) }}
            = request_weeks.week_start

)

select * from compared
