{#
    The terms of the outlook's regressions that come from past rides, each as an expression
    of the columns of int_user_ride_history. outlook_terms.py learns from the same list; a
    test compares the two, user by user.
#}
{% macro outlook_terms() %}

    {% set recency = 'ln(1 + weeks_since_last_ride)' %}
    {% set tenure = 'ln(1 + weeks_since_first_ride)' %}
    {% set active = 'ln(n_active_weeks)' %}

    {{ return({
        'log_weeks_since_last_ride': recency,
        'log_weeks_since_first_ride': tenure,
        'log_active_weeks': active,
        'log_odds_of_active_week':
            'ln((n_active_weeks - 0.5) / (weeks_since_first_ride - n_active_weeks + 2))',
        'log_weeks_since_last_ride_times_log_active_weeks':
            recency ~ ' * ' ~ active,
        'log_rides_last_4_weeks': 'ln(1 + n_rides_last_4_weeks)',
        'log_rides_last_12_weeks': 'ln(1 + n_rides_last_12_weeks)',
    }) }}

{% endmacro %}
