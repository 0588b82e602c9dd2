{#
    A hash of all that a row of user_week_panel says of its week, equal where nothing
    changed: every feature of the var `features`, whatever a model reads of them.
#}
{% macro evidence_fingerprint(panel) -%}

    {%- set columns = [
        panel ~ '.has_completed_ride',
        weeks_between(panel ~ '.filled_from_week_start', panel ~ '.week_start'),
    ] -%}
    {%- for feature in var('features') -%}
        {%- do columns.append(panel ~ '.' ~ feature['name']) -%}
    {%- endfor -%}
    {{ row_fingerprint(columns) }}

{%- endmacro %}
