{#
    The terms of the regressions of spend, each as an expression of the expected rides of
    the span, the user's own price (own_price) and the columns of int_user_spend_history
    and int_user_ride_history. spend_terms.py learns from the same list; a test compares
    the two, user by user.
#}
{% macro outlook_spend_terms(expected_rides) %}

    {{ return({
        'log_expected_rides': 'ln(greatest(' ~ expected_rides ~ ', 1e-6))',
        'log_price': 'ln(own_price / mean_price)',
        'log_price_of_last_12_weeks':
            'ln((2 * own_price + spend_last_12_weeks) / (2 + n_rides_last_12_weeks) / own_price)',
        'log_price_of_last_4_weeks':
            'ln((2 * own_price + spend_last_4_weeks) / (2 + n_rides_last_4_weeks) / own_price)',
        'log_weeks_since_last_ride': 'log_weeks_since_last_ride',
        'log_weeks_since_first_ride': 'log_weeks_since_first_ride',
        'log_active_weeks': 'log_active_weeks',
    }) }}

{% endmacro %}


{#
    A query with one row per run: the mean price of a ride and its weight, and a column
    `TARGET__TERM` for each coefficient. A span that the log was too short for has no
    intercept.

    coefficients: the relation with a row per run, target and term.
#}
{% macro outlook_spend_coefficients(targets, coefficients) %}

    select
        {%- for part in ['mean', 'weight'] %}
        max(
            case
                when target = 'price_of_a_ride' and term = '{{ part }}'
                    then coefficient
            end
        ) as {{ part }}_price,
        {%- endfor %}
        {%- for target in targets %}
        {%- for term in ['intercept'] + outlook_spend_terms('') | list %}
        max(
            case
                when target = '{{ target }}' and term = '{{ term }}' then coefficient
            end
        ) as {{ target }}__{{ term }},
        {%- endfor %}
        {%- endfor %}
        run_id
    from {{ coefficients }}
    group by run_id

{% endmacro %}


{# A user's own price of a ride, drawn to the mean: of the columns of two relations. #}
{% macro own_price(coefficients, history) -%}
    ({{ coefficients }}.weight_price * {{ coefficients }}.mean_price + {{ history }}.spend)
    / ({{ coefficients }}.weight_price + {{ history }}.n_rides)
{%- endmacro %}


{# The expected spend of one row. Its bounds are those of ridge_regression.py. #}
{% macro outlook_spend(target, expected_rides) -%}
    mean_price * exp(least(greatest(
        {{ target }}__intercept
        {%- for term, expression in outlook_spend_terms(expected_rides).items() %}
        + {{ target }}__{{ term }} * {{ expression }}
        {%- endfor %},
        -30
    ), 20))
{%- endmacro %}
