{#
    The last completed rides of each user before the first open week: as many as a rolling
    average price needs from before its own week. Those that the build before found, and the
    rides of weeks that were closed since. Empty where every week is open.
#}
{%- set first_week = first_open_week() -%}
{%- set n_rides = var('rolling_price_rides') | int - 1 -%}
{%- set so_far = closed_so_far(first_week) %}
with

rides as (

    select * from {{ ref('int_rides') }}

),

closed_rides as (

    select
        user_id,
        week_start,
        requested_at_local,
        ride_id,
        price_in_reporting_currency as price
    from rides
    where
        is_completed
        and {{ is_closed_week('week_start') }}
        and week_start >= '{{ so_far or start_of_time() }}'
    {%- if so_far %}
    union all
    select
        user_id,
        week_start,
        requested_at_local,
        ride_id,
        price
    from {{ this }}
    {%- endif %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by user_id
            order by requested_at_local desc, ride_id desc
        ) as recency
    from closed_rides

),

latest as (

    select
        user_id,
        week_start,
        requested_at_local,
        ride_id,
        price,
        cast('{{ first_week }}' as date) as closed_before
    from ranked
    where recency <= {{ n_rides }}

)

select * from latest
