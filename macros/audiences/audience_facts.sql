{#
    The facts about a user that rules of the seed audience_rules can use: columns of
    int_audience_facts.
#}
{% macro audience_facts() %}
    {{ return([
        'ride_probability_next_week',
        'ride_probability_4_weeks',
        'expected_rides_4_weeks',
        'expected_weeks_until_lapse',
        'weeks_since_last_ride',
        'weeks_on_platform',
        'lifetime_rides',
        'rides_last_4_weeks',
        'rides_over_usual',
        'most_rides_in_a_week',
    ]) }}
{% endmacro %}
