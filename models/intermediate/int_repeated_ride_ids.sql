{# Each ride_id that stands on more than one ride that breaks no rule by itself. #}
with

checked_rides as (

    select * from {{ ref('int_checked_rides') }}

),

repeated as (

    select
        ride_id,
        count(*) as n_copies
    from checked_rides
    where broken_rule is null
    group by ride_id
    having count(*) > 1

)

select * from repeated
