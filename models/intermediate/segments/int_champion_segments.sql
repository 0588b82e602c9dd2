{#
    The segments of the champion, with the names that people see.
#}
with

champion as (

    select * from {{ ref('stg_segments__champion') }}

),

fits as (

    select * from {{ ref('stg_segments__fits') }}

),

segments as (

    select * from {{ ref('stg_segments__segments') }}

),

segment_keys as (

    select * from {{ ref('stg_segments__segment_keys') }}

),

named as (

    select
        segments.run_id,
        segments.segment_id,
        segments.segment_key,
        segments.n_members as n_customers_at_fit,
        segments.member_share as share_at_fit,
        fits.as_of_week_start as fit_week_start,
        coalesce(segment_keys.current_name, segments.automatic_name)
            as segment_name,
        coalesce(segments.automatic_description, segment_keys.first_description)
            as description
    from champion
    inner join fits
        on champion.run_id = fits.run_id
    inner join segments
        on champion.run_id = segments.run_id
    left join segment_keys
        on segments.segment_key = segment_keys.segment_key

)

select * from named
