{#
    How the segments of customers changed from one champion to the next. Each fit adds its
    rows once, at its first promotion.
#}
with

lineage as (

    select * from {{ ref('stg_segments__segment_lineage') }}

),

promotions as (

    select * from {{ ref('stg_segments__promotions') }}

),

segments as (

    select * from {{ ref('stg_segments__segments') }}

),

segment_keys as (

    select * from {{ ref('stg_segments__segment_keys') }}

),

first_promotions as (

    select
        run_id,
        min(promoted_at) as promoted_at
    from promotions
    group by run_id

),

-- Segments of a deleted run are shown under their current names.
named as (

    select
        lineage.run_id,
        lineage.lineage_position,
        first_promotions.promoted_at,
        lineage.previous_run_id,
        lineage.relation,
        lineage.segment_key,
        lineage.previous_segment_key,
        lineage.n_shared_customers,
        lineage.share_of_segment,
        lineage.share_of_previous_segment,
        lineage.profile_distance,
        coalesce(segments.promoted_name, segment_keys.current_name) as segment_name,
        coalesce(previous_segments.promoted_name, previous_keys.current_name)
            as previous_segment_name
    from lineage
    inner join first_promotions
        on lineage.run_id = first_promotions.run_id
    left join segments
        on
            lineage.run_id = segments.run_id
            and lineage.segment_key = segments.segment_key
    left join segments as previous_segments
        on
            lineage.previous_run_id = previous_segments.run_id
            and lineage.previous_segment_key = previous_segments.segment_key
    left join segment_keys
        on lineage.segment_key = segment_keys.segment_key
    left join segment_keys as previous_keys
        on lineage.previous_segment_key = previous_keys.segment_key

)

select * from named
