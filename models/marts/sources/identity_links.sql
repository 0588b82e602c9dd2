{#
    Which kinds of links between identifiers joined customers, and which were not used and
    why. A link is two identifiers in one event or record.
#}

with

edges as (

    select * from {{ ref('int_identity_edges') }}

),

conflicts as (

    select * from {{ ref('identity_conflicts') }}

),

merged_customers as (

    select *
    from {{ ref('customer_merges') }}
    where kind = 'merge'

),

links as (

    select
        {{ dbt.split_part('from_key', "':'", 1) }} as from_type,
        {{ dbt.split_part('to_key', "':'", 1) }} as to_type,
        '' as reason
    from edges
    where refused_because is null
    union all
    select
        {{ dbt.split_part('other_key', "':'", 1) }} as from_type,
        {{ dbt.split_part('identifier_key', "':'", 1) }} as to_type,
        reason
    from conflicts

),

counted_links as (

    select
        from_type,
        to_type,
        reason,
        count(*) as n_links
    from links
    group by from_type, to_type, reason

),

merge_types as (

    select
        {{ dbt.split_part('from_key', "':'", 1) }} as from_type,
        {{ dbt.split_part('to_key', "':'", 1) }} as to_type
    from merged_customers
    where from_key is not null

),

counted_merges as (

    select
        from_type,
        to_type,
        count(*) as n_merges
    from merge_types
    group by from_type, to_type

),

joined as (

    select
        counted_links.from_type,
        counted_links.to_type,
        counted_links.reason,
        counted_links.n_links,
        case
            when counted_links.reason = ''
                then coalesce(counted_merges.n_merges, 0)
            else 0
        end as n_merges,
        counted_links.reason = '' as is_used
    from counted_links
    left join counted_merges
        on
            counted_links.from_type = counted_merges.from_type
            and counted_links.to_type = counted_merges.to_type

)

select * from joined
