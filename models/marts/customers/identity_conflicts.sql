{#
    Links that are not used, and why. Where a link would have joined two customers, both
    are named: of a shared identifier the one that it met first stands for it.
#}
with

identifiers as (

    select * from {{ ref('int_identifiers') }}

),

edges as (

    select * from {{ ref('int_identity_edges') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

identities as (

    select * from {{ ref('stg_app__identities') }}

),

forgotten_users as (

    select * from {{ ref('stg_privacy__forgotten_users') }}

),

crm_records as (

    select * from {{ ref('stg_app__customers') }}

),

refusals as (

    select * from {{ ref('identity_refusals') }}

),

contradicting as (

    select
        'crm_id:' || crm_id as identifier_key,
        count(*) as n_seen
    from (select distinct * from crm_records) as records
    where crm_id is not null
    group by crm_id
    having count(*) > 1

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
        contradicting.identifier_key,
        '' as other_key,
        'contradicting_records' as reason,
        identifiers.first_seen_at,
        identifiers.last_seen_at,
        contradicting.n_seen
    from contradicting
    inner join identifiers
        on contradicting.identifier_key = identifiers.identifier_key
    where not identifiers.is_blocked
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
    union all
    -- Links that are not even pairs of identifiers.
    select
        coalesce(identifier_type, '') || ':' || coalesce(identifier, '')
            as identifier_key,
        coalesce(other_type, '') || ':' || coalesce(other_identifier, '')
            as other_key,
        min(refused_because) as reason,
        min(linked_at) as first_seen_at,
        max(linked_at) as last_seen_at,
        count(*) as n_seen
    from identities
    where
        refused_because is not null
        and not {{ is_forgotten_identifier('identifier_type', 'identifier') }}
        and not {{ is_forgotten_identifier('other_type', 'other_identifier') }}
    group by
        coalesce(identifier_type, '') || ':' || coalesce(identifier, ''),
        coalesce(other_type, '') || ':' || coalesce(other_identifier, '')

),

owned as (

    select
        conflicts.identifier_key,
        conflicts.other_key,
        conflicts.reason,
        conflicts.first_seen_at,
        conflicts.last_seen_at,
        conflicts.n_seen,
        others_customers.customer_id as other_customer_id,
        coalesce(
            own_customers.customer_id,
            first_value(others_customers.customer_id) over (
                partition by conflicts.identifier_key
                order by
                    case when others_customers.customer_id is null then 1 else 0 end,
                    conflicts.first_seen_at,
                    conflicts.other_key
            )
        ) as customer_id
    from conflicts
    left join customer_identifiers as own_customers
        on conflicts.identifier_key = own_customers.identifier_key
    left join customer_identifiers as others_customers
        on conflicts.other_key = others_customers.identifier_key

),

explained as (

    select
        owned.identifier_key,
        owned.other_key,
        owned.reason,
        owned.first_seen_at,
        owned.last_seen_at,
        cast(owned.n_seen as {{ dbt.type_numeric() }}) as n_seen,
        owned.customer_id,
        owned.other_customer_id,
        coalesce(owned.customer_id <> owned.other_customer_id, false)
            as has_prevented_merge,
        refusals.title,
        refusals.expected,
        refusals.action
    from owned
    inner join refusals
        on owned.reason = refusals.reason

)

select * from explained
