{#
    Sorted as text, the states are in the order of their numbers, whatever their labels.
#}
with

states as (

    select * from {{ ref('states') }}

),

ranked as (

    select
        state_id,
        state_sort_name,
        row_number() over (order by state_id) as place,
        row_number() over (order by state_sort_name) as place_as_text
    from states

),

misplaced as (

    select * from ranked
    where place <> place_as_text

)

select * from misplaced
