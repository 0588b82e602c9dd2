{#
    What each user is expected to spend after the as-of week: a regression on the expected
    rides and on the user's own prices. A user's mean price is drawn to that of all users,
    the more the fewer rides it is the mean of (Fader and Hardie 2013, The Gamma-Gamma
    Model of Monetary Value, brucehardie.com/notes/025, equation 5).
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

-- One row per run. A span that the log was too short for has no intercept.
coefficients as (

    select
        {%- for part in ['mean', 'weight'] %}
        max(
            case
                when target = 'price_of_a_ride' and term = '{{ part }}'
                    then coefficient
            end
        ) as {{ part }}_price,
        {%- endfor %}
        {%- for target in outlook_spend_targets() %}
        {%- for term in ['intercept'] + outlook_spend_terms('') | list %}
        max(
            case
                when target = '{{ target }}' and term = '{{ term }}' then coefficient
            end
        ) as {{ target }}__{{ term }},
        {%- endfor %}
        {%- endfor %}
        run_id
    from outlook_coefficients
    group by run_id

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
        (coefficients.weight_price * coefficients.mean_price + spend_history.spend)
        / (coefficients.weight_price + spend_history.n_rides) as own_price
    from user_forecasts
    inner join ride_history
        on user_forecasts.user_id = ride_history.user_id
    inner join spend_history
        on user_forecasts.user_id = spend_history.user_id
    inner join coefficients
        on user_forecasts.run_id = coefficients.run_id
    cross join log_prices

),

-- Null without an intercept. The bounds are those of ridge_regression.py.
estimated as (

    select
        {%- for target, rides in outlook_spend_targets().items() %}
        case
            when has_prices and {{ target }}__intercept is not null
                then mean_price * exp(least(greatest(
                    {{ target }}__intercept
                    {%- for term, expression in outlook_spend_terms(rides).items() %}
                    + {{ target }}__{{ term }} * {{ expression }}
                    {%- endfor %},
                    -30
                ), 20))
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
