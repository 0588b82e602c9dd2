{#
    Whether a user's facts meet a rule: every condition that is not null. A fact that is
    not known meets none.
#}
{% macro audience_conditions(facts, rules) -%}

    {%- for fact in audience_facts() %}
        ({{ rules }}.min_{{ fact }} is null or {{ facts }}.{{ fact }} >= {{ rules }}.min_{{ fact }})
        and ({{ rules }}.max_{{ fact }} is null or {{ facts }}.{{ fact }} <= {{ rules }}.max_{{ fact }})
        and
    {%- endfor %}
        ({{ rules }}.home_city is null or {{ facts }}.home_city = {{ rules }}.home_city)
        and (
            {{ rules }}.state_keys is null
            or {{ dbt.position(
                "' ' || " ~ facts ~ ".state_key || ' '", "' ' || " ~ rules ~ ".state_keys || ' '"
            ) }} > 0
        )

{%- endmacro %}
