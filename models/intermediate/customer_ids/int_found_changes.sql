{#
    What became of customers, as this build sees it: `merge`, the older one lives on;
    `split`, since the last build some of its identifiers are another customer's; `end`,
    none of its identifiers says any more who somebody is. Merges and ends may be recorded
    already.
#}
with

customer_ids as (

    select * from {{ ref('int_customer_ids_as_of') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

members as (

    select * from {{ ref('stg_identity__members') }}

),

causes as (

    select * from {{ ref('int_split_causes') }}

),

-- The first time in which another customer had the identifier that each began with.
ranked as (

    select
        minted.customer_id as old_customer_id,
        customer_ids.customer_id as new_customer_id,
        customer_ids.joined_at,
        customer_ids.from_key,
        customer_ids.to_key,
        row_number() over (
            partition by minted.customer_id
            order by customer_ids.from_week_start
        ) as place
    from minted
    inner join customer_ids
        on minted.identifier_key = customer_ids.identifier_key
    where minted.customer_id <> customer_ids.customer_id

),

moved as (

    select
        members.customer_id as old_customer_id,
        customer_identifiers.customer_id as new_customer_id,
        count(*) as n_identifiers
    from members
    inner join customer_identifiers
        on members.identifier_key = customer_identifiers.identifier_key
    where members.customer_id <> customer_identifiers.customer_id
    group by members.customer_id, customer_identifiers.customer_id

),

-- Where the identifier that a customer began with is now.
current_ids as (

    select
        minted.customer_id,
        minted.identifier_key,
        customer_identifiers.customer_id as current_customer_id
    from minted
    left join customer_identifiers
        on minted.identifier_key = customer_identifiers.identifier_key

),

changes as (

    select
        'merge' as kind,
        old_customer_id,
        new_customer_id,
        joined_at as merged_at,
        'linked' as reason,
        from_key,
        to_key
    from ranked
    where place = 1
    union all
    select
        'split' as kind,
        moved.old_customer_id,
        moved.new_customer_id,
        cast(null as {{ type_instant() }}) as merged_at,
        coalesce(causes.reason, 'not_seen') as reason,
        causes.from_key,
        causes.to_key
    from moved
    inner join current_ids
        on moved.old_customer_id = current_ids.customer_id
    left join causes
        on moved.old_customer_id = causes.customer_id
    where
        coalesce(current_ids.current_customer_id, '') <> moved.new_customer_id
    union all
    select
        'end' as kind,
        current_ids.customer_id as old_customer_id,
        cast(null as {{ dbt.type_string() }}) as new_customer_id,
        cast(null as {{ type_instant() }}) as merged_at,
        case
            when current_ids.identifier_key is null then 'forgotten'
            else coalesce(causes.reason, 'not_seen')
        end as reason,
        cast(null as {{ dbt.type_string() }}) as from_key,
        cast(null as {{ dbt.type_string() }}) as to_key
    from current_ids
    left join causes
        on current_ids.customer_id = causes.customer_id
    left join ranked
        on current_ids.customer_id = ranked.old_customer_id
    where
        current_ids.current_customer_id is null
        and ranked.old_customer_id is null

)

select * from changes
