{{ config(post_hook="{{ record_customer_changes(this) }}") }}
{#
    What became of customers since the last build, in so far as it is not recorded. The hook
    adds it to identity.customer_changes, and stores the identifiers of each customer for
    the next build.
#}
with

changes as (

    select * from {{ ref('int_found_changes') }}

),

recorded as (

    select * from {{ ref('stg_identity__customer_changes') }}

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
