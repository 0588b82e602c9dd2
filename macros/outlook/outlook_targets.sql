{#
    What user_outlook forecasts for a user, by column: the `probability` of a ride or a
    number of `rides`, and how many weeks ahead. The rides of 52 weeks are null where the
    log is too short to have shown them.
#}
{% macro outlook_targets() %}

    {{ return({
        'ride_probability_next_week': {'kind': 'probability', 'weeks': 1},
        'ride_probability_4_weeks': {'kind': 'probability', 'weeks': 4},
        'expected_rides_next_week': {'kind': 'rides', 'weeks': 1},
        'expected_rides_4_weeks': {'kind': 'rides', 'weeks': 4},
        'expected_rides_12_weeks': {'kind': 'rides', 'weeks': 12},
        'expected_rides_52_weeks': {'kind': 'rides', 'weeks': 52},
    }) }}

{% endmacro %}


{# The spans whose sums are compared with what came, as columns end, by weeks ahead. #}
{% macro outlook_result_spans() %}

    {{ return({1: 'next_week', 4: '4_weeks', 12: '12_weeks'}) }}

{% endmacro %}


{# What a user is expected to spend, by column: the expected rides of the same span. #}
{% macro outlook_spend_targets() %}

    {{ return({
        'expected_spend_next_week': 'expected_rides_next_week',
        'expected_spend_4_weeks': 'expected_rides_4_weeks',
        'expected_spend_12_weeks': 'expected_rides_12_weeks',
        'expected_spend_52_weeks': 'expected_rides_52_weeks',
    }) }}

{% endmacro %}
