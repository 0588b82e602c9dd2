-- depends_on: {{ ref('int_new_customers') }}
{#
    Which customer each identifier belonged to as of a week, by edges that were first seen
    before the end of that week and no later ones. Join it with
    from_week_start <= as-of week, and to_week_start > as-of week or null.

    Identifiers that became shared later are those of int_shared_spells. What is still
    hindsight there: such a one joins nobody else, also not in the weeks in which nobody
    knew that it would be shared; `was_shared_later` says where.
#}
with

stitched_spells as (

    select * from {{ ref('int_identifier_spells') }}

),

shared_spells as (

    select * from {{ ref('int_shared_spells') }}

),

shared as (

    select distinct identifier_key from {{ ref('int_shared_identifiers') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

spells as (

    select
        stitched_spells.identifier_key,
        stitched_spells.from_week_start,
        stitched_spells.to_week_start,
        stitched_spells.anchor_key,
        stitched_spells.from_key,
        stitched_spells.to_key,
        stitched_spells.joined_at,
        false as was_shared_later
    from stitched_spells
    left join shared
        on stitched_spells.identifier_key = shared.identifier_key
    where shared.identifier_key is null
    union all
    select
        identifier_key,
        from_week_start,
        to_week_start,
        anchor_key,
        from_key,
        to_key,
        joined_at,
        true as was_shared_later
    from shared_spells

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
        spells.was_shared_later,
        spells.to_week_start is null as is_newest
    from spells
    inner join minted
        on spells.anchor_key = minted.identifier_key

)

select * from identified
