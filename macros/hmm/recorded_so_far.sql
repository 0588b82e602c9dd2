{#
    What user_weekly_states_as_of holds before this build: the table itself, or nothing
    where there is none yet.
#}
{% macro recorded_so_far(recorded) -%}

    {%- if is_incremental() -%}
        {{ recorded }}
    {%- else -%}
        (
            select
                cast(null as {{ dbt.type_string() }}) as user_id,
                cast(null as date) as week_start,
                cast(null as integer) as revision,
                cast(null as {{ dbt.type_string() }}) as evidence_fingerprint
            where false
        )
    {%- endif -%}

{%- endmacro %}
