{#
    What int_user_beliefs holds before this build: the table itself, or nothing where it is
    made anew.
#}
{% macro beliefs_so_far(beliefs) -%}

    {%- if is_incremental() -%}
        {{ beliefs }}
    {%- else -%}
        (
            select
                cast(null as {{ dbt.type_string() }}) as run_id,
                cast(null as {{ dbt.type_string() }}) as user_id,
                cast(null as date) as week_start,
                {{ array_of([as_double(0)]) }} as log_belief
            where false
        )
    {%- endif -%}

{%- endmacro %}
