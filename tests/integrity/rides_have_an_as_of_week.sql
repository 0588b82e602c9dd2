{#
    The as-of week is known if, and only if, there are rides or the var as_of_date is set.
#}
with

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

rides as (

    select * from {{ ref('int_rides') }}

),

counted as (

    select
        as_of_week.as_of_week_start,
        (select count(*) from rides) as n_rides
    from as_of_week

),

wrong as (

    select *
    from counted
    where
        (as_of_week_start is null)
        <> (n_rides = 0 and {{ 'false' if var('as_of_date') else 'true' }})

)

select * from wrong
