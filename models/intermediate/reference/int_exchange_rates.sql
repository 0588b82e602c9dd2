{#
    Units of the reporting currency for one unit of each currency and day.

    currency  valid_from  units_per_eur        currency  rate_date   rate (EUR)
    GBP       2024-01-01  0.86            →    GBP       2024-01-01  1.1628
    GBP       2024-02-01  0.85                 GBP       2024-01-02  1.1628 …

    With one row per day the join with the rides is an equality, which an engine can hash.
    A range join would read every rate of a currency for every ride.
#}
with

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

newest as (

    select
        currency,
        max(requested_at) as newest_at
    from ride_snapshot
    where requested_at <= {{ dbt.current_timestamp() }}
    group by currency
    union all
    select
        currency,
        max(occurred_at) as newest_at
    from event_snapshot
    where occurred_at <= {{ dbt.current_timestamp() }}
    group by currency

),

used_currencies as (

    select
        currency,
        {{ add_days('cast(max(newest_at) as date)', 2) }} as last_date
    from newest
    group by currency

),

last_day as (

    select max(last_date) as last_date from used_currencies

),

bounded as (

    select
        exchange_rates.currency,
        exchange_rates.valid_from,
        exchange_rates.units_per_eur,
        coalesce(
            lead(exchange_rates.valid_from) over (
                partition by exchange_rates.currency
                order by exchange_rates.valid_from
            ),
            -- The last known rate stays in force until a newer one is added.
            greatest(
                {{ add_days('exchange_rates.valid_from', 1) }},
                {{ add_days('last_day.last_date', 1) }}
            )
        ) as valid_until
    from exchange_rates
    cross join last_day

),

daily as (

    select
        bounded.currency,
        bounded.units_per_eur,
        {{ add_days('bounded.valid_from', 'days.day_number') }} as rate_date
    from bounded
    {{ expanded(
        dbt.datediff('bounded.valid_from', 'bounded.valid_until', 'day'),
        'days', 'day_number'
    ) }}

),

cross_rates as (

    select
        daily.currency,
        daily.rate_date,
        reporting.units_per_eur / daily.units_per_eur as rate
    from daily
    inner join used_currencies
        on daily.currency = used_currencies.currency
    inner join daily as reporting
        on
            daily.rate_date = reporting.rate_date
            and reporting.currency = '{{ var("reporting_currency") }}'

)

select * from cross_rates
