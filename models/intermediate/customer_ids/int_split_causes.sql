{#
    Why a customer of the last build may have come apart: one of its identifiers is shared
    or blocked now, or a link between two of them is not used any more. Of several causes
    one.
#}
with

members as (

    select * from {{ ref('stg_identity__members') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

identifiers as (

    select * from {{ ref('int_identifiers') }}

),

shared as (

    select distinct identifier_key from {{ ref('int_shared_identifiers') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}
    where refused_because is not null

),

-- A customer that no build has seen has the identifier that it began with.
owned as (

    select
        customer_id,
        identifier_key
    from members
    union
    select
        customer_id,
        identifier_key
    from minted
    where identifier_key is not null

),

found as (

    select
        owned.customer_id,
        'shared' as reason,
        shared.identifier_key as from_key,
        cast(null as {{ dbt.type_string() }}) as to_key
    from owned
    inner join shared
        on owned.identifier_key = shared.identifier_key
    union all
    select
        owned.customer_id,
        'blocked' as reason,
        identifiers.identifier_key as from_key,
        cast(null as {{ dbt.type_string() }}) as to_key
    from owned
    inner join identifiers
        on
            owned.identifier_key = identifiers.identifier_key
            and identifiers.is_blocked
    union all
    select
        one.customer_id,
        edges.refused_because as reason,
        edges.from_key,
        edges.to_key
    from edges
    inner join owned as one
        on edges.from_key = one.identifier_key
    inner join owned as other
        on
            edges.to_key = other.identifier_key
            and one.customer_id = other.customer_id

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by
                case
                    when to_key is null then 0
                    else 1
                end,
                reason,
                from_key,
                to_key
        ) as place
    from found

),

causes as (

    select
        customer_id,
        reason,
        from_key,
        to_key
    from ranked
    where place = 1

)

select * from causes
