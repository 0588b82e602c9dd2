{#
    Whether a user has lapsed after a number of weeks without a request. Python has the
    same rule in weeks_until_lapse (scripts/user_states/outlook/lapse_rule.py); a
    test compares the two.
#}
{% macro has_lapsed(n_silent_weeks) -%}
    {{ n_silent_weeks }} >= {{ var('lapse_after_weeks') }}
{%- endmacro %}
