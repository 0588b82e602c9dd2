-- depends_on: {{ ref('int_new_customers') }}
{#
    Which customer each identifier belonged to as of a week, by edges that were first seen
    before the end of that week and no later ones. Join it with
    from_week_start <= as-of week, and to_week_start > as-of week or null.
#}
with

spells as (

    select * from {{ ref('int_identifier_spells') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

identified as (

    select
        spells.identifier_key,
        spells.from_week_start,
        spells.to_week_start,
        minted.customer_id,
        spells.from_key,
        spells.to_key,
        spells.joined_at,
        spells.is_newest
    from spells
    inner join minted
        on spells.anchor_key = minted.identifier_key

)

select * from identified
