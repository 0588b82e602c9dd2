{{ config(materialized='view') }}
{#
    The events that count, one row each, in local time and in the reporting currency. A
    view that only int_events reads.
#}
{%- set columns = event_columns() -%}

with

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

event_copies as (

    select * from {{ ref('int_event_copies') }}

),

time_zones as (

    select * from {{ ref('int_time_zones') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

kept as (

    select
        event_snapshot.event_key,
        event_snapshot.{{ columns | join(',\n        event_snapshot.') }}
    from event_snapshot
    left join event_copies
        on
            event_snapshot.event_key = event_copies.event_key
            and event_copies.copy_number = 1
    where
        event_snapshot.broken_rule is null
        and event_copies.event_key is null
    union all
    select
        event_key,
        {{ columns | join(',\n        ') }}
    from event_copies
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
        {{ local_time('occurred_at', 'used_time_zone') }} as occurred_local
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
            and cast(localised.occurred_local as date) = exchange_rates.rate_date

),

described as (

    select
        event_key,
        {{ columns | reject('in', ['value', 'currency', 'time_zone'])
            | join(',\n        ') }},
        -- Who it is of, as far as the event says itself.
        coalesce({{ person_identifiers() | join(', ') }}) as person,
        cast(value * rate as {{ type_exact(28, 4) }})
            as value_in_reporting_currency,
        occurred_local,
        used_time_zone,
        is_time_zone_replaced,
        value is not null and rate is null as is_value_unconverted
    from converted

)

select * from described
