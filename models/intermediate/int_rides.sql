{#
    The rides that count: screened, one row each, in local time and in the
    reporting currency.
#}
with

checked_rides as (

    select * from {{ ref('int_checked_rides') }}

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
    'platform', 'app_version', 'country', 'city', 'cancel_reason', 'currency',
    'price', 'estimated_price', 'surge_multiplier', 'coupon_count',
    'stopover_count', 'is_painful_cancellation',
] %}

kept as (

    select
        {{ columns | join(',\n        ') }}
    from checked_rides
    where
        broken_rule is null
        and not exists (
            select 1
            from ride_copies
            where ride_copies.ride_id = checked_rides.ride_id
        )
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
        app_version,
        country,
        city,
        cancel_reason,
        case when status = 'completed' then price end as price,
        currency,
        cast(
            case when status = 'completed' then price * rate end
            as double precision
        ) as price_in_reporting_currency,
        cast(surge_multiplier as double precision) as surge_multiplier,
        coupon_count,
        stopover_count,
        status = 'completed' as is_completed,
        status = 'cancelled' as is_cancelled,
        status = 'cancelled' and is_painful_cancellation
            as is_painful_cancellation,
        {{ iso_weekday('requested_at_local') }} >= 5 as is_weekend,
        extract(hour from requested_at_local) >= 18 as is_evening,
        is_time_zone_replaced
    from converted

)

select * from described
