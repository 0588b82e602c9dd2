{#
    Some customers of the week of the champion's fit, for a picture of the segments.
#}
with

points as (

    select * from {{ ref('stg_segments__points') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

named as (

    select
        points.customer_id,
        points.segment_id,
        segments.segment_key,
        segments.segment_name,
        points.x,
        points.y,
        points.run_id
    from points
    inner join segments
        on
            points.run_id = segments.run_id
            and points.segment_id = segments.segment_id

)

select * from named
