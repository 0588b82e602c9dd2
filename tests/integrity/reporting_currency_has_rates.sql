{#
    The seed of exchange rates has the reporting currency, if one ride in a hundred or
    more is in another currency. Without it, their prices could not be converted and
    would be null. A log in one currency needs no rates.
#}
with

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

rates as (

    select count(*) as n_rates
    from exchange_rates
    where currency = '{{ var("reporting_currency") }}'

),

rides as (

    select
        count(*) as n_rides,
        count(
            case when currency <> '{{ var("reporting_currency") }}' then 1 end
        ) as n_rides_in_other_currencies
    from ride_snapshot

),

counted as (

    select
        '{{ var("reporting_currency") }}' as reporting_currency,
        rates.n_rates,
        rides.n_rides,
        rides.n_rides_in_other_currencies
    from rates
    cross join rides

)

select * from counted
where
    n_rates = 0
    and n_rides_in_other_currencies > 0
    and 100 * n_rides_in_other_currencies >= n_rides
