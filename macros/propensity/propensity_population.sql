{#
    Whether a customer belongs to whom a target is about, at the end of a week: a condition
    in SQL, and the only place that has it. Null counts as no.

    population, horizon_weeks: those of the seed propensity_targets, as expressions.
    snapshots: the relation with days_since_last_activity and converted_to_sale, a boolean
    or 0 and 1.
#}
{% macro propensity_population(population, horizon_weeks, snapshots) -%}

    case {{ population }}
        when 'everybody' then true
        when 'active'
            then {{ snapshots }}.days_since_last_activity < 7 * {{ horizon_weeks }}
        when 'not_converted'
            then cast({{ snapshots }}.converted_to_sale as {{ dbt.type_int() }}) = 0
    end

{%- endmacro %}
