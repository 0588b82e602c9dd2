{#
    What each user is expected to spend after the as-of week: a regression on the expected
    rides and on the user's own prices, at the level of prices of the newest weeks. A
    user's mean price is drawn to that of all users, the more the fewer rides it is the
    mean of (Fader and Hardie 2013, The Gamma-Gamma Model of Monetary Value,
    brucehardie.com/notes/025, equation 5).
#}
with

user_forecasts as (

    select * from {{ ref('int_user_forecasts') }}

),

ride_history as (

    select * from {{ ref('int_user_ride_history') }}

),

spend_history as (

    select * from {{ ref('int_user_spend_history') }}

),

outlook_coefficients as (

    select * from {{ ref('stg_hmm__outlook_coefficients') }}

),

forecast_level as (

    select * from {{ ref('int_forecast_level') }}

),

coefficients as (
    {{ outlook_spend_coefficients(outlook_spend_targets(), 'outlook_coefficients') }}
),

log_prices as (

    select coalesce(sum(n_weeks_with_spend), 0) > 0 as has_prices
    from spend_history

),

priced as (

    select
        coefficients.*,
        {%- for rides in outlook_spend_targets().values() %}
        user_forecasts.{{ rides }},
        {%- endfor %}
        user_forecasts.user_id,
        user_forecasts.as_of_week_start,
        ride_history.log_weeks_since_last_ride,
        ride_history.log_weeks_since_first_ride,
        ride_history.log_active_weeks,
        spend_history.n_rides_last_4_weeks,
        spend_history.n_rides_last_12_weeks,
        spend_history.spend_last_4_weeks,
        spend_history.spend_last_12_weeks,
        log_prices.has_prices,
        {{ own_price('coefficients', 'spend_history') }} as own_price,
        exp(coalesce(forecast_level.price_shift, 0)) as price_level
    from user_forecasts
    inner join ride_history
        on user_forecasts.user_id = ride_history.user_id
    inner join spend_history
        on user_forecasts.user_id = spend_history.user_id
    inner join coefficients
        on user_forecasts.run_id = coefficients.run_id
    left join forecast_level
        on user_forecasts.run_id = forecast_level.run_id
    cross join log_prices

),

-- Null without an intercept.
estimated as (

    select
        {%- for target, rides in outlook_spend_targets().items() %}
        case
            when has_prices and {{ target }}__intercept is not null
                then price_level * {{ outlook_spend(target, rides) }}
        end as {{ target }},
        {%- endfor %}
        user_id,
        as_of_week_start,
        run_id,
        has_prices,
        mean_price
    from priced

),

-- A longer span includes the shorter ones; greatest() ignores nulls.
ordered as (

    select
        user_id,
        as_of_week_start,
        {%- set spans = outlook_spend_targets() | list %}
        {%- for target in spans %}
        case
            when {{ target }} is not null
                then greatest({{ spans[: loop.index] | join(', ') }})
        end as {{ target }},
        {%- endfor %}
        case
            when not has_prices then 'The log has no prices.'
            when mean_price is null
                then 'The model in use has learned no prices: fit again.'
            {%- for target in spans %}
            when {{ target }} is null
                then
                    'The log is too short to forecast the spend of {{ target
                        | replace("expected_spend_", "") | replace("_", " ") }}.'
            {%- endfor %}
        end as why_no_expected_spend,
        run_id
    from estimated

)

select * from ordered
