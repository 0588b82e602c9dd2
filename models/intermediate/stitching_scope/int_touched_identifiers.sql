{{ config(
    pre_hook=["{{ without_nested_loops() }}", "{{ without_merge_joins() }}"],
    post_hook="{{ log_touched_identifiers(this) }}",
) }}
-- depends_on: {{ ref('int_fact_weeks') }}
{#
    The customers that this build stitches again, with their identifiers, and identifiers
    that are new: whatever has a fact that is new, changed or gone since it was stitched, and
    what such an edge joins to it. Empty if everything is stitched.

    stitched: a–b, c–d      now: a–b, b–c, c–d      touched: b's customer, for its edges
                                                             c's customer, for the end of b–c

    Over 170 lines, because each step reads what the one before has found, and no table is
    worth its writing.
#}
{%- set kept = stitched_so_far() -%}

with

identifiers as {{ read_each_time() }} (

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
stitched as {{ read_each_time() }} (

    select
        identifier_key,
        customer_id
    from {{ kept.spells }}
    where to_week_start is null

),

stitched_facts as {{ read_each_time() }} (

    select * from {{ kept.facts }}

),

weeks as (

    select * from {{ ref('int_fact_weeks') }}

),

-- Most weeks have not changed: one checksum for each week shows it.
stitched_weeks as (

    {% if kept.weeks is none %}
    select *
    from weeks
    where false
    {% else %}
    select * from {{ kept.weeks }}
    {% endif %}

),

-- The same facts as int_stitched_facts has.
identifier_facts as {{ read_each_time() }} (

    select
        identifiers.identifier_key,
        cast(null as {{ dbt.type_string() }}) as other_key,
        identifiers.first_week_start,
        {{ identifier_checksum('identifiers') }} as fact_checksum
    from identifiers

),

edge_facts as {{ read_each_time() }} (

    select
        edges.from_key as identifier_key,
        edges.to_key as other_key,
        edges.first_week_start,
        {{ edge_checksum('edges') }} as fact_checksum
    from edges

),

changed_weeks as {{ computed_once() }} (

    select *
    from (
        select
            coalesce(
                weeks.first_week_start, stitched_weeks.first_week_start
            ) as first_week_start
        from weeks
        full outer join stitched_weeks
            on weeks.first_week_start = stitched_weeks.first_week_start
        where
            not coalesce(
                weeks.n_facts = stitched_weeks.n_facts
                and weeks.week_checksum = stitched_weeks.week_checksum,
                false
            )
    ) as changed
    where {{ thought_rare('first_week_start') }}

),

facts as (

    select identifier_facts.*
    from identifier_facts
    inner join changed_weeks
        on identifier_facts.first_week_start = changed_weeks.first_week_start
    union all
    select edge_facts.*
    from edge_facts
    inner join changed_weeks
        on edge_facts.first_week_start = changed_weeks.first_week_start

),

rows_so_far as {{ computed_once() }} (

    select stitched_facts.*
    from stitched_facts
    inner join changed_weeks
        on stitched_facts.first_week_start = changed_weeks.first_week_start

),

facts_so_far as (

    select
        customer_id,
        fact_checksum
    from rows_so_far
    union all
    select
        customer_id,
        link_checksum as fact_checksum
    from rows_so_far
    where link_checksum is not null

),

changes as {{ computed_once() }} (

    select
        facts.identifier_key,
        facts.other_key,
        facts_so_far.customer_id
    from facts
    full outer join facts_so_far
        on facts.fact_checksum = facts_so_far.fact_checksum
    where
        (facts.fact_checksum is null or facts_so_far.fact_checksum is null)
        and {{ thought_rare(
            'coalesce(facts.fact_checksum, facts_so_far.fact_checksum)'
        ) }}
        and {{ thought_rare(
            'coalesce(facts_so_far.fact_checksum, facts.fact_checksum)'
        ) }}

),

changed_keys as (

    select changes.identifier_key
    from changes
    where changes.identifier_key is not null
    union
    select changes.other_key as identifier_key
    from changes
    where changes.other_key is not null

),

owners as {{ computed_once() }} (

    select
        changed_keys.identifier_key,
        stitched.customer_id
    from changed_keys
    left join stitched
        on changed_keys.identifier_key = stitched.identifier_key

),

customers as {{ computed_once() }} (

    select changes.customer_id
    from changes
    where changes.customer_id is not null
    union
    select owners.customer_id
    from owners
    where owners.customer_id is not null

),

-- A customer whose identifiers are all gone has none.
of_customers as {{ computed_once() }} (

    select
        customers.customer_id,
        stitched.identifier_key
    from customers
    left join stitched
        on customers.customer_id = stitched.customer_id

),

-- Their spells named a user who was forgotten since, and whose facts are gone.
without_spells as (

    select
        stitched_facts.customer_id,
        identifiers.identifier_key
    from customers
    inner join stitched_facts
        on customers.customer_id = stitched_facts.customer_id
    inner join identifiers
        on
            stitched_facts.fact_checksum
            = {{ identifier_checksum('identifiers') }}
    left join of_customers
        on identifiers.identifier_key = of_customers.identifier_key
    left join owners
        on identifiers.identifier_key = owners.identifier_key
    where
        of_customers.identifier_key is null
        and owners.identifier_key is null
        and exists (
            select 1
            from changes
            where changes.identifier_key is null
        )

),

touched as (

    select
        of_customers.customer_id,
        of_customers.identifier_key
    from of_customers
    union all
    select
        without_spells.customer_id,
        without_spells.identifier_key
    from without_spells
    union all
    select
        owners.customer_id,
        owners.identifier_key
    from owners
    where owners.customer_id is null

)
{% endif %}
select * from touched
