{#
    What user_outlook forecasts for a user, by column: the `probability` of a ride or a
    number of `rides`, and how many weeks ahead.
#}
{% macro outlook_targets() %}

    {{ return({
        'ride_probability_next_week': {'kind': 'probability', 'weeks': 1},
        'ride_probability_4_weeks': {'kind': 'probability', 'weeks': 4},
        'expected_rides_next_week': {'kind': 'rides', 'weeks': 1},
        'expected_rides_4_weeks': {'kind': 'rides', 'weeks': 4},
        'expected_rides_12_weeks': {'kind': 'rides', 'weeks': 12},
    }) }}

{% endmacro %}
