{#
    The as-of week: the last one that the panel holds. Taken from the same
    snapshot of the rides that the panel is made of.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

last_requested as (

    {{ last_complete_week('rides') }}

)

select * from last_requested
