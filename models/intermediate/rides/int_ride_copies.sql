{#
    All rows of each ride_id that occurs more than once; the first one is kept.

    ride_id  status     requested_at        copy_number  broken_rule
    r1       completed  2024-03-04 08:00    1            (kept)
    r1       completed  2024-03-04 08:00    2            exact_repeat
    r1       cancelled  2024-03-04 08:00    3            conflicting_repeat
#}
{%- set columns = [
    'user_id', 'requested_at', 'time_zone', 'status', 'payment_mode',
    'platform', 'app_version', 'country', 'city', 'cancel_reason', 'currency',
    'price', 'estimated_price', 'surge_multiplier', 'coupon_count',
    'stopover_count', 'is_painful_cancellation', 'impossible_values',
] -%}
{%- set tie_breakers = columns | reject('in', ['status', 'requested_at']) -%}
{%- set numbers = ['price', 'estimated_price', 'surge_multiplier'] -%}

with

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

repeated_ride_ids as (

    select * from {{ ref('int_repeated_ride_ids') }}

),

fingerprinted as (

    select
        ride_snapshot.*,
        {{ row_fingerprint(columns, numbers) }} as fingerprint
    from ride_snapshot
    inner join repeated_ride_ids
        on ride_snapshot.ride_id = repeated_ride_ids.ride_id
    where ride_snapshot.broken_rule is null

),

-- A log is written while a ride goes on, so the furthest status is the true one. The
-- other keys only make the order total, so that the result is always the same; they are
-- columns and not text, which would depend on the session.
ranked as (

    select
        fingerprinted.*,
        row_number() over ride_copies as copy_number,
        first_value(fingerprinted.fingerprint) over ride_copies
            as kept_fingerprint
    from fingerprinted
    window
        ride_copies as (
            partition by fingerprinted.ride_id
            order by
                case fingerprinted.status
                    when 'completed' then 1
                    when 'cancelled' then 2
                    else 3
                end asc,
                fingerprinted.requested_at desc,
                fingerprinted.{{ tie_breakers | join(' asc, fingerprinted.') }} asc
            rows between unbounded preceding and current row
        )

),

judged as (

    select
        ride_id,
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        copy_number,
        case
            when copy_number > 1 and fingerprint = kept_fingerprint
                then 'exact_repeat'
            when copy_number > 1 then 'conflicting_repeat'
        end as broken_rule
    from ranked

)

select * from judged
