{#
    Each ride_id shared by several rides that break no rule of their own.
#}
with

ride_snapshot as (

    select * from {{ ref('int_ride_snapshot') }}

),

repeated as (

    select
        ride_id,
        count(*) as n_copies
    from ride_snapshot
    where broken_rule is null
    group by ride_id
    having count(*) > 1

)

select * from repeated
