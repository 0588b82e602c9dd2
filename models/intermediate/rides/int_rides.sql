{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start'},
    post_hook="{{ indexed_by_week(this) }}",
) }}
{#
    The rides that count: screened, one row each, in local time and in the reporting
    currency. A ride whose ride_id a closed week has already is a repeat of that one.
#}
{%- set has_closed_weeks = keeps_closed_weeks() %}
with

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

repeated_ride_ids as (

    select * from {{ ref('int_repeated_ride_ids') }}

),

ride_copies as (

    select * from {{ ref('int_ride_copies') }}

),

time_zones as (

    select * from {{ ref('int_time_zones') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

{%- set columns = [
    'ride_id', 'user_id', 'requested_at', 'time_zone', 'status', 'payment_mode',
    'platform', 'country', 'city', 'currency', 'price', 'surge_multiplier',
    'coupon_count', 'is_painful_cancellation', 'impossible_values',
] %}

kept as (

    select
        ride_snapshot.{{ columns | join(',\n        ride_snapshot.') }}
    from ride_snapshot
    left join repeated_ride_ids
        on ride_snapshot.ride_id = repeated_ride_ids.ride_id
    where
        ride_snapshot.broken_rule is null
        and repeated_ride_ids.ride_id is null
    union all
    select
        {{ columns | join(',\n        ') }}
    from ride_copies
    where broken_rule is null

),

located as (

    select
        kept.*,
        coalesce(
            time_zones.used_time_zone, '{{ var("default_time_zone") }}'
        ) as used_time_zone,
        not coalesce(time_zones.is_known, true) as is_time_zone_replaced
    from kept
    left join time_zones
        on kept.time_zone = time_zones.time_zone

),

localised as (

    select
        located.*,
        {{ local_time('requested_at', 'used_time_zone') }}
            as requested_at_local
    from located

),

converted as (

    select
        localised.*,
        case
            when localised.currency = '{{ var("reporting_currency") }}' then 1
            else exchange_rates.rate
        end as rate
    from localised
    left join exchange_rates
        on
            localised.currency = exchange_rates.currency
            and cast(localised.requested_at_local as date) = exchange_rates.rate_date

),

described as (

    select
        ride_id,
        user_id,
        requested_at,
        requested_at_local,
        {{ week_start('requested_at_local') }} as week_start,
        used_time_zone,
        status,
        payment_mode,
        platform,
        country,
        city,
        -- Exact numbers, because they are summed: sums of doubles depend on the order
        -- of the rows, and two builds would differ in the last digit.
        cast(
            case when status = 'completed' then price * rate end
            as {{ type_exact(28, 4) }}
        ) as price_in_reporting_currency,
        surge_multiplier,
        coupon_count,
        impossible_values,
        status = 'completed' as is_completed,
        status = 'cancelled' as is_cancelled,
        status = 'cancelled' and is_painful_cancellation
            as is_painful_cancellation,
        {{ iso_weekday('requested_at_local') }} >= 5 as is_weekend,
        {{ hour_of_day('requested_at_local') }} >= 18 as is_evening,
        {{ day_part('requested_at_local') }} as day_part,
        is_time_zone_replaced,
        status = 'completed' and price is not null and rate is null
            as is_price_unconverted
    from converted

),

{% if has_closed_weeks -%}
kept_before as (

    select closed.ride_id
    from {{ this }} as closed
    inner join ride_snapshot
        on closed.ride_id = ride_snapshot.ride_id
    where {{ is_closed_week('closed.week_start') }}

),

{% endif -%}
opened as (

    select described.*
    from described
    {%- if has_closed_weeks %}
    left join kept_before
        on described.ride_id = kept_before.ride_id
    {%- endif %}
    where
        {{ is_open_week('described.week_start') }}
        and {{ 'kept_before.ride_id is null' if has_closed_weeks else 'true' }}

)

select * from opened
