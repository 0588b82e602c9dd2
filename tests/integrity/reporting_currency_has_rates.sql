{#
    The seed of exchange rates has the reporting currency. Without it, prices in other
    currencies could not be converted and would be null.
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
