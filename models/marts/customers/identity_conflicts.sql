{# Links that are not used, and why. #}
with

identifiers as (

    select * from {{ ref('int_identifiers') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}

),

conflicts as (

    select
        identifier_key,
        '' as other_key,
        'blocked' as reason,
        first_seen_at,
        last_seen_at,
        n_seen
    from identifiers
    where is_blocked
    union all
    select
        to_key as identifier_key,
        from_key as other_key,
        refused_because as reason,
        first_seen_at,
        last_seen_at,
        n_seen
    from edges
    where refused_because is not null

)

select * from conflicts
