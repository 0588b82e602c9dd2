{# The spells recorded by earlier builds: the table itself, or nothing the first time. #}
{% macro audiences_so_far(audiences) -%}

    {%- if is_incremental() -%}
        {{ audiences }}
    {%- else -%}
        (
            select
                cast(null as {{ dbt.type_string() }}) as audience,
                cast(null as {{ dbt.type_string() }}) as user_id,
                cast(null as date) as entered_week_start,
                cast(null as date) as left_week_start,
                cast(null as timestamp with time zone) as entered_at,
                cast(null as double precision) as holdout_share,
                cast(null as {{ dbt.type_boolean() }}) as is_holdout,
                cast(null as {{ dbt.type_string() }}) as run_id
            where false
        )
    {%- endif -%}

{%- endmacro %}
