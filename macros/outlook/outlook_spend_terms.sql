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
