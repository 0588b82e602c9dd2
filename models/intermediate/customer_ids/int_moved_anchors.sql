{{ config(post_hook="{{ move_anchors(this) }}") }}
{#
    Customers whose oldest identifier is gone: nobody's now, shared, or in no event any
    more. The oldest of those that the last build joined to it takes its place, so that the
    part of the customer with it keeps the id. The hook writes this to identity.customers.

    A customer whose user was forgotten has no identifier and gets none.
#}
with

identifiers as (

    select * from {{ ref('int_identifiers') }}
    where not is_blocked

),

shared as (

    select distinct identifier_key from {{ ref('int_shared_identifiers') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

members as (

    select * from {{ ref('stg_identity__members') }}

),

usable as (

    select identifiers.*
    from identifiers
    left join shared
        on identifiers.identifier_key = shared.identifier_key
    where shared.identifier_key is null

),

lost as (

    select
        minted.customer_id,
        minted.identifier_key
    from minted
    left join usable
        on minted.identifier_key = usable.identifier_key
    where
        minted.identifier_key is not null
        and usable.identifier_key is null

),

-- What is the oldest identifier of another customer already stays that.
ranked as (

    select
        lost.customer_id,
        lost.identifier_key as lost_key,
        usable.identifier_key,
        row_number() over (
            partition by lost.customer_id
            order by
                usable.first_seen_at, usable.priority, usable.identifier_key
        ) as place
    from lost
    inner join members
        on lost.customer_id = members.customer_id
    inner join usable
        on members.identifier_key = usable.identifier_key
    left join minted as other_minted
        on members.identifier_key = other_minted.identifier_key
    where other_minted.identifier_key is null

),

moved as (

    select
        customer_id,
        lost_key,
        identifier_key
    from ranked
    where place = 1

)

select * from moved
