{#
    A hash of everything that a row of user_week_panel says about its week; equal if nothing
    changed. It covers the features of the var `features`, not only those of a model.

    The parts and shares of a week's rides are left out: they change with the number of
    rides and with the shares so far, and rows that were recorded before there were parts
    keep their hash.
#}
{% macro evidence_fingerprint(panel) -%}

    {%- set columns = [
        panel ~ '.has_completed_ride',
        weeks_between(panel ~ '.filled_from_week_start', panel ~ '.week_start'),
    ] -%}
    {%- for feature in var('features') if feature['family'] not in ('parts', 'share') -%}
        {%- do columns.append(panel ~ '.' ~ feature['name']) -%}
    {%- endfor -%}
    {{ row_fingerprint(columns) }}

{%- endmacro %}
