{#
    In the weeks that the model reads, the columns of a feature in use are either never null or always
    null.
    It is always null where the log has no source for it: then it leaves the model, with a
    log line.
#}
{%- set columns = columns_of(setting('hmm.features')) %}

with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

counted as (

    select
        {%- for column in columns %}
        count({{ column }}) as n_{{ column }},
        {%- endfor %}
        count(*) as n_user_weeks
    from user_week_panel
    where
        has_completed_ride
        and {{ is_tested_week('week_start') }}

),

by_column as (

    {%- for column in columns %}
    select
        '{{ column }}' as column_name,
        n_{{ column }} as n_values,
        n_user_weeks
    from counted
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from by_column
where
    n_values <> 0
    and n_values <> n_user_weeks
