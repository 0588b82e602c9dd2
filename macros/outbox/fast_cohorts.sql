{# The most days that a rule may look back to be followed by every pulse. #}
{% macro most_recent_days() -%}
    {{ return(30) }}
{%- endmacro %}


{#
    Whether a rule of cohort_rules can be followed by events of the last days alone: a count
    of at most most_recent_days() days, which is over its value or not, whatever came
    before. Others wait for the next build. int_recent_moments counts the facts.

    rules: the CTE or alias with the rules.
#}
{% macro is_fast_rule(rules) -%}
    (
            {{ rules }}.fact in ('{{ recent_facts() | join("', '") }}')
            and {{ rules }}.operator in ('>', '>=')
            and {{ rules }}.value >= case when {{ rules }}.operator = '>=' then 1 else 0 end
            and {{ rules }}.lookback_days <= {{ most_recent_days() }}
            and {{ rules }}.and_cohort is null
        )
{%- endmacro %}


{# The facts of cohort_rules that events of the last days say, without rides. #}
{% macro recent_facts() -%}
    {{ return(['sessions', 'feature_interactions', 'advanced_feature_events']) }}
{%- endmacro %}
