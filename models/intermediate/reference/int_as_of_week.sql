{{ config(pre_hook="{{ check_kept_rides() }}") }}
{#
    The as-of week: the last week of the panel. It comes from the same snapshot of
    rides as the panel.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

last_requested as (

    {{ last_complete_week('rides') }}

)

select * from last_requested
