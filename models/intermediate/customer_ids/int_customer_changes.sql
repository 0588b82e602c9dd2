{{ config(post_hook="{{ record_customer_changes(this) }}") }}
{#
    What became of customers since the last build: `merge`, the older one lives on;
    `split`, some of its identifiers are another customer's now; `end`, none of its
    identifiers says any more who somebody is. The hook adds them to
    identity.customer_changes, and stores the identifiers of each customer for the next
    build.
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

recorded as (

    select * from {{ ref('stg_identity__customer_changes') }}

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

),

-- The last that is recorded of each customer, as the old one or as the part split off.
last_numbers as (

    select
        customer_id,
        max(change_number) as change_number
    from (
        select
            old_customer_id as customer_id,
            change_number
        from recorded
        where kind <> 'split'
        union all
        select
            new_customer_id as customer_id,
            change_number
        from recorded
        where kind = 'split'
    ) as mentions
    group by customer_id

),

news as (

    select changes.*
    from changes
    left join last_numbers
        on changes.old_customer_id = last_numbers.customer_id
    left join recorded
        on last_numbers.change_number = recorded.change_number
    where
        changes.kind = 'split'
        or recorded.kind is null
        or recorded.kind <> changes.kind
        or coalesce(recorded.new_customer_id, '')
        <> coalesce(changes.new_customer_id, '')

),

last_number as (

    select coalesce(max(change_number), 0) as change_number
    from recorded

),

numbered as (

    select
        last_number.change_number + row_number() over (
            order by
                news.merged_at,
                news.kind,
                news.old_customer_id,
                news.new_customer_id
        ) as change_number,
        news.kind,
        news.old_customer_id,
        news.new_customer_id,
        news.merged_at,
        {{ dbt.current_timestamp() }} as found_at,
        news.reason,
        news.from_key,
        news.to_key
    from news
    cross join last_number

)

select * from numbered
