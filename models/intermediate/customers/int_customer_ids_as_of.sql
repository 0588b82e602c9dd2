{#
    Which customer each identifier belonged to as of a week, by edges that were first seen
    before the end of that week and no later ones. Join it with
    from_week_start <= as-of week, and to_week_start > as-of week or null.
#}
with

spells as (

    select * from {{ ref('int_identifier_spells') }}

),

identified as (

    select
        identifier_key,
        from_week_start,
        to_week_start,
        customer_id,
        from_key,
        to_key,
        joined_at,
        is_newest
    from spells

)

select * from identified
