{#
    A hash of everything that a row of user_week_panel says about its week; equal if nothing
    changed. It covers every column of the var `features`, not only those of a model.
#}
{% macro evidence_fingerprint(panel) -%}

    {%- set columns = [
        panel ~ '.has_completed_ride',
        weeks_between(panel ~ '.filled_from_week_start', panel ~ '.week_start'),
    ] -%}
    {%- for column in panel_columns() -%}
        {%- do columns.append(panel ~ '.' ~ column) -%}
    {%- endfor -%}
    {{ row_fingerprint(columns) }}

{%- endmacro %}
