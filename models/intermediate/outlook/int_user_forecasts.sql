{#
    Forecasts for each user after the as-of week: those of the states, corrected by a
    regression on the user's own history, and by the level of the newest weeks, except
    the rides of a year, over which seasons even out.
#}
with

ride_history as (

    select * from {{ ref('int_user_ride_history') }}

),

chain_forecasts as (

    select * from {{ ref('int_user_chain_forecasts') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

outlook_coefficients as (

    select * from {{ ref('stg_hmm__outlook_coefficients') }}

),

forecast_level as (

    select * from {{ ref('int_forecast_level') }}

),

coefficients as (
    {{ outlook_coefficients(outlook_targets(), 'outlook_coefficients') }}
),

scored as (

    select
        {%- for target, nature in outlook_targets().items() %}
        case
            when coefficients.{{ target }}__intercept is not null
                then {{ outlook_score(target, nature['kind'], 'chain_forecasts.' ~ target) }}
        end as {{ target }},
        {%- endfor %}
        chain_forecasts.user_id,
        chain_forecasts.as_of_week_start,
        chain_forecasts.run_id,
        chain_forecasts.expected_weeks_until_lapse,
        -- Before the first week after another is over, there is no level.
        exp(coalesce(forecast_level.level_shift, 0)) as level,
        coalesce(forecast_level.odds_shift, 0) as odds_shift
    from chain_forecasts
    inner join ride_history
        on
            chain_forecasts.user_id = ride_history.user_id
            and chain_forecasts.as_of_week_start = ride_history.as_of_week_start
    inner join coefficients
        on chain_forecasts.run_id = coefficients.run_id
    left join forecast_level
        on chain_forecasts.run_id = forecast_level.run_id

),

-- A score is a logarithm: of the odds, or of a number of rides.
estimated as (

    select
        user_id,
        as_of_week_start,
        {%- for target, nature in outlook_targets().items() %}
        {%- set estimate -%}
            {%- if nature['kind'] == 'probability' -%}
                {{ published_probability(target ~ ' + odds_shift') }}
            {%- else -%}
                {{ 'level * ' if nature['weeks'] <= 12 }}exp({{ target }})
            {%- endif -%}
        {%- endset %}
        {{ estimate }} as {{ target }},
        {%- endfor %}
        expected_weeks_until_lapse,
        run_id
    from scored

),

-- A longer span includes the shorter ones, but the regression of each span ignores
-- that.
ordered as (

    select
        estimated.user_id,
        estimated.as_of_week_start,
        champion_states.state_key,
        champion_states.state_name,
        user_beliefs.state_probability,
        user_beliefs.user_level,
        estimated.ride_probability_next_week,
        greatest(
            estimated.ride_probability_4_weeks, estimated.ride_probability_next_week
        ) as ride_probability_4_weeks,
        estimated.expected_rides_next_week,
        greatest(
            estimated.expected_rides_4_weeks, estimated.expected_rides_next_week
        ) as expected_rides_4_weeks,
        greatest(
            estimated.expected_rides_12_weeks,
            estimated.expected_rides_4_weeks,
            estimated.expected_rides_next_week
        ) as expected_rides_12_weeks,
        case
            when estimated.expected_rides_52_weeks is not null
                then greatest(
                    estimated.expected_rides_52_weeks,
                    estimated.expected_rides_12_weeks,
                    estimated.expected_rides_4_weeks,
                    estimated.expected_rides_next_week
                )
        end as expected_rides_52_weeks,
        estimated.expected_weeks_until_lapse,
        estimated.run_id
    from estimated
    inner join user_beliefs
        on
            estimated.run_id = user_beliefs.run_id
            and estimated.user_id = user_beliefs.user_id
            and estimated.as_of_week_start = user_beliefs.week_start
    inner join champion_states
        on
            estimated.run_id = champion_states.run_id
            and user_beliefs.state_id = champion_states.state_id

)

select * from ordered
