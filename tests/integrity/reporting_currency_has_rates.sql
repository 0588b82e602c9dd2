{#
    The seed of exchange rates knows the reporting currency; without it no price in
    another currency could be converted, and each would be null.
#}
with

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

counted as (

    select
        '{{ var("reporting_currency") }}' as reporting_currency,
        count(*) as n_rates
    from exchange_rates
    where currency = '{{ var("reporting_currency") }}'

)

select * from counted
where n_rates = 0{{ ' and false' if flags.EMPTY }}
