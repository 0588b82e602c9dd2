{#
    The facts that rules of the seed cohort_rules can use, by kind. A `count` looks back
    some days, a `clock` runs since an event, and a `weekly` fact is a column of
    customer_snapshots, known at the end of a week.
#}
{% macro cohort_facts(kind) %}
    {{ return({
        'count': ['sessions', 'feature_interactions', 'advanced_feature_events', 'purchases'],
        'clock': ['days_since_first_event', 'days_since_last_event'],
        'weekly': [
            'spend', 'activity_score', 'n_purchases', 'n_rides', 'n_active_days',
            'n_product_features_used', 'video_watch_count',
        ],
    }[kind]) }}
{% endmacro %}


{# Whether a fact meets a rule, by the operator that stands in a column. #}
{% macro meets_rule(fact, operator, value) -%}
    case {{ operator }}
            when '>' then {{ fact }} > {{ value }}
            when '>=' then {{ fact }} >= {{ value }}
            when '<' then {{ fact }} < {{ value }}
            when '<=' then {{ fact }} <= {{ value }}
        end
{%- endmacro %}


{# The value of the weekly fact that a column names, in a row of customer_snapshots. #}
{% macro weekly_fact(fact, snapshots) -%}
    cast(
            case {{ fact }}
                {%- for name in cohort_facts('weekly') %}
                when '{{ name }}' then {{ snapshots }}.{{ name }}
                {%- endfor %}
            end as {{ type_double() }}
        )
{%- endmacro %}
