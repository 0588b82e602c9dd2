{#
    How often each user's requests before the first open week had each value of an attribute:
    those that the build before counted, and those of weeks that were closed since. Empty
    where every week is open.
#}
{%- set first_week = first_open_week() -%}
{%- set so_far = closed_so_far(first_week) %}
with

rides as (

    select * from {{ ref('int_rides') }}
    where
        {{ is_closed_week('week_start') }}
        and week_start >= '{{ so_far or start_of_time() }}'

),

counted as (

    {{ counted_values('rides') }}
    {%- if so_far %}
    union all
    select
        user_id,
        attribute_name,
        attribute_value,
        country,
        n_requests,
        last_requested_at
    from {{ this }}
    {%- endif %}

),

added_up as (

    select
        user_id,
        attribute_name,
        attribute_value,
        country,
        cast(sum(n_requests) as {{ dbt.type_bigint() }}) as n_requests,
        max(last_requested_at) as last_requested_at,
        cast('{{ first_week }}' as date) as closed_before
    from counted
    group by user_id, attribute_name, attribute_value, country

)

select * from added_up
