{#
    No edge in use ever joins two customers. If one does, raise identity_rounds.
#}
with

edges as (

    select * from {{ ref('int_identity_edges') }}
    where refused_because is null

),

spells as (

    select * from {{ ref('int_identifier_spells') }}

)

select
    edges.from_key,
    edges.to_key,
    one.customer_id as one_customer_id,
    other.customer_id as other_customer_id,
    'raise the var identity_rounds, which is {{ var("identity_rounds") }}'
        as what_to_do
from edges
inner join spells as one
    on
        edges.from_key = one.identifier_key
        and coalesce(edges.first_week_start < one.to_week_start, true)
inner join spells as other
    on
        edges.to_key = other.identifier_key
        and coalesce(edges.first_week_start < other.to_week_start, true)
        -- Spells of both at one time since the edge.
        and one.from_week_start < coalesce(
            other.to_week_start, one.from_week_start + 1
        )
        and coalesce(
            one.to_week_start, other.from_week_start + 1
        ) > other.from_week_start
where one.customer_id <> other.customer_id
