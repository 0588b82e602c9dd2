{#
    What each user did before the first open week, added up: what the build before added up,
    and the weeks that were closed since. Empty where every week is open.
#}
-- depends_on: {{ ref('int_feature_sources') }}
{%- set first_week = first_open_week(of_features=true) -%}
{%- set so_far = closed_so_far(first_week) %}
with

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

closed as (

    select
        user_id,
        week_start,
        week_start as first_week_start,
        case when n_rides > 0 then week_start end as last_ride_week_start,
        {%- for column in total_columns() %}
        {{ column }},
        {%- endfor %}
        first_ride_at,
        last_ride_at,
        first_city,
        last_city
    from request_weeks
    where
        {{ is_closed_week('week_start', of_features=true) }}
        and week_start >= '{{ so_far or start_of_time() }}'
    {%- if so_far %}
    union all
    select
        user_id,
        week_start,
        first_week_start,
        last_ride_week_start,
        {%- for column in total_columns() %}
        {{ column }},
        {%- endfor %}
        first_ride_at,
        last_ride_at,
        first_city,
        last_city
    from {{ this }}
    {%- endif %}

),

added_up as (

    select
        user_id,
        max(week_start) as week_start,
        min(first_week_start) as first_week_start,
        max(last_ride_week_start) as last_ride_week_start,
        {%- for column, data_type in total_columns().items() %}
        cast(sum({{ column }}) as {{ data_type }}) as {{ column }},
        {%- endfor %}
        min(first_ride_at) as first_ride_at,
        max(last_ride_at) as last_ride_at,
        min(first_city) as first_city,
        max(last_city) as last_city,
        cast('{{ first_week }}' as date) as closed_before
    from closed
    group by user_id

)

select * from added_up
