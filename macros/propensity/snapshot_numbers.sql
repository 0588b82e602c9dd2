{#
    The columns with the features that champions of propensities read, as doubles: those of
    the snapshot, and for `state_` and a key how sure it is that the customer's user is in
    that state, 0 in any other. Those that `propensity_population` reads are always there.

    champions: as `propensity_champions` returns them. snapshots: customer_snapshots.
#}
{% macro snapshot_numbers(champions, snapshots) -%}

    {%- set columns = {
        'days_since_last_activity': 'days_since_last_activity', 'converted_to_sale': 'converted_to_sale',
    } -%}
    {%- for champion in champions -%}
        {%- for feature in champion['features'] -%}
            {%- do columns.update({feature['column']: feature['name']}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for column, feature in columns.items() -%}
        {%- if feature.startswith('state_') %}
        cast(
            case
                when {{ snapshots }}.state_key = '{{ dbt.escape_single_quotes(feature[6:]) }}'
                    then coalesce({{ snapshots }}.state_probability, 0)
                else 0
            end as {{ type_double() }}
        ) as {{ column }},
        {%- else %}
        {{ model_feature_number(snapshots ~ '.' ~ feature) }} as {{ column }},
        {%- endif -%}
    {%- endfor -%}

{%- endmacro %}
