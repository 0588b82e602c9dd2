{# The moves recorded by earlier builds: the table itself, or nothing the first time. #}
{% macro state_moves_so_far(moves) -%}

    {%- if is_incremental() -%}
        {{ moves }}
    {%- else -%}
        (
            select
                cast(0 as bigint) as move_number,
                cast(null as {{ dbt.type_string() }}) as user_id,
                cast(null as date) as week_start,
                cast(null as {{ dbt.type_string() }}) as entered_state_key,
                cast(null as {{ dbt.type_string() }}) as run_id
            where false
        )
    {%- endif -%}

{%- endmacro %}
