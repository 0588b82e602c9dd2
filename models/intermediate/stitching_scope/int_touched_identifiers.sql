{{ config(
    pre_hook="{{ without_merge_joins() }}",
    post_hook="{{ log_touched_identifiers(this) }}",
) }}
{#
    The customers that this build stitches again, with their identifiers, and identifiers
    that are new: whatever has a fact that is new, changed or gone since it was stitched, and
    what such an edge joins to it. Empty if everything is stitched.

    stitched: a–b, c–d      now: a–b, b–c, c–d      touched: b's customer, for its edges
                                                             c's customer, for the end of b–c
#}
{%- set kept = stitched_so_far() -%}

with

identifiers as (

    select * from {{ ref('int_stitchable_identifiers') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}
    where refused_because is null

),
{% if kept is none %}
touched as (

    select
        cast(null as {{ dbt.type_string() }}) as customer_id,
        identifiers.identifier_key
    from identifiers
    inner join edges
        on identifiers.identifier_key = edges.from_key
    where false

)
{% else %}
stitched as (

    select
        identifier_key,
        customer_id
    from {{ kept.spells }}
    where is_newest

),

stitched_facts as (

    select * from {{ kept.facts }}

),

-- The same facts as int_stitched_facts has.
facts as (

    select
        identifiers.identifier_key,
        {{ identifier_checksum('identifiers') }} as fact_checksum
    from identifiers
    union all
    select
        edges.from_key as identifier_key,
        {{ combined_checksum(edge_checksum('edges')) }} as fact_checksum
    from edges
    group by edges.from_key

),

changes as {{ computed_once() }} (

    select
        facts.identifier_key,
        stitched_facts.customer_id
    from facts
    full outer join stitched_facts
        on facts.fact_checksum = stitched_facts.fact_checksum
    where
        facts.fact_checksum is null
        or stitched_facts.fact_checksum is null
    union all
    -- Its spell named a user who was forgotten since.
    select
        identifiers.identifier_key,
        null as customer_id
    from identifiers
    left join stitched
        on identifiers.identifier_key = stitched.identifier_key
    where stitched.identifier_key is null

),

changed_keys as {{ computed_once() }} (

    select changes.identifier_key
    from changes
    where changes.identifier_key is not null
    union
    select edges.to_key as identifier_key
    from changes
    inner join edges
        on changes.identifier_key = edges.from_key

),

owners as {{ computed_once() }} (

    select
        changed_keys.identifier_key,
        stitched.customer_id
    from changed_keys
    left join stitched
        on changed_keys.identifier_key = stitched.identifier_key

),

customers as (

    select changes.customer_id
    from changes
    where changes.customer_id is not null
    union
    select owners.customer_id
    from owners
    where owners.customer_id is not null

),

-- A customer whose identifiers are all gone has none.
touched as (

    select
        customers.customer_id,
        stitched.identifier_key
    from customers
    left join stitched
        on customers.customer_id = stitched.customer_id
    union all
    select
        owners.customer_id,
        owners.identifier_key
    from owners
    where owners.customer_id is null

)
{% endif %}
select * from touched
