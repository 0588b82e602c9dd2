{#
    Completed rides of each user in each city before the first open week: those that the
    build before counted, and those of weeks that were closed since. Empty where every week
    is open.
#}
{%- set first_week = first_open_week() -%}
{%- set so_far = closed_so_far(first_week) %}
with

rides as (

    select * from {{ ref('int_rides') }}

),

counted as (

    select
        user_id,
        city,
        count(*) as n_rides
    from rides
    where
        is_completed
        and city is not null
        and {{ is_closed_week('week_start') }}
        and week_start >= '{{ so_far or start_of_time() }}'
    group by user_id, city
    {%- if so_far %}
    union all
    select
        user_id,
        city,
        n_rides
    from {{ this }}
    {%- endif %}

),

added_up as (

    select
        user_id,
        city,
        cast(sum(n_rides) as {{ dbt.type_int() }}) as n_rides,
        cast('{{ first_week }}' as date) as closed_before
    from counted
    group by user_id, city

)

select * from added_up
