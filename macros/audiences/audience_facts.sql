{#
    The facts about a user that an audience can be made of. Each has two columns in the
    seed audience_rules, min_ and max_.
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
    ]) }}
{% endmacro %}
