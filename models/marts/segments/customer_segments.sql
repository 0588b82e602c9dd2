{#
    The segment of each customer in the newest snapshot week.
#}
with

weekly_segments as (

    select * from {{ ref('customer_weekly_segments') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

changes as (

    select * from {{ ref('segment_changes') }}

),

newest as (

    select *
    from weekly_segments
    where
        as_of_week_start = (
            select max(latest.as_of_week_start) from weekly_segments as latest
        )

),

since as (

    select
        customer_id,
        max(as_of_week_start) as since_week_start
    from changes
    group by customer_id

),

described as (

    select
        newest.customer_id,
        newest.as_of_week_start,
        newest.segment_id,
        segments.segment_key,
        segments.segment_name,
        newest.certainty,
        newest.margin,
        since.since_week_start,
        since.since_week_start < segments.fit_week_start as is_since_before_fit,
        newest.run_id
    from newest
    inner join segments
        on newest.segment_id = segments.segment_id
    inner join since
        on newest.customer_id = since.customer_id

)

select * from described
