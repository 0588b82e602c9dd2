{#
    A query of one row: the last week that is complete everywhere.

    A week is complete if a ride was requested at or after the following Monday in the
    westernmost time zone in use. If the var as_of_date is set, it is the last day that
    counts.

    rides: a relation with requested_at and used_time_zone.
#}
{% macro last_complete_week(rides) -%}

    {%- if var('as_of_date') -%}

    select
        {{ add_days(week_start(add_days("cast('" ~ var('as_of_date') ~ "' as date)", 1)), -7) }}
            as as_of_week_start

    {%- else -%}

    select
        {{ add_days(week_start('min(' ~ local_time('zones.requested_at', 'zones.used_time_zone') ~ ')'), -7) }}
            as as_of_week_start
    from (
        select used_time_zone, max(max(requested_at)) over () as requested_at
        from {{ rides }}
        group by used_time_zone
    ) as zones

    {%- endif -%}

{%- endmacro %}
